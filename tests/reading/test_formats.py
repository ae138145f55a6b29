"""What people have: separators, encodings and line ends of all kinds, XML, Word, RTF, web archives, packed pages."""

import gzip
import html
import io
import json
import zipfile

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from sayso.tasks.articles import Reject, Rejected
from sayso.tasks.reading import find_sources, read_article
from sayso.tasks.settings import Reading

PARAGRAPHS = [
    "The pier of Tarn was shut on Thursday, the harbor master Ona Reed said, and it will not open before June.",
    "“Nobody will walk on it,” Reed said to the board of the café.",
]
HTML = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
PAGE = f"<!DOCTYPE html><html><head><title>Pier shut</title></head><body><article><h1>Pier shut in Tarn</h1>{HTML}</article></body></html>"
TABLE = f'id;title;text;date\n1;Café shut;"{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}";2021-03-04\n'
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def read(folder, name, data, limit=10_000_000, notes=None):
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    note = notes.append if notes is not None else lambda _: None
    found = find_sources([str(folder / name)], limit, note=note)
    return [item if isinstance(item, Reject) else article_or_reject(item) for item in found]


def article_or_reject(source):
    try:
        return read_article(source, Reading())
    except Rejected as error:
        return Reject(source.uri, "reading", error.code, str(error))


def body(article):
    return [article.text[p.start : p.end] for p in article.paragraphs if p.role == "body"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("semicolons.csv", TABLE.encode()),
        ("excel.csv", TABLE.encode("cp1252")),
        ("commas.csv", TABLE.replace(";", ",").encode("cp1252")),
        ("tabs.csv", TABLE.replace(";", "\t").encode()),
        ("tabs.tsv", TABLE.replace(";", "\t").encode()),
        ("packed.tsv.gz", gzip.compress(TABLE.replace(";", "\t").encode())),
        ("told.csv", f"sep=;\n{TABLE}".encode("utf-8-sig")),
        ("wide.csv", TABLE.encode("utf-16")),
        ("wide_tabs.csv", TABLE.replace(";", "\t").encode("utf-16")),
        ("old_mac.csv", TABLE.replace("\n", "\r").encode("cp1252")),
        ("windows.csv", TABLE.replace("\n", "\r\n").encode()),
        ("backslashes.csv", TABLE.replace("“Nobody", '\\"Nobody').replace("it,”", 'it,\\"').encode()),
    ],
)
def test_tables_of_all_kinds(tmp_path, name, data):
    [article] = read(tmp_path, name, data)
    assert (article.title, f"{article.published_at:%Y-%m-%d}") == ("Café shut", "2021-03-04")
    assert [p.replace('"', "“", 1).replace('"', "”") for p in body(article)] == PARAGRAPHS


def test_a_stray_mark_costs_its_row_alone(tmp_path):
    rows = [f'{n},"{PARAGRAPHS[0]} It is {n}."' for n in range(1, 7)]
    rows[1] = '2,"The "pier" is shut, Reed said.\n\nIt is old, she said, ""and"" cold."'
    rows[3] = '4,"Nobody closed this one, Reed said.'
    found = read(tmp_path, "a.csv", "id,text\n" + "\n".join(rows) + "\n")
    assert [f.code if isinstance(f, Reject) else f.source_uri[-1] for f in found] == [
        "1",
        "broken",
        "3",
        "broken",
        "5",
        "6",
    ]
    assert ["row 2" in found[1].message, "row 4" in found[3].message] == [True, True]


def test_commas_that_nobody_quoted(tmp_path):
    [whole] = read(tmp_path, "a.csv", f"id,text\n1,{PARAGRAPHS[0]}\n")
    assert whole.text == PARAGRAPHS[0]
    [reject] = read(tmp_path, "b.csv", f"text,id\n{PARAGRAPHS[0]},1\n")
    assert reject.code == "broken" and "row 1 has 4 columns, the header 2" in reject.message


