from datetime import UTC, datetime

import pytest

from sayso.tasks.articles import Rejected
from sayso.tasks.reading import Source, read_article
from sayso.tasks.settings import Reading

PARAGRAPHS = [
    "The lighthouse on Gull Point was sold on Monday to a choir, the county said, ending a year of bids.",
    "“We needed a room with an echo,” said conductor Milla Strand. “Now we have eleven.”",
    "The county clerk said that the choir had promised to keep the lamp burning for the fishing boats.",
]


def page(head: str = "", body: str = "", paragraphs=PARAGRAPHS) -> bytes:
    text = "".join(f"<p>{p}</p>" for p in paragraphs)
    html = f"<html lang='en'><head><meta charset='utf-8'>{head}</head><body><nav><a href='/'>Home</a></nav>"
    return f"{html}<article>{body}{text}</article><footer>© Gull Media</footer></body></html>".encode()


def read(data: bytes):
    return read_article(Source("file:///a.html", "a.html", "html", data, "0"), Reading())


LINKED = """<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "Gull Daily"},
{"@type": ["NewsArticle"], "headline": "Lighthouse sold to a choir &amp; its echo", "datePublished": "2026-03-04T23:30:00-05:00",
"author": [{"@type": "Person", "name": "Ada Quill"}, {"name": "Bo Lind"}], "publisher": {"name": "Gull Daily"}}]}</script>"""


def test_linked_data():
    article = read(page(LINKED + "<title>Lighthouse sold to a choir &amp; its echo | Gull Daily</title>"))
    assert article.title == "Lighthouse sold to a choir & its echo"
    assert article.byline == ("Ada Quill", "Bo Lind")
    assert article.outlet == "Gull Daily"
    assert article.published_at == datetime(2026, 3, 5, 4, 30, tzinfo=UTC)
    assert [article.text[p.start : p.end] for p in article.paragraphs] == [article.title, *PARAGRAPHS]
    assert article.paragraphs[0].role == "title"


def test_meta_tags_and_the_page_itself():
    head = (
        "<meta property='og:title' content='Lighthouse sold to a choir - Gull Daily'>"
        "<meta property='og:site_name' content='Gull Daily'><meta name='author' content='By Ada Quill'>"
        "<meta property='article:published_time' content='2026-03-04'>"
    )
    article = read(page(head, "<h1>Lighthouse sold to a choir</h1>"))
    assert (article.title, article.byline, article.outlet) == (
        "Lighthouse sold to a choir",
        ("Ada Quill",),
        "Gull Daily",
    )
    assert article.published_at == datetime(2026, 3, 4, tzinfo=UTC)


def test_broken_linked_data_does_no_harm():
    article = read(
        page(
            '<script type="application/ld+json">{"@type": "NewsArticle", </script>',
            "<h1>A choir buys a lighthouse</h1>",
        )
    )
    assert article.title == "A choir buys a lighthouse"


def test_scripts_in_metadata_stay_text():
    article = read(page("<meta property='og:title' content='Choir &lt;script&gt;alert(1)&lt;/script&gt; buys'>"))
    assert "<script>" not in article.title


def test_declared_encodings():
    html = page().decode().replace("utf-8", "windows-1252").encode("cp1252")
    assert "“We needed a room with an echo,”" in read(html).text


@pytest.mark.parametrize(
    "data", [b"<html><body></body></html>", b"<html><body><nav><a href='/'>x</a></nav></body></html>", b"<p>"]
)
def test_pages_without_an_article(data):
    with pytest.raises(Rejected) as error:
        read(data)
    assert error.value.code in ("no_article", "too_short")


def test_a_body_that_only_the_linked_data_holds():
    body = " ".join(PARAGRAPHS * 4).replace('"', "")
    head = f'<script type="application/ld+json">{{"@type": "Article", "headline": "Choir buys lighthouse", "articleBody": "{body}"}}</script>'
    article = read(page(head, paragraphs=["Subscribe to read on."]))
    assert "room with an echo" in article.text


def body_of(article) -> list[str]:
    return [article.text[p.start : p.end] for p in article.paragraphs if p.role == "body"]


def test_line_breaks_part_sentences_and_paragraphs():
    paragraphs = [
        *PARAGRAPHS,
        "The lamp was lit.<br>The boats came in at last.<br/>Nobody sang a word that night.",
        "Bids were opened in May.<br><br>The choir won by a coin, the clerk of the county said.",
    ]
    text = read(page(paragraphs=paragraphs)).text
    assert ".The" not in text and ".Nobody" not in text
    assert "The lamp was lit.\n\nThe boats came in at last.\n\nNobody sang" in text
    assert "Bids were opened in May.\n\nThe choir won" in text


