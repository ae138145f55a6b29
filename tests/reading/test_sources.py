import gzip
import json
import os
import zipfile

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sayso.tasks.articles import Reject, UsageError
from sayso.tasks.reading import Source, article_id_of, check_urls, count_sources, find_sources
from sayso.tasks.reading.files import public

LIMIT = 1_000_000
TEXT = "The mayor said the bridge would open in May, and that nobody would have to pay for it."


def found(*inputs, limit=LIMIT):
    return list(find_sources([str(i) for i in inputs], limit))


def codes(*inputs, limit=LIMIT):
    return [item.code if isinstance(item, Reject) else "ok" for item in found(*inputs, limit=limit)]


def test_every_format_gives_its_records(tmp_path):
    row = {"id": "r1", "title": "Bridge", "text": TEXT}
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.md").write_text(TEXT)
    (tmp_path / "c.html").write_text(f"<html><body><p>{TEXT}</p></body></html>")
    (tmp_path / "d.json").write_text(json.dumps([row, row | {"id": "r2"}]))
    (tmp_path / "e.jsonl").write_text(json.dumps(row) + "\n\n" + json.dumps(row | {"id": "r2"}) + "\n")
    (tmp_path / "f.ndjson.gz").write_bytes(gzip.compress(json.dumps(row).encode()))
    (tmp_path / "g.csv").write_text(f'id,text\nr1,"{TEXT}"\n')
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "h.parquet")
    items = found(tmp_path)
    assert all(isinstance(item, Source) for item in items)
    assert [item.uri.rsplit("/", 1)[1] for item in items] == [
        "a.txt", "b.md", "c.html", "d.json#r1", "d.json#r2", "e.jsonl#r1", "e.jsonl#r2", "f.ndjson.gz#r1", "g.csv#r1",
        "h.parquet#r1",
    ]  # fmt: skip
    assert count_sources([str(tmp_path)]) >= 8


def test_ids_do_not_depend_on_how_a_file_is_named_as_input(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    keys = [found(given)[0].key for given in ("sub", "sub/a.txt", "sub/*.txt", tmp_path / "sub")]
    assert keys == [(tmp_path / "sub" / "a.txt").as_uri()] * 4
    assert found("**/*.txt")[0].key == keys[0]
    assert found("sub", "sub/a.txt", "sub/*.txt") == found("sub")  # each file once


def test_a_url_names_the_article(tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps({"url": "https://example.org/1", "text": TEXT}))
    source = found(tmp_path)[0]
    assert source.uri == source.key == "https://example.org/1"
    assert len(article_id_of(source.key)) == 16


def test_a_broken_line_costs_only_itself(tmp_path):
    lines = [json.dumps({"id": str(i), "text": TEXT}) for i in range(1, 10)]
    lines[6] = lines[6][:-5]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    items = found(tmp_path)
    assert sum(isinstance(i, Source) for i in items) == 8
    (reject,) = (i for i in items if isinstance(i, Reject))
    assert reject.code == "broken" and reject.source_uri.endswith("#L7") and "line 7" in reject.message


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\t\n", "empty"),
        ("empty.jsonl", b"", "empty"),
        ("empty.csv", b"", "empty"),
        ("big.txt", b"x" * (LIMIT + 1), "too_large"),
        ("big.jsonl", b'{"text": "' + b"x" * LIMIT + b'"}', "too_large"),
        ("big.json", b"[" + b"1," * LIMIT + b"1]", "too_large"),
        ("list.json", b"[1, 2]", "broken"),
        ("half.json", b'[{"text": ', "broken"),
        ("notext.csv", b"id,headline\n1,x\n", "broken"),
        ("not.parquet", b"PAR1 not really", "broken"),
        ("cut.jsonl.gz", gzip.compress(b'{"text": "x"}' * 100)[:-12], "unreadable"),
        ("slides.pdf", b"%PDF-1.7", "format"),
        ("noending", b"text", "format"),
    ],
)
def test_bad_files_are_rejected_with_a_code(tmp_path, name, content, code):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.txt").write_text(TEXT)
    items = found(tmp_path)
    rejects = [i for i in items if isinstance(i, Reject)]
    assert [r.code for r in rejects][:1] == [code]
    assert all("\n" not in r.message and len(r.message) < 500 for r in rejects)
    assert sum(isinstance(i, Source) for i in items) == 1


def test_a_long_line_does_not_hide_the_next(tmp_path):
    long = b'{"text": "' + b"x" * (2 * LIMIT) + b'"}\n'
    (tmp_path / "a.jsonl").write_bytes(long + json.dumps({"text": TEXT}).encode())
    assert codes(tmp_path) == ["too_large", "ok"]


def test_inputs_that_are_not_there(tmp_path):
    assert codes(tmp_path) == ["empty_folder"]
    assert codes(tmp_path / "none.txt") == ["missing"]
    assert codes(tmp_path / "*.txt") == ["missing"]


