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