def test_a_broken_line_within_a_sentence_stays_one_paragraph():
    text = read(
        page(paragraphs=[*PARAGRAPHS, "The keeper wrote<br>that the stairs were steep<br>and the lamp was dim."])
    ).text
    assert "The keeper wrote\nthat the stairs were steep\nand the lamp was dim." in text


def test_blocks_within_blocks_are_paragraphs_of_their_own():
    extra = (
        "<blockquote><p>We will never sell it, the keeper wrote.</p><p>Not for any number of songs.</p></blockquote>"
        "<ul><li><p>The lamp stays lit.</p><p>The stairs stay shut.</p></li><li>The echo<ul><li>eleven times</li></ul></li></ul>"
    )
    article = read(
        page(paragraphs=[*PARAGRAPHS, f"The terms are these:</p>{extra}<p>The sale ends in June, said the clerk."])
    )
    for glued in ("wrote.Not", "lit.The", "echoeleven"):
        assert glued not in article.text
    assert "“We will never sell it, the keeper wrote.\n\n“Not for any number of songs.”\n\nThe lamp" in article.text


def test_what_is_no_break_joins_as_it_is_shown():
    odd = "The super<wbr>cali&shy;fragilistic lamp,&nbsp;an <b>old</b>ish one, has <q>eleven echoes</q> in it, the mate said."
    article = read(page(paragraphs=[*PARAGRAPHS, odd]))
    assert "The supercalifragilistic lamp, an oldish one, has" in article.text
    assert "eleven echoes" in article.text.split("oldish one, has")[1].split("\n")[0]


def test_a_headline_of_two_lines_keeps_its_words_apart():
    article = read(page("<title>Lighthouse sold to a choir</title>", "<h1>Lighthouse sold<br>to a choir</h1>"))
    assert article.title == "Lighthouse sold to a choir"


DATED = "<meta property='article:published_time' content='2026-03-04'>"
TIME = "<time datetime='2026-03-04T10:00:00Z'>4 March</time>"


@pytest.mark.parametrize(
    ("head", "body", "paragraphs", "expected"),
    [
        (DATED, "", PARAGRAPHS, ("2026-03-04", "stated")),
        ("", f"<h1>Lighthouse sold to a choir</h1>{TIME}", PARAGRAPHS, ("2026-03-04", "stated")),
        (
            "",
            "",
            [*PARAGRAPHS, "The lamp was first lit on June 12, 1998, the county clerk said."],
            ("1998-06-12", "guessed"),
        ),
        (
            "<link rel='canonical' href='https://gull.example/2026/03/04/choir'>",
            "",
            PARAGRAPHS,
            ("2026-03-04", "filed"),
        ),
        ("", "", PARAGRAPHS, None),
        ("<meta name='date' content='2026'>", "", PARAGRAPHS, None),
    ],
)
def test_where_the_date_of_a_page_comes_from(head, body, paragraphs, expected):
    article = read(page(head, body, paragraphs))
    date = article.published_at.date().isoformat() if article.published_at else None
    assert (date, article.published_from) == (expected or (None, None))


@pytest.mark.parametrize(
    "elsewhere",
    [
        "<footer>© 2019 Gull Media</footer>",
        "<aside><a href='/2014/05/06/storm'>A storm</a> <time datetime='2014-05-06'>6 May 2014</time></aside>",
        "<article><h3>A storm</h3><time datetime='2014-05-06'>6 May</time></article>",
    ],
)
def test_dates_of_other_things_are_not_the_article_s(elsewhere):
    data = page("", "<h1>Lighthouse sold to a choir</h1>").replace(b"</body>", elsewhere.encode() + b"</body>")
    article = read(data)
    assert article.published_from in (None, "guessed")


def test_a_british_page_has_british_dates():
    head = "<meta name='date' content='04/03/2026'>"
    for hint, month in (
        ("<link rel='canonical' href='https://gull.example.co.uk/choir'>", 3),
        ("<meta property='og:locale' content='en_US'>", 4),
    ):
        assert read(page(head + hint)).published_at.month == month
    told = read(page(head))
    assert told.published_from != "stated" and "04/03/2026" in told.published_note
