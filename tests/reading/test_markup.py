"""Markup that is no part of a text goes; clean text stays to the letter; what is marked as quotation has marks."""

import json
import time

import pytest

from sayso.tasks.reading import Source, read_article
from sayso.tasks.reading.markup import blocks_of, read_head, without_markup
from sayso.tasks.settings import Reading

PROSE = "The pier of Tarn was shut on Thursday, the harbor master Ona Reed said, and it will not open before June."


def read(data, form="text"):
    data = data if isinstance(data, bytes) else data.encode()
    return read_article(Source("file:///a.txt", "a", form, data, "0"), Reading())


def record(**fields):
    return read(json.dumps(fields), "record")


def body(article):
    return [article.text[p.start : p.end] for p in article.paragraphs if p.role == "body"]


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("<p>One.</p><p>Two &amp; three&#8217;s.</p><script>var a=1;</script>", "One.\n\nTwo & three’s."),
        ("One <b>bold</b> word, <a href='https://x.example/?a=1&b=2'>a link</a>.", "One bold word, a link."),
        ("One.\n\nTwo with <em>stress</em>.\nAnd a line.", "One.\n\nTwo with stress.\nAnd a line."),
        ("<div>One<br>two<br/><br/>three</div>", "One\ntwo\n\nthree"),
        ("&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;", "One.\n\nTwo."),
        ("AT&amp;T rose", "AT&T rose"),
        ("<ul><li>One</li><li>Two</li></ul>", "One\n\nTwo"),
        ("<figure><img src=x><figcaption>A pier.</figcaption></figure><p>One.</p><!-- no -->", "One."),
        ("<p>He said <q>it is shut</q>.</p>", "He said “it is shut”."),
    ],
)
def test_markup_goes(markup, plain):
    assert without_markup(markup) == plain


@pytest.mark.parametrize(
    "text", [PROSE, "a < b and c > d", "AT&T & co; R&D;", "<not a tag> & so on", "x <- y", "one & two &c."]
)
def test_clean_text_stays_to_the_letter(text):
    assert without_markup(text) == text


def test_records_of_html():
    article = record(title="Pier &amp; quay", text=f"<p>{PROSE}</p><p>“No,” Reed said.</p><script>x()</script>")
    assert (article.title, article.text) == ("Pier & quay", f"Pier & quay\n\n{PROSE}\n\n“No,” Reed said.")


def test_markdown_is_read_as_it_is_shown():
    article = read(
        f"---\ntitle: 'Pier: shut'\nauthors: [Ana Ruiz, Bo Lind]\ndate: 2021-03-04\nsite_name: Tarn Wire\n---\n"
        f"{PROSE.replace('Ona Reed', '[**Ona Reed**](https://tarn.example/r)')}\n\n![a pier](pier.png)\n\n## _Later_\n\n"
        "> “Nobody will walk on it,” Reed said.\n\n> It is as old as the town\n> and as tired.\n\n- One, the board said.\n1. Two\\* was said.\n",
        "markdown",
    )
    assert (article.title, article.byline, article.outlet) == ("Pier: shut", ("Ana Ruiz", "Bo Lind"), "Tarn Wire")
    assert f"{article.published_at:%Y-%m-%d}" == "2021-03-04"
    assert article.text.split("\n\n") == [
        "Pier: shut", PROSE, "Later", "“Nobody will walk on it,” Reed said.", "“It is as old as the town\nand as tired.”",
        "One, the board said.", "1. Two* was said.",
    ]  # fmt: skip
    assert [p.role for p in article.paragraphs][:3] == ["title", "body", "heading"]


