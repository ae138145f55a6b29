"""Exports of many articles: each comes out with its own title, outlet, date and byline, or as a reject that says why."""

import zipfile

import pytest

from sayso.tasks.articles import Reject
from sayso.tasks.reading import find_sources, read_article
from sayso.tasks.settings import Reading

STORIES = [
    ("Pier of Tarn is shut", "Ana Ruiz", "March 4, 2021", "4 March 2021", "Tarn Wire", [
        "The pier of Tarn was shut on Thursday, the harbor master Ona Reed said, and it will not open before June.",
        "“Nobody will walk on it,” Reed said. Copyright law has nothing to do with it.",
    ]),
    ("Boats leave for the cape", "Bo Lind", "April 9, 2021", "9 April 2021", "Tarn Wire", [
        "The first boats left for the cape on Friday, said Ida Holm, who counts them for the board.",
    ]),
    ("A roof is mended", "Cy Moss", "May 12, 2021", "12 May 2021", "The Cape Weekly", [
        "The roof of the old school was mended in a week, the mason Lena Abt said on Wednesday.",
        "“It leaked for nine years,” Abt said.",
    ]),
]  # fmt: skip


def read(path):
    found = list(find_sources([str(path)], 10_000_000))
    return [item if isinstance(item, Reject) else read_article(item, Reading()) for item in found]


def facts(article):
    body = [article.text[p.start : p.end] for p in article.paragraphs if p.role == "body"]
    return article.title, *article.byline, f"{article.published_at:%Y-%m-%d}", article.outlet, body


EXPECTED = [
    (title, author, day, outlet, body)
    for (title, author, _, _, outlet, body), day in zip(
        STORIES, ("2021-03-04", "2021-04-09", "2021-05-12"), strict=True
    )
]


def nexis_txt():
    yield "Download Request: Selected Items: 1-3\nTerms: (pier)\n\n"
    for n, (title, author, date, _, outlet, body) in enumerate(STORIES, start=1):
        wrapped = "\n\n".join(p.replace(", ", ",\n", 1) for p in body)
        yield (
            f"                               {n} of 3 DOCUMENTS\n\n\n                {outlet}\n\n"
            f"            {date} Thursday\n                 Edition 1;\n                  Cape\n\n{title}\n\n"
            f"BYLINE: {author}\n\nSECTION: NEWS; Pg. 1\n\nLENGTH: 61 words\n\n{wrapped}\n\nLOAD-DATE: {date}\n\n"
            f"LANGUAGE: ENGLISH\n\n            Copyright 2021 {outlet}\n               All Rights Reserved\n\n"
        )


def nexis_html():
    yield "<HTML><HEAD><TITLE>&nbsp;</TITLE></HEAD><BODY>"
    for n, (title, author, date, _, outlet, body) in enumerate(STORIES, start=1):
        lines = [
            f"{n} of 3 DOCUMENTS",
            outlet,
            f"{date}, CITY EDITION",
            title,
            f"BYLINE: By {author}",
            "LENGTH: 60 words",
        ]
        for line in lines:
            yield f'<BR><DIV CLASS="c3"><P CLASS="c1"><SPAN CLASS="c2">{line}</SPAN></P></DIV>'
        yield "<DIV>" + "".join(f'<P CLASS="c8"><SPAN CLASS="c2">{p}</SPAN></P>' for p in body) + "</DIV>"
        yield f"<DIV><P><SPAN>LOAD-DATE: </SPAN><SPAN>{date}</SPAN></P></DIV><DIV><P>Copyright 2021 {outlet}</P></DIV>"
    yield "</BODY></HTML>"


def nexis_uni():
    for title, author, date, _, outlet, body in STORIES:
        yield from (title, outlet, f"{date} Thursday", f"Copyright 2021 {outlet} All Rights Reserved", "Section: NEWS")
        yield from ("Length: 60 words", f"Byline: {author}", "Body", *body)
        yield from ("Graphic", "A picture of it.", f"Load-Date: {date}", "End of Document")


