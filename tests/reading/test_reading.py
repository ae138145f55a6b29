import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sayso.tasks.articles import Rejected
from sayso.tasks.reading import Source, detect_language, read_article
from sayso.tasks.reading.cleaning import clean, decode, one_line
from sayso.tasks.reading.dates import read_date
from sayso.tasks.reading.layout import is_boilerplate, read_layout, split_names, split_paragraphs
from sayso.tasks.settings import Reading

BODY = (
    "The ferry left without its captain on Sunday, and nobody on the pier said a word about it.\n\n"
    "“We thought that he was asleep below,” said the mate, who had taken the wheel."
)


def read(text: str | bytes, **settings):
    data = text if isinstance(text, bytes) else text.encode()
    return read_article(Source("file:///a.txt", "a.txt", "text", data, "0"), Reading(**settings))


def record(**fields):
    return read_article(Source("file:///a.jsonl#1", "a#1", "record", json.dumps(fields, default=str), "0"), Reading())


def roles(article):
    return [p.role for p in article.paragraphs]


def test_clean_text_stays_to_the_letter():
    text = f"A Captain Is Missed\n\n{BODY}\n\nCafé “naïve” – ‘quoted’ … it's\xa0fine, he said to them."
    assert read(text).text == text


def test_damaged_text_is_mended():
    assert clean("He said â€œnoâ€\x9d and left") == "He said “no” and left"
    assert clean("a\r\n\r\nb\rc") == "a\n\nb\nc"
    assert clean("a\x00b\x07c\ufeff"[:-1]) == "abc"
    assert decode("“Ça va”, said Ána".encode("cp1252")) == "“Ça va”, said Ána"
    assert decode("naïve".encode("utf-16")) == "naïve"
    assert "�" in decode("one “good” two “good” three “good” \xff bad".encode()[:-6] + b"\xff bad")


def test_lines_become_paragraphs_where_there_are_no_blank_lines():
    assert clean("He left.\nShe stayed.\nThey met again.") == "He left.\n\nShe stayed.\n\nThey met again."
    wrapped = "This text is wrapped at\nsome width and goes on\nover three lines."
    assert clean(wrapped) == wrapped


def test_title_byline_outlet_and_date_come_from_the_first_lines():
    article = read(f"A Captain Is Missed\n\nBy Ada Quill and Bo Lind\nThe Harbor Gazette, March 4, 2026\n\n{BODY}")
    assert article.title == "A Captain Is Missed"
    assert article.byline == ("Ada Quill", "Bo Lind")
    assert article.outlet == "The Harbor Gazette"
    assert article.published_at == datetime(2026, 3, 4, tzinfo=UTC)
    assert roles(article) == ["title", "boilerplate", "body", "body"]


@pytest.mark.parametrize(
    "line",
    [
        "Read the full piece in Harbor Weekly.",
        "Sign up for our morning letter.",
        "© 2026 Harbor Gazette",
        "Media contact: press office",
        "This article was originally published elsewhere.",
        "###",
    ],
)
def test_boilerplate_at_the_end(line):
    assert roles(read(f"A Captain Is Missed\n\n{BODY}\n\n{line}"))[-1] == "boilerplate"


@pytest.mark.parametrize(
    "paragraph",
    [
        "Advertisement income sank by a third, said Ona Reed, who prints the weekly. “We will print less,” Reed said.",
        "Advertisement income sank by a third last year, and two printers left.",
        "Comments on the harbor plan are due by June, the clerk told the board.",
        "Share this load between the ports, the pilot Ona Reed told the board.",
        "Read the tide tables before you sail, the pilot Ona Reed told them.",
        "Read more and sail less, the pilot wrote to the crews.",
        "This report was published a month late, Ona Reed said. “Two boats went down meanwhile,” Reed said.",
        "Copyright law has to follow, the publishers argued on Monday.",
        "Subscribe or sink, the editor told the readers of the weekly.",
        "Follow us to the quay, the pilots told the crews.",
        "For more information, the crews turned to the radio in the pilots’ house.",
        "Watch the current, the pilot Ona Reed warned them.",
        "Originally published in 1911, the tables are still in use on every boat.",
        "More from the fund would be needed by the summer.",
        "Images of the wreck were sold to three papers on Monday.",
        "About 40 boats: that is what the pilots counted on Monday.",
        "Click here and the map of the harbor opens, the pilot said.",
        "Related costs sank by a third, according to the board.",
        "Contact: “We lost it at noon,” the pilot said of the radio.",
    ],
)
def test_prose_that_begins_like_boilerplate_is_kept(paragraph):
    assert not is_boilerplate(paragraph)
    assert (
        roles(read(f"A Captain Is Missed\n\n{BODY}\n\n{paragraph}\n\n{BODY.replace('Sunday', 'Monday')}"))[3] == "body"
    )


