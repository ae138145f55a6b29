"""Whatever bytes a file has: each source in it becomes an article or is rejected, and a table can hold either."""

import errno
import gzip
import json
import os
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sayso.tasks.articles import Reject, Rejected
from sayso.tasks.reading import Source, find_sources, read_article
from sayso.tasks.settings import Reading

SUFFIXES = (".txt", ".md", ".html", ".json", ".jsonl", ".csv", ".parquet", ".jsonl.gz", ".csv.gz")
PIECES = (
    "Ada Quill said that the pier was shut and that nobody had been there. ", "\n\n", "\n", '"', "“", "”", "{", "}", "[", "]", ",", ":",
    '"text"', '"id"', '"title"', '"published_at"', "1e999", "null", "\\ud800", "\\u0000", "<p>", "</p>", "<div>", "<script>", "</script>",
    "<h1>", "</h1>", "<title>", '<meta name="author" content="', '<script type="application/ld+json">', "<!--", "<![CDATA[", "&#0;", "&lt;",
    "<time datetime='9999-99-99'>", "text,title\n", "\x00", "\x1b[2J", "\u202e", "\u2028", "\ufeff", "\r", "é", "𝔄", "By Ada Quill\n",
    "March 4, 2026\n", "0000-00-00", "Read more here.",
)  # fmt: skip
RULES = Reading(max_bytes=2_000, max_words=300, min_words=3)
CONTENTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=40).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass")),
    st.binary(max_size=300),
    st.tuples(st.sampled_from(["utf-16", "cp1252", "utf-32"]), st.lists(st.sampled_from(PIECES), max_size=20)).map(
        lambda pair: "".join(pair[1]).encode(pair[0], "replace")
    ),
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SUFFIXES), CONTENTS, st.booleans())
@example(".jsonl.gz", b"\n" * 50_000, True)
@example(".csv", b'text\n"' + b"x" * 5_000, False)
@example(".jsonl", b'{"url": "\\ud800", "text": "\\udfff and some more words of text"}', False)
def test_an_outcome_for_everything(suffix, data, zipped):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a{suffix}")
        path.write_bytes(gzip.compress(data) if suffix.endswith(".gz") and zipped else data)
        for source in find_sources([folder], RULES.max_bytes):
            if isinstance(source, Reject):
                pa.array([source.source_uri, source.code, source.message], pa.string())
                continue
            assert source.uri.isprintable()
            try:
                article = read_article(source, RULES)
            except Rejected as error:
                assert error.code.islower()
                continue
            pa.array([article.text, article.title, article.outlet, *article.byline], pa.string())
            assert article.title.isprintable() and all(name.isprintable() for name in article.byline)
            ends = 0
            for p in article.paragraphs:
                assert ends <= p.start < p.end <= len(article.text)
                assert article.text[p.start : p.end].strip() == article.text[p.start : p.end]
                ends = p.end


RECORD = {"text": "Ada Quill said that the pier was shut and that nobody had been there for a while."}


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["title", "published_at", "byline", "outlet", "id", "url", "authors", "text"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=5,
        ),
    )
)
def test_fields_of_any_kind(fields):
    source = Source("file:///a#1", "a#1", "record", json.dumps(RECORD | fields), "0")
    try:
        article = read_article(source, Reading())
    except Rejected:
        return
    pa.array([article.text, article.title, article.outlet, *article.byline], pa.string())
    assert article.published_at is None or 1600 <= article.published_at.year <= 2200


def sources(folder: Path, **limits: int) -> list:
    return list(find_sources([str(folder)], limits.get("max_bytes", 20_000_000)))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("bomb.jsonl.gz", b" " * 30_000_000, "unpacks to more than 100 times its size"),
        ("bomb.csv.gz", b"text\n" + b"x" * 30_000_000, "unpacks to more than 100 times its size"),
        ("lines.jsonl.gz", b"\n" * 1_500_000, "more than 1,000,000 empty lines"),
        ("bomb.json.gz", b"[" * 30_000_000, "more than 20,000,000 bytes"),
    ],
)
def test_bombs_are_left_alone(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(gzip.compress(data))
    (reject,) = sources(tmp_path)
    assert message in reject.message


def test_a_long_line_costs_that_line_only(tmp_path):
    good = json.dumps(RECORD)
    (tmp_path / "a.jsonl").write_text("\n".join([good, json.dumps({"text": "x" * 3_000}), good]))
    found = sources(tmp_path, max_bytes=2_000)
    assert [isinstance(s, Source) for s in found] == [True, False, True] and found[1].code == "too_large"


def test_a_folder_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("Ada Quill said that the pier was shut.")
    real = os.walk

    def walk(top, onerror, **options):
        yield from real(top, **options)
        onerror(PermissionError(13, "Permission denied", f"{top}/locked"))

    monkeypatch.setattr("sayso.tasks.reading.files.os.walk", walk)
    article, reject = sources(tmp_path)
    assert isinstance(article, Source) and (reject.code, reject.source_uri) == (
        "unreadable",
        (tmp_path / "locked").as_uri(),
    )


def test_a_drive_that_goes_away_costs_the_files_on_it_only(tmp_path, monkeypatch):
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text("Ada Quill said that the pier was shut.")
    real = Path.open

    def lost(path, mode):
        if path.name == "b.txt":
            raise OSError(errno.ESTALE, "Stale file handle")
        return real(path, mode)

    monkeypatch.setattr(Path, "open", lost)
    found = sources(tmp_path)
    assert [isinstance(s, Source) for s in found] == [True, False, True]
    assert (found[1].code, found[1].message) == ("unreadable", "b.txt: Stale file handle")


def test_ids_and_urls_are_made_fit_for_a_table(tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps(RECORD | {"url": "https://example.org/\ud800\x1b[2J\u202e\n1"}))
    (source,) = sources(tmp_path)
    assert source.uri == "https://example.org/[2J 1"