def factiva_html():
    yield '<html><head><title>Factiva</title></head><body><h1>Dow Jones Factiva</h1><div id="contentLeft">'
    for n, (title, author, _, date, outlet, body) in enumerate(STORIES):
        yield (
            f'<div class="article enArticle"><p></p><div>Front; 1</div><div id="hd"><span class="enHeadline">{title}'
            f'</span></div><div class="author">By {author}</div><div>Special to the cape</div><div>61 words</div>'
            f"<div>{date}</div><div>{outlet}</div><div>TRNW</div><div>1</div><div>English</div>"
            f"<div>Copyright 2021 {outlet}. All Rights Reserved.</div>"
        )
        yield "".join(f'<p class="articleParagraph enarticleParagraph">{p}</p>' for p in body)
        yield f"<p>Document TRNW00002021030{n}eh3400001</p></div><br>"
    yield "</div></body></html>"


def factiva_tagged():
    for n, (title, author, _, date, outlet, body) in enumerate(STORIES):
        yield from (f"HD {title}", f"BY {author}", "WC 61 words", f"PD {date}", f"SN {outlet}", "LA English")
        yield from (f"LP {body[0]}", *(f"TD {p}" for p in body[1:]), "PUB The house")
        yield f"Document TRNW00002021030{n}eh3400001"


def proquest():
    yield "_" * 60
    for title, author, date, _, outlet, body in STORIES:
        last, first = author.split()[::-1]
        yield from (title, f"Author: {last}, {first}", "Abstract: Short.", f"Full text: {body[0]}", *body[1:])
        yield from (f"Title: {title}", f"Publication title: {outlet}; Tarn", f"Publication date: {date}", "_" * 60)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("nexis.txt", "".join(nexis_txt())),
        ("nexis.html", "".join(nexis_html())),
        ("uni.txt", "\n\n".join(nexis_uni())),
        ("factiva.html", "".join(factiva_html())),
        ("tagged.txt", "\n\n".join(factiva_tagged())),
        ("proquest.txt", "\n\n".join(proquest())),
    ],
)
def test_each_article_of_an_export_is_one(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    articles = read(path)
    assert [facts(article) for article in articles] == EXPECTED
    assert len({article.article_id for article in articles}) == len({a.source_uri for a in articles}) == 3


def test_an_export_by_a_german_reader(tmp_path):
    page = "".join(factiva_html())
    for english, german in (("61 words", "61 Wörter"), ("March", "März"), ("May", "Mai"), ("English", "Englisch")):
        page = page.replace(f"{english}<", f"{german}<").replace(f" {english} 2021<", f" {german} 2021<")
    page = page.replace("<p>Document", "<p>Tarn Wire Digital (Full Text)</p><p>Dokument")
    (tmp_path / "a.html").write_text(page)
    assert [facts(article) for article in read(tmp_path / "a.html")] == EXPECTED


def test_an_export_in_word(tmp_path):
    paragraphs = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in nexis_uni())
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with zipfile.ZipFile(tmp_path / "uni.docx", "w") as packed:
        packed.writestr("word/document.xml", f'<w:document xmlns:w="{w}"><w:body>{paragraphs}</w:body></w:document>')
    assert [facts(article) for article in read(tmp_path / "uni.docx")] == EXPECTED


def test_what_cannot_be_split_is_a_reject_that_says_so(tmp_path):
    whole = "".join(nexis_txt())
    (tmp_path / "a.txt").write_text(
        whole.replace("April 9, 2021 Friday", "").replace("            April 9, 2021 Thursday", "")
    )
    first, second, third = read(tmp_path / "a.txt")
    assert (first.title, third.title) == (STORIES[0][0], STORIES[2][0])
    assert second.code == "no_article" and "article 2 of 3 in this export cannot be split" in second.message


def test_prose_with_the_same_words_is_no_export(tmp_path):
    text = f"Papers found\n\nOf the boxes, 1 of 3 documents was lost, the clerk said.\n\n{STORIES[0][5][0]}\n\nEnd of story."
    (tmp_path / "a.txt").write_text(text)
    assert [article.text for article in read(tmp_path / "a.txt")] == [text]