@pytest.mark.parametrize(
    "line",
    [
        "Read more: A captain sails on", "Read the full story at Tarn Wire.", "Read more here", "Subscribe now", "Advertisement",
        "Sign up for our morning newsletter.", "Subscribe to read on.", "Follow us on Facebook and X.", "Click here for the map.",
        "ADVERTISEMENT - Story continues below", "Share this article", "Photo by Ona Reed/Tarn Wire", "Image: Tarn Wire",
        "Photograph courtesy of the Port of Tarn.", "Copyright 2026 Tarn Wire", "Copyright Tarn Wire. All rights reserved.",
        "All rights reserved.", "Correction: An earlier version said that the pilot had left.", "Editor’s note: names were changed.",
        "This article was first published in the Tarn Weekly.", "This story has been updated.", "Originally published by Tarn Wire.",
        "For more information, visit the website of the Port of Tarn.", "About the Port of Tarn: The port is the oldest on the coast.",
        "Press contact: Ona Reed, 555 0100", "Contact: press office, Port of Tarn", "Source: Port of Tarn", "More from Tarn Wire",
        "Ona Reed contributed to this report.", "The Associated Press contributed to this report.", "Download our free app.",
        "Comments are closed.", "Listen to the full interview here.", "Watch the video below.", "Related: The tides of Tarn",
        "###", "-30-", "- 30 -", "ENDS", "*Read the rest at Tarn Wire.*",
    ],
)  # fmt: skip
def test_lines_that_are_boilerplate(line):
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    "opener",
    ["About ", "By ", "Photo by ", "Read more ", "Copyright ", "Follow ", "Sign up ", "March 4, 2026 ", "#", ""],
)
@pytest.mark.parametrize(
    "filler",
    ["x", "X", "x.", "X. ", "A b ", "- ", "' ", "” ", "| ", "at ", "_", "&", ":", "1:", " ", "\n", "\n \n", "By A, "],
)
def test_no_text_holds_the_reader_up(opener, filler):
    began = time.process_time()
    for end in ("", ":", "!", "\n\nThe end of it."):
        for size in (140, 500, 20_000):
            read_layout(opener + filler * size + end)
    assert time.process_time() - began < 2


def test_quotations_are_no_boilerplate():
    text = f"A Captain Is Missed\n\n{BODY}\n\n“Follow us,” said the mate, and the crew followed him below."
    assert roles(read(text))[-1] == "body"


def test_headings_and_markdown():
    article = read(f"# A captain is missed\n\n{BODY}\n\n## The search\n\nIt went on for days, they said.")
    assert article.title == "A captain is missed"
    assert roles(article) == ["title", "body", "body", "heading", "body"]


def test_a_record_with_another_title_gets_it_as_first_paragraph():
    given_title = record(
        title="A captain is missed", text=BODY, published_at="2026-03-04T10:00:00+02:00", byline="By Ada Quill"
    )
    assert given_title.text == f"A captain is missed\n\n{BODY}"
    assert given_title.published_at == datetime(2026, 3, 4, 8, tzinfo=UTC)
    assert given_title.byline == ("Ada Quill",)
    repeated = record(title="a captain: is missed!", text=f"A Captain Is Missed\n\n{BODY}")
    assert repeated.text.startswith("A Captain Is Missed\n\nThe ferry")


@pytest.mark.parametrize("text", [None, "", "   ", 7, [7], {"b": 1}])
def test_a_record_without_text(text):
    with pytest.raises(Rejected) as error:
        record(text=text, title="x")
    assert error.value.code == "no_text"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            "Der Bürgermeister sagte am Montag, dass die Brücke im Mai geöffnet werde und niemand dafür zahlen müsse.",
            "language",
        ),
        (
            "Le maire a déclaré lundi que le pont serait ouvert en mai et que personne ne paierait pour cela.",
            "language",
        ),
        (b"\x00\x01\x02\x03binary\x00", "binary"),
        (b"%PDF-1.7 and so on and so on", "binary"),
        ("x" * 6000 + " the end", "no_text"),
        ("too short", "too_short"),
    ],
)
def test_what_is_no_english_article(text, code):
    with pytest.raises(Rejected) as error:
        read(text)
    assert error.value.code == code


def test_too_many_words():
    with pytest.raises(Rejected, match="max_words"):
        read(BODY * 3, max_words=20)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-04", datetime(2026, 3, 4, tzinfo=UTC)),
        ("4 March 2026", datetime(2026, 3, 4, tzinfo=UTC)),
        ("March 4, 2026 10:00 EST", datetime(2026, 3, 4, 15, tzinfo=UTC)),
        (1772582400, datetime(2026, 3, 4, tzinfo=UTC)),
        (1772582400000, datetime(2026, 3, 4, tzinfo=UTC)),
        (datetime(2026, 3, 4), datetime(2026, 3, 4, tzinfo=UTC)),
        ("0000-00-00", None),
        ("9999-12-31", None),
        ("soon", None),
        (None, None),
        (float("nan"), None),
        (10**40, None),
        (True, None),
    ],
)
def test_dates(value, expected):
    assert read_date(value).value == expected


def test_names_of_bylines():
    assert split_names("By Ana Ruiz and Bo Lind, Staff Writers") == ("Ana Ruiz", "Bo Lind")
    assert split_names("https://example.org/ana") == ()


def test_metadata_cannot_command_a_terminal():
    assert one_line("a\x1b[31mred\u202e\nb") == "a[31mred b"


def test_languages():
    assert detect_language(BODY) == "en"
    assert detect_language("El alcalde dijo que el puente se abrirá en mayo") == "es"


@given(st.text(max_size=400))
def test_paragraphs_slice_the_text_and_cover_every_word(text):
    text = clean(text)
    spans = split_paragraphs(text)
    assert " ".join(text[s:e] for s, e in spans).split() == text.split()
    assert all(text[s:e] == text[s:e].strip() != "" for s, e in spans)
    layout = read_layout(text)
    assert len(layout.spans) == len(spans)


@example("\x8dÂ\x80")
@given(st.text(max_size=300))
def test_cleaning_twice_is_cleaning_once(text):
    assert clean(clean(text)) == clean(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda c: st.lists(c, max_size=3) | st.dictionaries(st.text(max_size=5), c, max_size=3),
    )
)
def test_any_json_is_read_or_rejected(value):
    fields = (
        value if isinstance(value, dict) else {"text": value, "title": value, "byline": value, "published_at": value}
    )
    try:
        article = record(**{str(k): v for k, v in fields.items()})
    except Rejected as error:
        assert error.code
    else:
        json.dumps(article.title).encode()
