import json
import os
import unicodedata
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.tasks.articles import Reject
from sayso.tasks.reading import article_id_for, article_id_of, find_sources, is_clash, one_line
from sayso.tasks.reading.identity import Origin, article_url, canonical, legacy_keys, located, page_url, record_id

TEXT = "The warden said that the weir would be closed in June, and that nobody had been asked about it."


def keys(*inputs, collection=None) -> list[str | None]:
    found = list(find_sources([str(i) for i in inputs], 1_000_000, collection))
    assert not any(isinstance(s, Reject) for s in found)
    return [s.key for s in found]


@pytest.fixture
def inbox(tmp_path):
    """Two nights of files with equal names."""
    for night in ("mon", "tue"):
        (tmp_path / "inbox" / night).mkdir(parents=True)
        (tmp_path / "inbox" / night / "1.txt").write_text(f"{TEXT} It was {night}.")
    return tmp_path / "inbox"


def test_files_of_one_name_in_two_folders_are_two_articles(inbox):
    nights = [keys(inbox / night)[0] for night in ("mon", "tue")]
    assert len(set(nights)) == 2 and keys(inbox) == nights


def test_the_input_that_was_given_does_not_change_an_id(inbox, monkeypatch):
    monkeypatch.chdir(inbox)
    both = keys(inbox)
    for inputs in (["mon", "tue"], ["mon/1.txt", "tue/1.txt"], ["*/1.txt"], ["**/*"], ["../inbox"]):
        assert keys(*inputs) == both
    (inbox / "link").symlink_to(inbox / "mon", target_is_directory=True)
    assert keys("link/1.txt") == both[:1]


def test_pages_of_two_sites_with_one_path_are_two_articles():
    import fsspec

    system = fsspec.filesystem("memory")
    system.pipe({f"/site{s}/news/index.html": f"<p>{TEXT}</p>".encode() for s in "AB"})
    try:
        assert len({keys(f"memory://site{s}/news")[0] for s in "AB"}) == 2
    finally:
        system.store.clear()


def test_a_named_collection_may_move(inbox, tmp_path):
    before = keys(inbox, collection="the wire")
    assert before == ["collection:the%20wire/mon/1.txt", "collection:the%20wire/tue/1.txt"]
    inbox.rename(tmp_path / "elsewhere")
    assert keys(tmp_path / "elsewhere", collection="the wire") == before
    assert keys(tmp_path / "elsewhere" / "**" / "*.txt", collection="the wire") == before
    assert set(keys(tmp_path / "elsewhere", collection="other")).isdisjoint(before)


def test_names_in_another_normal_form_are_the_same_name(tmp_path):
    name = "müller.txt"
    made = []
    for form in ("NFC", "NFD"):
        path = tmp_path / unicodedata.normalize(form, name)
        path.write_text(TEXT)
        made += keys(path) + keys(path, collection="c")
        path.unlink()
    assert made[:2] == made[2:]


def test_twins_in_both_normal_forms_are_both_seen(tmp_path):
    for form in ("NFC", "NFD"):
        (tmp_path / unicodedata.normalize(form, "é.txt")).write_text(TEXT)
    assert len(keys(tmp_path)) == len(list(tmp_path.iterdir()))


def test_names_that_cannot_be_decoded_stay_apart(tmp_path):
    for name in (b"a\xff.txt", b"a\xfe.txt", b"a%FF.txt", b"a#1.txt", b"a?.txt"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(TEXT)
    for collection in (None, "c"):
        assert len({article_id_of(key) for key in keys(tmp_path, collection=collection)}) == 5


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(lambda t: unicodedata.normalize("NFC", t))
ORIGINS = st.builds(Origin, st.none() | TEXTS, TEXTS.map(lambda t: located(f"s3://b/{t}")), st.none() | TEXTS)


@given(ORIGINS, ORIGINS)
def test_different_origins_have_different_keys(one, other):
    assert (one == other) == (one.key == other.key)


@pytest.mark.parametrize("value", [1, 1.0, "1", "1.0", " 1 ", Decimal("1.00")])
def test_ids_have_one_spelling(value):
    assert record_id(value) == "1"


@pytest.mark.parametrize("value", [None, "", " ", float("nan"), float("inf"), "nan", "None", True, [1], {}, b"1"])
def test_what_is_no_id(value):
    assert record_id(value) is None


@given(st.floats() | st.integers() | st.decimals() | st.text())
def test_an_id_has_no_end_of_its_own(value):
    ident = record_id(value)
    assert ident is None or (ident == one_line(ident) and record_id(ident) == ident)


def test_a_gap_in_a_column_of_numbers_changes_no_id(tmp_path):
    path = tmp_path / "a.parquet"
    texts = [f"{TEXT} {i}" for i in range(3)]
    pq.write_table(pa.table({"id": [1, 2], "text": texts[:2]}), path)
    before = keys(path)
    pq.write_table(pa.table({"id": pa.array([1.0, 2.0, None]), "text": texts}), path)
    assert keys(path) == [*before, None]
    (tmp_path / "b.csv").write_text(f"id,text\n1.0,{texts[0]!r}\n")
    (tmp_path / "c.csv").write_text(f"id,text\n1,{texts[0]!r}\n")
    assert [k.rsplit("#")[1] for k in keys(tmp_path / "*.csv")] == ["1", "1"]


def test_a_url_that_is_missing_names_nothing(tmp_path):
    rows = [{"url": url, "text": f"{TEXT} {n}"} for n, url in enumerate([float("nan"), "nan", None, "", 7])]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert keys(tmp_path) == [None] * 4 + [f"{(tmp_path / 'a.jsonl').as_uri()}#7"]


def test_a_url_without_a_host_names_a_record_of_its_file_only(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"url": "/news/1", "text": TEXT}))
    assert len(set(keys(tmp_path))) == 2
    assert article_url("www.weir.example/1") == article_url("//www.weir.example/1") == "https://www.weir.example/1"


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://Weir.Example/a/B?id=1",
        "https://weir.example:443/a/B?id=1",
        "https://ada:secret@weir.example/a/B?id=1#comments",
        "https://weir.example/a/B?utm_source=x&id=1&fbclid=2",
    ],
)
def test_one_address_has_one_spelling(url):
    assert canonical(url) == "https://weir.example/a/B?id=1"


