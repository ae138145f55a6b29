"""Which key of a record is what: usual names, nested ones, the user's own; and what is never taken."""

import json

import pytest

from sayso.tasks.articles import Reject, Rejected
from sayso.tasks.reading import Source, find_sources, read_article
from sayso.tasks.reading.fields import articles_in, fields_of
from sayso.tasks.reading.layout import split_names
from sayso.tasks.settings import Fields, Reading

PARAGRAPHS = [
    "The pier of Tarn was shut on Thursday, the harbor master Ona Reed said, and it will not open before June.",
    "“Nobody will walk on it,” Reed said to the board.",
]
TEXT = "\n\n".join(PARAGRAPHS)
HTML = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)


def record(settings=Reading(), **fields):  # noqa: B008
    return read_article(Source("file:///a.jsonl#1", "a#1", "record", json.dumps(fields).encode(), "0"), settings)


@pytest.mark.parametrize(
    "fields",
    [
        {"maintext": TEXT}, {"main_text": TEXT}, {"body_text": TEXT}, {"fullText": TEXT}, {"article_body": TEXT},
        {"text": PARAGRAPHS}, {"content": {"rendered": HTML}}, {"_source": {"text": TEXT}}, {"fields": {"bodyText": TEXT}},
        {"body": {"summary": [], "sections": [{"headline": [], "paragraphs": PARAGRAPHS}]}},
        {"text": None, "content": TEXT}, {"text": "nan", "content": TEXT}, {"html": f"<html><body><article>{HTML}</article></body></html>"},
    ],
)  # fmt: skip
def test_the_text_is_found(fields):
    assert record(**fields).text == TEXT


@pytest.mark.parametrize(
    "key",
    """published_at date published publish_date publishedAt pubDate date_published datePublished publication_date pub_date
    published_date publishing_date date_publish webPublicationDate versioncreated timestamp created_at indexed_date
    publish_time""".split(),
)
def test_the_date_is_found(key):
    assert record(text=TEXT, **{key: "2021-03-04T05:06:07Z"}).published_at.isoformat() == "2021-03-04T05:06:07+00:00"


@pytest.mark.parametrize(
    ("fields", "outlet"),
    [
        ({"source": {"id": None, "name": "Tarn Wire"}}, "Tarn Wire"),
        ({"source": "{'id': None, 'name': 'Tarn Wire'}"}, "Tarn Wire"),
        ({"source": "https://tarn.example/1", "source-hostname": "Tarn Wire"}, "Tarn Wire"),
        ({"source": "https://tarn.example/1"}, None),
        ({"source_domain": "www.tarn.example"}, "tarn.example"),
        ({"site": "https://www.tarn.example/"}, "tarn.example"),
        ({"media_name": "Tarn Wire"}, "Tarn Wire"), ({"sitename": "Tarn Wire"}, "Tarn Wire"),
        ({"newspaper": "Tarn Wire"}, "Tarn Wire"), ({"publisher": [{"name": "Tarn Wire"}]}, "Tarn Wire"),
        ({"source": "nan"}, None), ({"outlet": "None"}, None), ({"outlet": 7}, None), ({"publication": "Tarn &amp; Cape"}, "Tarn & Cape"),
    ],
)  # fmt: skip
def test_the_outlet_is_a_name_and_nothing_else(fields, outlet):
    assert record(text=TEXT, **fields).outlet == outlet


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("nan", ()), ("None", ()), ("Unknown", ()), (None, ()), ("['Ana Ruiz', 'Bo Lind']", ("Ana Ruiz", "Bo Lind")),
        ([{"name": "Ana Ruiz"}], ("Ana Ruiz",)), ({"first_name": "Ana", "last_name": "Ruiz"}, ("Ana Ruiz",)),
        ("Ruiz, Ana", ("Ana Ruiz",)), ("Ruiz, Ana; Lind, Bo", ("Ana Ruiz", "Bo Lind")), ("Ana Ruiz @anaruiz", ("Ana Ruiz",)),
        ("Ana Ruiz (ana@tarn.example)", ("Ana Ruiz",)), ("Ana Ruiz, Bo Lind", ("Ana Ruiz", "Bo Lind")), ("ana-ruiz", ("Ana Ruiz",)),
        ({"original": "By Ana Ruiz"}, ("Ana Ruiz",)), ("[not a list", ()), ([["Ana Ruiz"], None, 7], ("Ana Ruiz",)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["author", "creator", "writer", "authors"])