def test_symlink_loops_end_and_hidden_files_are_passed_over(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    assert sorted(codes(tmp_path)) == ["ok", "unreadable"]


def test_a_file_that_vanishes_is_rejected(tmp_path, monkeypatch):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(TEXT)
    items = find_sources([str(tmp_path)], LIMIT)
    assert isinstance(next(items), Source)
    os.remove(tmp_path / "b.txt")
    (reject,) = items
    assert reject.code == "unreadable" and "No such file" in reject.message


@pytest.fixture
def bucket(monkeypatch):
    """A file system elsewhere, and no waiting for it."""
    monkeypatch.setattr("sayso.tasks.reading.files.RETRY_SECONDS", (0, 0))
    system = fsspec.filesystem("memory")
    system.pipe({
        "/press/a.txt": TEXT.encode(), "/press/2026/b.jsonl": json.dumps({"id": "1", "text": TEXT}).encode(),
        "/press/2026/c.csv.gz": gzip.compress(f'id,text\n7,"{TEXT}"\n'.encode()), "/press/.hidden.txt": b"no",
    })  # fmt: skip
    yield system
    system.store.clear()


@pytest.mark.parametrize(("given", "keys"), [
    ("memory://press", ["2026/b.jsonl#1", "2026/c.csv.gz#7", "a.txt"]),
    ("memory://press/", ["2026/b.jsonl#1", "2026/c.csv.gz#7", "a.txt"]),
    ("memory://press/**/*.jsonl", ["2026/b.jsonl#1"]),
    ("memory://press/2026", ["2026/b.jsonl#1", "2026/c.csv.gz#7"]),
    ("memory://press/a.txt", ["a.txt"]),
])  # fmt: skip
def test_urls_are_read_as_folders_globs_and_files(bucket, given, keys):
    check_urls([given])
    found = list(find_sources([given, given], 10_000))
    assert [s.key for s in found] == [f"memory:///press/{key}" for key in keys]
    assert count_sources([given]) == 0
    assert found[-1].uri.startswith("memory://")


def test_an_archive_behind_a_url_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("in/a.txt", TEXT)
    [source] = find_sources([f"zip://**/*.txt::file://{tmp_path}/a.zip"], 10_000)
    assert source.key == f"zip://in/a.txt::file://{tmp_path}/a.zip" and source.data == TEXT.encode()
    [local] = find_sources([f"file://{tmp_path}/a.zip"], 10_000)
    assert local.code == "format"


def test_a_network_that_fails_is_asked_again_and_then_told(bucket, monkeypatch):
    real, failures = type(bucket).open, [OSError("gone"), RuntimeError("of its own kind")]

    def open_(self, path, *args, **kwargs):
        if failures:
            raise failures.pop()
        return real(self, path, *args, **kwargs)

    monkeypatch.setattr(type(bucket), "open", open_)
    [source] = find_sources(["memory://press/a.txt"], 10_000)
    assert source.data == TEXT.encode() and not failures
    failures += [OSError("gone")] * 3
    [reject] = find_sources(["memory://press/a.txt"], 10_000)
    assert reject.code == "unreadable" and "cannot read memory://" in reject.message and "gone" in reject.message
    monkeypatch.setattr(type(bucket), "find", lambda *_args, **_kwargs: 1 / 0)
    with pytest.raises(ConnectionError, match="cannot read memory://press"):
        list(find_sources(["memory://press"], 10_000))


def test_urls_that_cannot_be_read_are_told(bucket):
    [reject] = find_sources(["memory://press/nothing"], 10_000)
    assert reject.code == "missing"
    for given, message in (("fly://a/b", "fly"), ("zip://*::nope://a", "nope")):
        with pytest.raises(UsageError, match=message):
            check_urls([given])
    assert public("https://ada:secret@tarn.example/a@b") == "https://tarn.example/a@b"


@pytest.mark.parametrize(
    ("url", "published"),
    [
        ("ftp://bob:p@ss@host/x", "ftp://host/x"),
        ("ftp://bob:p/ss@host/x", "ftp://host/x"),
        ("ftp://bob:p?s#s@tarn.example/a@b", "ftp://tarn.example/a@b"),
        ("https://token@tarn.example:8080/a", "https://tarn.example:8080/a"),
        ("s3://key:secret@bucket/a@b.jsonl", "s3://bucket/a@b.jsonl"),
        ("s3://bucket/a.jsonl?X-Amz-Credential=c&X-Amz-Signature=s", "s3://bucket/a.jsonl"),
        ("https://tarn.example/a?id=5&token=t&lang=en#L1", "https://tarn.example/a?id=5&lang=en#L1"),
        ("https://tarn.example/a?sv=1&sig=s", "https://tarn.example/a?sv=1"),
        ("https://tarn.example/a?api_key=k#access_token=t", "https://tarn.example/a"),
        ("zip://a.csv::https://u:p@tarn.example/y.zip?token=t", "zip://a.csv::https://tarn.example/y.zip"),
        ("https://tarn.example/a@b?q=c@d&author=e", "https://tarn.example/a@b?q=c@d&author=e"),
        ("https://[::1]:8080/a@b", "https://[::1]:8080/a@b"),
        ("http://localhost:8080/a@b", "http://localhost:8080/a@b"),
    ],
)
def test_no_password_or_token_of_a_url_is_kept(url, published):
    assert public(url) == published


def test_a_file_of_another_archive_is_another_article(tmp_path):
    for name in "ab":
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as file:
            file.writestr("1.txt", TEXT)
    assert len({s.key for n in "ab" for s in find_sources([f"zip://*.txt::file://{tmp_path}/{n}.zip"], LIMIT)}) == 2


def lake_at(folder):
    """What a lake looks like from outside."""
    (folder / "articles").mkdir(parents=True)
    (folder / "lake.json").write_text('{"format_version": 2}')
    pq.write_table(pa.table({"text": [TEXT]}), folder / "articles" / "r1-0.parquet")


def report_at(folder):
    folder.mkdir()
    (folder / "index.html").write_text('<!doctype html>\n<meta name="generator" content="sayso report">' + TEXT)
    (folder / "more.txt").write_text(TEXT)


def test_lakes_and_reports_below_an_input_are_passed_over_and_that_is_said(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.txt").write_text(TEXT)
    lake_at(tmp_path / "processed")
    report_at(tmp_path / "site")
    for given in (str(tmp_path), f"{tmp_path}/**/*"):
        notes = []
        [source] = find_sources([given], LIMIT, note=notes.append)
        assert source.uri.endswith("raw/a.txt")
        assert sorted(n.split(" is a ")[1].split()[0] for n in notes) == ["lake", "report"]
    assert count_sources([str(tmp_path)]) == 1


@pytest.mark.parametrize("given", ["lake", "lake/articles", "lake/articles/*.parquet", "lake/articles/r1-0.parquet"])
def test_a_lake_as_input_is_refused(tmp_path, given):
    lake_at(tmp_path / "lake")
    [reject] = found(tmp_path / given)
    assert reject.code == "own_output" and "is a lake of Sayso" in reject.message
    assert reject.source_uri == (tmp_path / "lake").as_uri()


def test_an_article_named_lake_json_is_read(tmp_path):
    (tmp_path / "lake.json").write_text(json.dumps({"text": TEXT}))
    assert codes(tmp_path) == ["ok"]


def test_a_lake_elsewhere_is_passed_over(bucket):
    bucket.pipe({"/press/lake/lake.json": b'{"format_version": 2}', "/press/lake/articles/a.txt": TEXT.encode()})
    notes = []
    assert len(list(find_sources(["memory://press"], LIMIT, note=notes.append))) == 3 and len(notes) == 1
    [reject] = found("memory://press/lake")
    assert reject.code == "own_output"


@pytest.mark.parametrize("name", ["sp ace.txt", "50%25.txt", "r\u00e9gion.txt"])
def test_a_uri_as_the_lake_writes_it_is_found(tmp_path, name):
    (tmp_path / name).write_text(TEXT)
    [source] = found((tmp_path / name).as_uri())
    assert source == found(tmp_path)[0] and source.uri == (tmp_path / name).as_uri()
    assert codes((tmp_path / "no such.txt").as_uri()) == ["missing"]


def test_a_row_that_cannot_be_read_costs_only_itself(tmp_path):
    good, rows = f'"{TEXT}"', [b"id,text"]
    rows += [f"1,{good}".encode(), b'2,"' + bytes(range(128, 256)) * 3 + b'"', f'3,"caf" {good}'.encode()]
    rows += [b"4," + b"x" * 5_000, f'5,"{TEXT}",6,7'.encode(), f"6,{good}".encode()]
    (tmp_path / "a.csv").write_bytes(b"\n".join(rows))
    assert codes(tmp_path, limit=2_000) == ["ok", "encoding", "broken", "too_large", "broken", "ok"]
    rejects = [s for s in found(tmp_path, limit=2_000) if isinstance(s, Reject)]
    assert [r.message.split(": row ")[1][:2] for r in rejects] == ["2 ", "3:", "4 ", "5 "]


def test_records_of_parquet_have_a_largest_size_too(tmp_path):
    pq.write_table(pa.table({"text": ["\u00e9" * 600, TEXT, "x" * 2_000]}), tmp_path / "a.parquet")
    assert codes(tmp_path, limit=1_500) == ["ok", "ok", "too_large"]


@pytest.mark.parametrize("name", ["endless.txt", "endless.html", "endless.json"])
def test_of_a_file_whose_size_nobody_says_no_more_than_the_limit_is_read(bucket, monkeypatch, name):
    class Endless:
        given = 0

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def read(self, size):
            Endless.given += size
            assert Endless.given < 5_000_000
            return b"x" * size

    bucket.pipe(f"/press/{name}", b"x")
    monkeypatch.setattr(type(bucket), "size", lambda *_: None)
    monkeypatch.setattr(type(bucket), "open", lambda *_: Endless())
    assert codes(f"memory://press/{name}", limit=3_000) == ["too_large"]


def test_a_long_file_of_lines_needs_no_size(bucket, monkeypatch):
    monkeypatch.setattr(type(bucket), "size", lambda *_: None)
    bucket.pipe("/press/long.jsonl", json.dumps({"text": TEXT}).encode() + b"\n" + b" \n" * 5_000)
    assert codes("memory://press/long.jsonl", limit=3_000) == ["ok"]