def test_heads_of_texts():
    assert read_head("---\na: 1\nb: [x, y]\n---\nrest") == ({"a": "1", "b": ["x", "y"]}, "rest")
    assert read_head('+++\ntitle = "x"\n+++\nrest') == ({"title": "x"}, "rest")
    assert read_head("---\ntitle: a: b\n---\nrest") == ({"title": "a: b"}, "rest")
    assert read_head("---\n\nNo head here\n\n---\nrest")[0] == {}
    assert read_head("---\ntitle: !!python/object/apply:os.system ['true']\n---\nx")[0] == {"title": ["true"]}
    bomb = "a: &a [x, x]\n" + "\n".join(f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    assert len(str(read_head(f"---\n{bomb}\n---\nx")[0])) < 1000
    article = read(f"---\ntitle: Pier shut\nauthor: Ana Ruiz\n---\n{PROSE}\n")
    assert (article.title, article.byline, body(article)) == ("Pier shut", ("Ana Ruiz",), [PROSE])


def test_wires_come_without_their_codes(tmp_path):
    from sayso.tasks.reading import find_sources

    wrapped = PROSE.replace(", ", ",\r\n", 1)
    wire = (
        "\x01tar0003 3 i 380  twa 0045\r\n\npier/shut/\r\n\x02Pier of Tarn shut =\r\n\n"
        f"   {wrapped}\r\n   The mate M\xfcller agreed, Reed said.\r\n\n\x03231137 GMT Mar 21\r\n\x7f\x04"
    )
    (tmp_path / "a.txt").write_bytes((wire + wire.replace("Pier of Tarn", "Quay of Tarn")).encode("latin-1"))
    one, two = (read_article(s, Reading()) for s in find_sources([str(tmp_path)], 10_000))
    assert (one.title, two.title) == ("Pier of Tarn shut", "Quay of Tarn shut")
    assert one.published_at.isoformat() == "2021-03-23T11:37:00+00:00"
    assert body(one) == [PROSE, "The mate Müller agreed, Reed said."]


QUOTED = "We waited too long, and now the beams are gone."


def page(*parts):
    return f"<html><head><title>Pier shut</title></head><body><article><h1>Pier shut in Tarn</h1><p>{PROSE}</p>{''.join(parts)}<p>The board of Tarn will meet on Monday, the clerk told the crews of the boats, and vote.</p></article></body></html>"


@pytest.mark.parametrize(
    ("marked", "shown"),
    [
        (f"<blockquote><p>{QUOTED}</p></blockquote>", f"“{QUOTED}”"),
        (f"<blockquote>{QUOTED}</blockquote>", f"“{QUOTED}”"),
        (f"<blockquote><p>“{QUOTED}”</p></blockquote>", f"“{QUOTED}”"),
        (f"<blockquote><p>{QUOTED}</p><p>They are.</p></blockquote>", f"“{QUOTED}\n\n“They are.”"),
        (f"<blockquote><p>{QUOTED}</p><footer>— <cite>Ona Reed, harbor master</cite></footer></blockquote>", f"“{QUOTED}” — Ona Reed, harbor master"),
        (f'<blockquote class="twitter-tweet"><p>{QUOTED}</p>&mdash; Ona Reed (@reed) <a href="https://x.example">March 4</a></blockquote>', f"“{QUOTED}” — Ona Reed"),
        (f"<p><q>{QUOTED[:-1]},</q> Reed said.</p>", f"“{QUOTED[:-1]},” Reed said."),
        (f"<p>Reed said:</p><ul><li>{QUOTED}</li><li>They are.</li></ul>", f"Reed said:\n\n• {QUOTED}\n\n• They are."),
        (f"<p>{QUOTED}</p><ul><li>They are.</li></ul>", f"{QUOTED}\n\nThey are."),
        ("<blockquote>Read more: the beams of Tarn</blockquote>", "Read more: the beams of Tarn"),
        (f"<p>“{QUOTED}” Reed said.</p><blockquote>{QUOTED}</blockquote>", f"“{QUOTED}” Reed said.\n\n{QUOTED}"),
    ],
)  # fmt: skip
def test_what_a_page_marks_as_quotation_has_marks(marked, shown):
    text = read(page(marked), "html").text
    assert f"\n\n{shown}\n\n" in text


@pytest.mark.parametrize(
    "piece", ["<p", "<p>", "<q>", "<blockquote>", "&amp;", "<b a=", "[", "> ", "- ", "*", "![", "<!--", "`"]
)
def test_no_markup_holds_the_reader_up(piece):
    began = time.process_time()
    without_markup(piece * 20_000)
    blocks_of(piece * 20_000)
    read(f"Pier shut\n\n{PROSE}\n\n{piece * 1_000}\n\n{PROSE}", "markdown")
    assert time.process_time() - began < 3