def test_other_addresses_stay_apart():
    urls = ["https://w.example/a", "https://w.example/A", "https://w.example/a/", "http://w.example/a"]
    urls += [
        "https://w.example/a?id=1",
        "https://w.example/a?cid=1",
        "https://w.example:8443/a",
        "https://w.example/#!/a",
    ]
    urls += ["https://w.example/", "urn:isbn:1", "http://[bad"]
    assert len(set(map(canonical, urls))) == len(urls)
    assert [canonical(canonical(u)) for u in urls] == [canonical(u) for u in urls]


def page(head: str) -> bytes:
    return f"<html><head>{head}</head><body><p>{TEXT}</p></body></html>".encode()


def test_a_page_is_known_by_its_canonical_link(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.html").write_bytes(
            page('<link rel="canonical" href="https://weir.example/1?utm_medium=x">')
        )
    assert keys(tmp_path) == ["https://weir.example/1"] * 2


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ("", None),
        ('<link rel="canonical" href="https://weir.example/">', None),
        ('<link rel="canonical" href="/2">', "https://weir.example/2"),
        ('<link rel="amphtml" href="https://weir.example/amp">', None),
        ('<!-- <link rel="canonical" href="https://weir.example/3"> -->', None),
        ("<link rel='CANONICAL other' href=' https://weir.example/4 '>", "https://weir.example/4"),
        ('<link rel="canonical" href="javascript:x">', None),
        ("</head><body><p>.</p><link rel=canonical href=https://weir.example/5>", None),
    ],
)
def test_canonical_links(head, url):
    assert page_url(page(head), "https://weir.example/a/1.html") == url
    if "/2" in head:
        assert page_url(page(head), "file:///a/1.html") is None


@given(st.binary(max_size=300))
def test_any_bytes_may_lack_a_canonical_link(data):
    url = page_url(b"<link rel=canonical href=" + data, "https://weir.example/")
    assert url is None or url.isprintable()


def sources(*inputs):
    return list(find_sources([str(i) for i in inputs], 1_000_000))


def test_articles_of_an_old_lake_keep_their_ids(inbox):
    mon, tue = sources(inbox)
    known = {mon.uri: article_id_of("1.txt")}  # as `analyze inbox/mon` had it
    assert article_id_for(mon, known) == article_id_of("1.txt")
    assert article_id_for(tue, known) == article_id_of(tue.key)  # no namesake takes it over
    assert article_id_for(mon, {mon.uri: article_id_of("mon/1.txt")}) == article_id_of("mon/1.txt")
    assert article_id_for(mon, {mon.uri: article_id_of("of something else")}) == article_id_of(mon.key)
    assert article_id_for(mon, {}) == article_id_of(mon.key)


def test_records_of_an_old_lake_keep_their_ids(tmp_path):
    rows = [{"id": 1, "text": TEXT}, {"url": "https://Weir.example/1?utm_source=x", "text": TEXT}]
    (tmp_path / "a b.jsonl").write_text("\n".join(map(json.dumps, rows)))
    numbered, linked = sources(tmp_path)
    old = {f"{numbered.uri}.0": article_id_of("a b.jsonl#1.0"), linked.uri: article_id_of(linked.uri)}
    assert article_id_for(numbered, old) == article_id_of("a b.jsonl#1.0")
    assert article_id_for(linked, old) == article_id_of(linked.uri) != article_id_of(linked.key)
    assert "x/a.jsonl#9" in legacy_keys("memory://siteA/x/a.jsonl#9")


def test_a_key_from_another_source_is_a_clash(inbox):
    mon, tue = (next(iter(find_sources([str(inbox / n)], 1_000_000, "wire"))) for n in ("mon", "tue"))
    assert mon.key == tue.key
    assert is_clash(tue, mon.uri, mon.sha256)
    assert not is_clash(tue, tue.uri, mon.sha256)  # changed where it lies
    assert not is_clash(tue, mon.uri, tue.sha256)  # moved as it was


def test_another_name_of_one_file_is_no_clash(inbox, tmp_path):
    (tmp_path / "link").symlink_to(inbox / "mon", target_is_directory=True)
    (source,) = sources(inbox / "mon")
    assert not is_clash(source, (tmp_path / "link" / "1.txt").as_uri(), "other bytes")
    (inbox / "a.jsonl").write_text(json.dumps({"id": "a b", "text": TEXT}))
    (record,) = sources(inbox / "a.jsonl")
    assert not is_clash(record, f"{(tmp_path / 'link' / '..').as_uri()}/a.jsonl#a b", "other bytes")


def test_two_pages_that_state_one_address_clash_where_they_differ(tmp_path):
    for name in "ab":
        head = '<link rel="canonical" href="https://weir.example/1">'
        (tmp_path / f"{name}.html").write_bytes(page(head) + name.encode())
    a, b = sources(tmp_path)
    assert is_clash(b, a.uri, a.sha256)