def test_the_byline_is_names_and_nothing_else(key, value, names):
    assert record(text=TEXT, **{key: value}).byline == names


def test_names_in_order():
    assert split_names("Ana Ruiz, Reuters") == ("Ana Ruiz", "Reuters")
    assert split_names("Smith, Jr.") == ("Smith", "Jr")


def test_an_address_of_something_else_is_not_the_article_s():
    found = fields_of({"text": TEXT, "meta": {"url": "https://tarn.example/", "id": 7, "site_name": "Tarn Wire"}})
    assert "url" not in found and "id" not in found and found["outlet"].value == "Tarn Wire"
    found = fields_of({"data": {"attributes": {"body": TEXT, "url": "https://tarn.example/1"}}})
    assert found["url"].key == "data.attributes.url" and found["text"].value == TEXT


def test_a_title_that_is_an_object():
    assert record(text=TEXT, title={"main": "Pier shut"}).title == "Pier shut"
    assert record(text=TEXT, headline={"rendered": "Pier &amp; quay shut"}).title == "Pier & quay shut"


def test_the_user_s_own_keys_win_and_no_others_are_guessed():
    fields = Fields(text="meta.words", published_at="Printed")
    article = record(
        Reading(fields=fields), meta={"words": TEXT}, text="Another text.", printed="2021-03-04", date="1999-01-01"
    )
    assert article.text == TEXT and article.published_at.year == 2021
    with pytest.raises(Rejected, match=r"no text under meta.words; the keys are text; \[reading.fields\]"):
        record(Reading(fields=fields), text=TEXT)


def test_a_record_without_text_names_its_keys():
    with pytest.raises(Rejected, match="the keys are abstract, words"):
        record(abstract=TEXT, words=7)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "ok", "articles": [{"content": TEXT, "url": "https://tarn.example/1"}]},
        {"response": {"results": [{"fields": {"bodyText": TEXT}, "webUrl": "https://tarn.example/1"}], "pages": 1}},
        {"hits": {"hits": [{"_id": "1", "_source": {"text": TEXT}}]}},
        {"content": [{"text": TEXT, "url": "https://tarn.example/1"}], "tags": [{"name": "pier"}]},
        [{"text": TEXT}],
        {"text": TEXT, "images": [{"caption": "A pier"}]},
    ],
)
def test_a_list_under_a_key_is_found(tmp_path, answer):
    [one] = articles_in(answer)
    assert fields_of(one)["text"].value == TEXT
    (tmp_path / "a.json").write_text(json.dumps(answer, indent=1))
    [source] = find_sources([str(tmp_path)], 100_000)
    assert read_article(source, Reading()).text == TEXT


def test_json_lines_by_another_name(tmp_path):
    rows = [json.dumps({"id": n, "text": f"{TEXT} {n}"}) for n in range(3)]
    (tmp_path / "a.json").write_text("\n".join([*rows, '{"text": ']))
    found = list(find_sources([str(tmp_path)], 100_000))
    assert [isinstance(f, Reject) for f in found] == [False] * 3 + [True] and "line 4" in found[3].message


def test_one_line_says_what_was_taken_for_what(tmp_path):
    row = {"maintext": TEXT, "headline": "Pier shut", "pubDate": "2021-03-04", "section": "Harbor", "empty": None}
    for name in ("a", "b"):
        rows = [json.dumps(row | {"url": f"https://tarn.example/{name}{n}"}) for n in range(3)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(rows))
    (tmp_path / "c.jsonl").write_text(json.dumps({"id": 1, "title": "Pier", "text": TEXT}))
    notes = []
    assert len(list(find_sources([str(tmp_path)], 100_000, note=notes.append))) == 7
    assert notes == [
        "a.jsonl and 1 more like it: text from maintext; title from headline; published_at from pubDate; no outlet; "
        "not used: section ([reading.fields] names other keys)"
    ]