@pytest.mark.parametrize(
    "word", ["Müller", "café", "Šimić", "Åse", "Acme™", "€5", "don’t", "“so”", "Æsir", "naïve", "½", "«no»"]
)
def test_one_letter_tells_no_mac(tmp_path, word):
    text = f"Pier shut\n\n{PARAGRAPHS[0]}\n\nReed met {word} on the quay, the board said on Friday."
    data = text.encode("cp1252") if word != "Šimić" else text.replace("ć", "c").encode("cp1252")
    [article] = read(tmp_path, "a.txt", data)
    assert word.replace("ć", "c") in article.text
    rows = "\n".join(json.dumps({"id": 1, "text": text}, ensure_ascii=False).splitlines())
    if word not in ("Šimić",):
        [article] = read(tmp_path, "a.jsonl", rows.encode("cp1252"))
        assert word in article.text


def test_a_mac_text_is_still_one(tmp_path):
    text = f"Pier shut\n\n{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]} It’s “so” in the café, Reed said."
    [article] = read(tmp_path, "a.txt", text.encode("mac_roman"))
    assert article.text == text


@pytest.mark.parametrize("name", ["page", "index.php", "a.html.gz", "a.txt", "page.xml", "2021-03-04.article"])
def test_pages_by_any_name(tmp_path, name):
    data = gzip.compress(PAGE.encode()) if name.endswith(".gz") else PAGE.encode()
    [article] = read(tmp_path, name, data)
    assert article.title == "Pier shut in Tarn" and body(article) == PARAGRAPHS


CDATA = f"<![CDATA[{HTML}]]>"
RSS = f"""<?xml version="1.0"?><rss xmlns:content="http://purl.org/rss/1.0/modules/content/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Tarn Wire</title><item><title>Pier shut</title>
<link>https://tarn.example/1</link><pubDate>Thu, 04 Mar 2021 05:06:07 GMT</pubDate><dc:creator>Ana Ruiz</dc:creator>
<description>Short.</description><content:encoded>{CDATA}</content:encoded></item></channel></rss>"""
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Tarn Wire</title><entry><title>Pier shut</title>
<link rel="alternate" href="https://tarn.example/1"/><published>2021-03-04T05:06:07Z</published>
<author><name>Ana Ruiz</name></author><content type="html">{html.escape(HTML)}</content></entry></feed>"""
NITF = f"""<?xml version="1.0"?><!DOCTYPE nitf SYSTEM "nitf.dtd"><nitf><head><docdata><doc-id id-string="d1"/>
<date.issue norm="20210304T050607Z"/></docdata><pubdata name="Tarn Wire"/></head><body><body.head><hedline>
<hl1>Pier shut</hl1></hedline><byline>By <person>Ana Ruiz</person></byline></body.head>
<body.content><block>{HTML}</block></body.content></body></nitf>"""
G2 = f"""<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet><newsItem guid="urn:newsml:tarn:1"><itemMeta>
<provider><name>Tarn Wire</name></provider><versionCreated>2021-03-04T05:06:07Z</versionCreated></itemMeta><contentMeta>
<headline>Pier shut</headline><by>Ana Ruiz</by></contentMeta><contentSet><inlineXML><html xmlns="http://www.w3.org/1999/xhtml">
<head><title>x</title></head><body>{HTML}</body></html></inlineXML></contentSet></newsItem>
<newsItem guid="urn:newsml:tarn:2"><contentMeta><headline>A picture</headline></contentMeta></newsItem></itemSet></newsMessage>"""


@pytest.mark.parametrize("data", [RSS, ATOM, NITF, G2], ids=["rss", "atom", "nitf", "newsml-g2"])
def test_xml_of_news(tmp_path, data):
    [article] = read(tmp_path, "a.xml", data)
    assert (article.title, article.byline, article.outlet) == ("Pier shut", ("Ana Ruiz",), "Tarn Wire")
    assert article.published_at.isoformat() == "2021-03-04T05:06:07+00:00" and body(article) == PARAGRAPHS


def test_xml_fetches_and_unfolds_nothing(tmp_path):
    start = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    item = f"<item><title>Pier</title><description>&a; &x; caf&eacute; {PARAGRAPHS[0]}</description></item>"
    [article] = read(tmp_path, "a.xml", f"{start}<rss><channel>{item}</channel></rss>")
    assert article.text == f"Pier\n\ncafé {PARAGRAPHS[0]}"
    [reject] = read(tmp_path, "b.xml", "<svg/>")
    assert reject.code == "format" and "<svg>" in reject.message


def test_xml_that_breaks_off_says_so(tmp_path):
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    items = [
        f"<item><title>Pier</title><description>{extra} {PARAGRAPHS[0]}</description></item>" for extra in ("", "&l9;")
    ]
    start = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]><rss><channel>'
    for end in (f"{''.join(items)}</channel></rss>", items[0] + items[0][:40]):
        found = read(tmp_path, "a.xml", start + end)
        assert PARAGRAPHS[0] in found[0].text and found[-1].code == "broken" and "well-formed" in found[-1].message


def word(*paragraphs):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        runs = "".join(
            f"<w:p><w:r><w:t>{p}</w:t></w:r><w:del><w:delText>x</w:delText></w:del></w:p>" for p in paragraphs
        )
        file.writestr("word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{runs}</w:body></w:document>')
    return packed.getvalue()


def test_word_and_rtf(tmp_path):
    [article] = read(tmp_path, "a.docx", word("Pier shut in Tarn", "By Ana Ruiz", *PARAGRAPHS))
    assert (article.title, article.byline, body(article)) == ("Pier shut in Tarn", ("Ana Ruiz",), PARAGRAPHS)
    rtf = (
        r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 Pier shut in Tarn\par By Ana Ruiz\par "
        + r"\par ".join(PARAGRAPHS)
        + r"\par}"
    )
    marks = {"“": r"\ldblquote ", "”": r"\rdblquote ", "é": r"\'e9"}
    for mark, code in marks.items():
        rtf = rtf.replace(mark, code)
    [article] = read(tmp_path, "a.rtf", rtf)
    assert (article.title, article.byline, body(article)) == ("Pier shut in Tarn", ("Ana Ruiz",), PARAGRAPHS)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("bomb.docx", word("x" * 3_000_000), "too_large"),
        ("cut.docx", word(*PARAGRAPHS)[:200], "broken"),
        ("not.docx", b"plain", "broken"),
        ("not.rtf", b"plain", "broken"),
        ("bomb.html.gz", gzip.compress(b"<p>" * 1_000_000), "too_large"),
        ("not.warc", b"plain", "broken"),
        ("none.warc.gz", gzip.compress(b""), "empty"),
    ],
)
def test_files_that_are_not_what_they_say(tmp_path, name, data, code):
    [reject] = read(tmp_path, name, data, limit=1_000_000)
    assert reject.code == code and reject.message.startswith(name)


@pytest.mark.parametrize("zipped", [True, False])
def test_web_archives(tmp_path, zipped):
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=zipped)
    for url, kind, data, status in (
        ("https://tarn.example/1", "text/html; charset=utf-8", PAGE.encode(), "200 OK"),
        ("https://tarn.example/a.png", "image/png", b"\x89PNG", "200 OK"),
        ("https://tarn.example/gone", "text/html", b"<html>gone</html>", "404 Not Found"),
        ("https://tarn.example/2", "text/html", PAGE.replace("Thursday", "Friday").encode(), "200 OK"),
    ):
        headers = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
        writer.write_record(writer.create_warc_record(url, "response", io.BytesIO(data), http_headers=headers))
    notes, name = [], "a.warc.gz" if zipped else "a.warc"
    articles = read(tmp_path, name, out.getvalue(), notes=notes)
    assert [a.source_uri for a in articles] == ["https://tarn.example/1", "https://tarn.example/2"]
    assert all(a.title == "Pier shut in Tarn" for a in articles) and "2 records that are no pages" in notes[0]
    *_, reject = read(tmp_path, name, out.getvalue()[:-200])
    assert isinstance(reject, Reject) and reject.code in ("broken", "unreadable")
