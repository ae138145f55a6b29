"""The report on small lakes: what is in its files, and what it says of lakes that lack something."""

import dataclasses
import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.tasks.articles import (
    Analysis,
    Article,
    ArticleTargets,
    Resolution,
    Scored,
    Scores,
    Span,
    Speaker,
    Statement,
    Target,
    UsageError,
)
from sayso.tasks.reading.layout import paragraphs_of, read_layout
from sayso.tasks.report import site, write_report
from sayso.tasks.report.articles import Mark, segments, shown, shown_message
from sayso.tasks.tables import SCHEMAS, Lake, aggregate, shard_tables
from sayso.tasks.tables.schemas import REJECTS, RUNS

AT = datetime(2026, 3, 4, tzinfo=UTC)
TONE = Scores("neutral", (0.25, 0.5, 0.25))
FOR = Scores("favor", (0.05, 0.05, 0.9))


def analysis(name: str, statements: int = 1, speaker: str = "Ada Quill", target: str = "Bo Lind", day: int = 4):
    """An article in which one speaker says several things, each toward one target."""
    lines = [f"{speaker} said that {target} was fine in case {i} of {name}." for i in range(statements)]
    text = f"The Case of {name}\n\n" + "\n\n".join(lines)
    layout, found, at = read_layout(text), [], 0
    for line in lines:
        at = text.index(line, at)
        cue = at + len(speaker) + 1
        content = Span(cue + 5, at + len(line) - 1)
        found.append(Statement((content,), Span(cue, cue + 4), Span(at, cue - 1), "indirect", 0.9))
    who = Speaker("person:ada-quill", speaker, "person", "mate")
    whom = Target("person:bo", target, "entity", "person", "discovered")
    article = Article(
        name, f"file:///somewhere/{name}.txt", "0", layout.title, text, paragraphs_of(layout), outlet="The Tarn",
        published_at=datetime(2026, 3, day, tzinfo=UTC),
    )  # fmt: skip
    return Analysis(
        article, tuple(found), Resolution((who.speaker_id,) * statements, (who,), (), ()),
        ArticleTargets((whom,), ((whom,),) * statements, {}),
        (
            *(Scored("statements.sentiment", i, None, TONE) for i in range(statements)),
            *(Scored("paragraphs.sentiment", i, None, TONE) for i in range(statements + 1)),
            Scored("paragraphs.author_sentiment", 0, None, TONE),
            *(Scored("opinions.target_sentiment", i, whom.target_id, TONE) for i in range(statements)),
            Scored("paragraph_opinions.target_sentiment", 1, whom.target_id, TONE),
        ),
        (
            *(Scored("opinions.stance", i, whom.target_id, FOR) for i in range(statements)),
            Scored("paragraph_opinions.stance", 1, whom.target_id, FOR),
        ),
    )  # fmt: skip


def lake_of(path, *analyses) -> Lake:
    lake = Lake.open(path)
    if analyses:
        lake.write_shard("run1", shard_tables(analyses, "run1", {"reading": "1"}, AT))
        aggregate(lake, "run1")
    return lake


def folder(out):
    """Where the scripts are; there is one such folder."""
    [found] = out.glob("data-*")
    return found


def data(out, name: str):
    """What a script file hands to the page."""
    text = (folder(out) / f"{name}.js").read_text(encoding="utf-8")
    head = f'sayso.put("{name}", '
    assert text.startswith(head) and text.endswith(");\n")
    return json.loads(text[len(head) : -3])


def test_speakers_articles_and_heatmap_are_what_the_tables_say(tmp_path):
    lake = lake_of(tmp_path / "lake", analysis("one", 2), analysis("two", 1, day=5))
    written = write_report(lake, tmp_path / "report")
    assert (written.articles, written.speakers) == (2, 1) and written.index.is_file()
    out = tmp_path / "report"
    [[ident, name, kind, note, statements, articles, strongest, file]] = data(out, "speakers")
    assert (ident, name, kind, note, statements, articles) == ("person:ada-quill", "Ada Quill", "person", "mate", 3, 2)
    assert strongest == []  # two articles
    person = data(out, file)[ident]
    assert [s["article"] for s in person["said"]] == ["two", "one", "one"] and person["more"] == []
    [stance] = person["targets"]
    assert (stance["statements"], stance["articles"], stance["mean"], stance["favor"]) == (3, 2, 1.0, 3)
    assert person["months"] == [[0, "2026-03", 3, 1.0, None, None]]
    assert data(out, "heatmap")["cells"] == [[0, 0, 3, 1.0, None, None, True]]
    [newest, _] = data(out, "articles")
    record = data(out, newest[6])["two"]
    assert record["uri"] == "two.txt" and record["title"] == "The Case of two"
    assert record["statements"][0]["opinions"][0]["stance"] == ["favor", 0.05, 0.05, 0.9]
    assert record["voice"][0]["paragraph"] == 1
    pieces = record["paragraphs"][1]["text"]
    assert [p if isinstance(p, str) else p[0] for p in pieces] == [
        "Ada Quill", " ", "said", " ", "that Bo Lind was fine in case 0 of two", ".",
    ]  # fmt: skip
    assert [p[1:] for p in pieces if not isinstance(p, str)] == [[[], [0], []], [[], [], [0]], [[0], [], []]]


def test_many_statements_of_one_speaker_are_split(tmp_path):
    lake = lake_of(tmp_path / "lake", *(analysis(f"a{i}", 50) for i in range(100)))
    write_report(lake, tmp_path / "report")
    out = tmp_path / "report"
    [row] = data(out, "speakers")
    person = data(out, row[7])["person:ada-quill"]
    pages = [data(out, file)[f"person:ada-quill {i}"] for i, file in enumerate(person["more"], start=1)]
    ids = [s["id"] for page in [person["said"], *pages] for s in page]
    assert row[4] == len(set(ids)) == len(ids) == 5000
    assert all(p.stat().st_size < 600_000 for p in folder(out).iterdir())


@given(st.text(alphabet="abc \n", min_size=1, max_size=40), st.data())
def test_segments_are_the_text_and_know_what_they_belong_to(text, draw):
    spans = draw.draw(
        st.lists(
            st.tuples(
                st.integers(0, len(text)), st.integers(0, len(text)), st.sampled_from(["content", "source", "cue"])
            ),
            max_size=6,
        )
    )
    marks = [Mark(min(a, b), max(a, b), kind, i) for i, (a, b, kind) in enumerate(spans)]
    start = draw.draw(st.integers(0, len(text) - 1))
    end = draw.draw(st.integers(start + 1, len(text)))
    at = start
    for piece in segments(text, start, end, marks):
        said, *belongs = [piece, [], [], []] if isinstance(piece, str) else piece
        for kind, numbers in zip(("content", "source", "cue"), belongs, strict=True):
            expected = {m.statement for m in marks if m.kind == kind and m.start <= at < m.end}
            assert set(numbers) == expected and len(numbers) == len(expected)
        assert text[at : at + len(said)] == said
        at += len(said)
    assert at == end


def test_of_contents_in_one_another_the_innermost_is_last():
    [_, outer, inner, *_] = segments("he said she said", 0, 16, [Mark(8, 16, "content", 5), Mark(3, 16, "content", 7)])
    assert outer[1] == [7] and inner[1] == [7, 5]


def test_the_place_of_a_file_is_not_published():
    assert shown("file:///home/ada/news/a%20b.jsonl#7") == "a b.jsonl#7"
    assert shown("https://tarn.example/a") == "https://tarn.example/a"
    assert shown("https://ada:pw@tarn.example/a?id=1&X-Amz-Signature=s") == "https://tarn.example/a?id=1"


@pytest.mark.parametrize(
    ("message", "published"),
    [
        ("no such file or folder: /home/ada/secret-project/drafts/leak.txt", "no such file or folder: leak.txt"),
        ("no such file or folder: secret-project/drafts/leak.txt", "no such file or folder: leak.txt"),
        ("no such file or folder: secret-project//drafts/./leak.txt", "no such file or folder: leak.txt"),
        ("no such file or folder: ../secret-project/drafts/leak.txt", "no such file or folder: leak.txt"),
        ("no files in /home/ada/secret-project/; articles are .txt", "no files in secret-project; articles are .txt"),
        (
            "the shard failed: No space left: '/home/ada/my lake/x.parquet'",
            "the shard failed: No space left: 'x.parquet'",
        ),
        ("cannot read https://ada:pw@tarn.example/x?token=t (403)", "cannot read https://tarn.example/x (403)"),
        ("leak.txt: 2 words of text and/or 1/2 a line", "leak.txt: 2 words of text and/or 1/2 a line"),
    ],
)
def test_the_folders_and_secrets_in_a_message_are_not_published(message, published):
    assert shown_message(message, "file:///home/ada/secret-project/drafts/leak.txt") == published


def test_rejects_are_published_without_folders(tmp_path):
    lake = lake_of(tmp_path / "lake", analysis("one"))
    run_row(lake, "run2", "completed")
    row = {
        "run_id": "run2", "source_uri": "file:///home/ada/secret-project/leak.txt", "stage": "read", "code": "missing",
        "message": "no such file or folder: /home/ada/secret-project/leak.txt", "at": AT,
    }  # fmt: skip
    lake.append("run2", "rejects", pa.Table.from_pylist([row], REJECTS))
    page = write_report(lake, tmp_path / "report").index.read_text()
    assert "leak.txt" in page and "secret-project" not in page


def test_persons_and_stances_that_are_out_of_date_are_told(tmp_path):
    lake = lake_of(tmp_path / "lake", analysis("one"))
    stale = lambda: [n for n in write_report(lake, tmp_path / "report").notes if "out of date" in n]  # noqa: E731
    assert not stale()
    (lake.path / "speakers.toml").write_text('[[speaker]]\nname = "Ada Quill"\nid = "Q1"\n')
    assert stale()
    aggregate(lake, "run2")
    assert not stale()
    lake.write_shard("run3", shard_tables([analysis("two")], "run3", {"reading": "1"}, AT))
    assert stale()


def copied(name: str, of: Analysis) -> Analysis:
    """The same article, printed elsewhere."""
    return dataclasses.replace(of, article=dataclasses.replace(of.article, article_id=name))


@pytest.mark.parametrize("count", [False, True])
def test_the_words_about_near_copies_are_true(tmp_path, count):
    one = analysis("one")
    lake = lake_of(tmp_path / "lake", one, copied("two", one), copied("three", one))
    aggregate(lake, "run2", count_copies=count)
    out = tmp_path / "report"
    page = write_report(lake, out).index.read_text()
    [row] = data(out, "speakers")
    assert row[4] == (3 if count else 1)
    assert ("not counted in speakers and stances" in page, "and counted like any other" in page) == (not count, count)
    assert ('data-copies="count"' in page, 'data-copies="once"' in page) == (count, not count)


def test_an_empty_lake_gives_a_page_that_says_so(tmp_path):
    written = write_report(lake_of(tmp_path / "lake"), tmp_path / "report")
    assert written.articles == 0 and any("no articles yet" in note for note in written.notes)
    assert "no articles yet" in written.index.read_text()
    assert data(tmp_path / "report", "heatmap")["cells"] == []


@pytest.mark.parametrize("table", sorted(t for t in SCHEMAS if t[0] != "." and t != "mentions"))
def test_a_missing_table_is_told_and_the_rest_is_shown(tmp_path, table):
    lake = lake_of(tmp_path / "lake", analysis("one", 2), analysis("two"))
    shutil.rmtree(lake.path / table)
    written = write_report(lake, tmp_path / "report")
    assert [note for note in written.notes if note.startswith(f"The table {table} is missing")]
    assert written.articles == (0 if table == "articles" else 2)
    assert written.speakers == (0 if table == "quotes" else 1)


def run_row(lake, run_id: str, status: str):
    row = {name: 0 for name in RUNS.names if name.startswith("n_")} | {
        "run_id": run_id, "started_at": AT, "status": status, "version": "0", "settings": "{}", "models": "{}", "seconds": "{}",
    }  # fmt: skip
    lake.append(run_id, "runs", pa.Table.from_pylist([row], RUNS))


def test_a_run_under_way_is_told(tmp_path):
    lake = lake_of(tmp_path / "lake", analysis("one"))
    run_row(lake, "run2", "running")
    written = write_report(lake, tmp_path / "report")
    assert any("had not ended" in note for note in written.notes)


def test_markup_never_reaches_the_page_as_markup(tmp_path):
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    lake = lake_of(tmp_path / "lake", analysis(evil.replace("/", "|"), 3, speaker=f"Ada {evil}", target=f"Bo {evil}"))
    written = write_report(lake, tmp_path / "report")
    page = written.index.read_text()
    assert "<img" not in page and "alert(1)</script>" not in page and "&lt;script&gt;" in page


def files_of(out):
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def test_what_is_no_page_of_the_report_stays(tmp_path):
    lake, out = lake_of(tmp_path / "lake", analysis("one")), tmp_path / "report"
    mine = {
        ".git/HEAD": b"ref",
        "CNAME": b"tarn.example",
        ".nojekyll": b"",
        "notes/app.js": b"mine",
        "data/my.js": b"1",
    }
    for name, content in mine.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    write_report(lake, out)
    old = folder(out)
    (old / "mine.csv").write_bytes(b"1")
    write_report(lake_of(tmp_path / "other", analysis("one"), analysis("two")), out)
    found = files_of(out)
    mine[f"{old.name}/mine.csv"] = b"1"
    assert found.items() >= mine.items() and list(old.iterdir()) == [old / "mine.csv"]
    assert {*found[".sayso-report"].decode().split()} == found.keys() - mine.keys() - {".sayso-report"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lake", "other", "report"]


def test_a_report_of_an_earlier_version_is_replaced(tmp_path):
    lake, out = lake_of(tmp_path / "lake", analysis("one")), tmp_path / "report"
    (out / "data").mkdir(parents=True)
    (out / "index.html").write_text('<meta name="generator" content="sayso report">')
    for name, content in {
        "app.js": "",
        "style.css": "",
        "data/heatmap.js": 'sayso.put("heatmap", {});',
        "my.css": "",
    }.items():
        (out / name).write_text(content)
    write_report(lake, out)
    assert sorted(p.name for p in out.iterdir()) == [".sayso-report", folder(out).name, "index.html", "my.css"]


def test_a_list_that_names_other_files_deletes_none(tmp_path):
    lake, out = lake_of(tmp_path / "lake", analysis("one")), tmp_path / "report"
    write_report(lake, out)
    (tmp_path / "mine.js").write_text("")
    (out / "CNAME").write_text("")
    (out / ".sayso-report").write_text("../mine.js\ndata-1/../../mine.js\n/etc/none\nCNAME\nindex.html\n")
    write_report(lake, out)
    assert (tmp_path / "mine.js").exists() and (out / "CNAME").exists()


def test_what_is_somebody_elses_is_refused(tmp_path):
    lake = lake_of(tmp_path / "lake", analysis("one"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "index.html").write_text("my own page")
    (tmp_path / "file").write_text("")
    lake_of(tmp_path / "other")
    for where, message in (
        ("mine", "index.html that is no report's"),
        ("file", "not a folder"),
        ("lake/report", "lies in a lake"),
        ("other", "is or lies in a lake"),
        ("file/report", "cannot write"),
    ):
        with pytest.raises(UsageError, match=message):
            write_report(lake, tmp_path / where)
    assert (tmp_path / "mine" / "index.html").read_text() == "my own page"


def test_cut_off_anywhere_the_old_report_or_the_new_one_is_whole(tmp_path, monkeypatch):
    old, fresh, out, new = (tmp_path / name for name in ("old", "fresh", "out", "new"))
    write_report(lake_of(tmp_path / "one", analysis("one")), old)
    write_report(lake_of(tmp_path / "two", analysis("one"), analysis("two")), fresh)
    (old / "CNAME").write_text("")

    def put():
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(fresh, new, ignore=shutil.ignore_patterns(".sayso-report"))
        site._put_in_place(new, out)

    steps, seen, done = 0, set(), False
    while not done:
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(old, out)
        with monkeypatch.context() as patched:
            left = iter(range(steps))

            def cut(act, left=left):
                def call(*args, **kwargs):
                    if next(left, None) is None:
                        raise KeyboardInterrupt
                    return act(*args, **kwargs)

                return call

            patched.setattr("sayso.tasks.report.site.os.replace", cut(os.replace))
            patched.setattr("sayso.tasks.report.site.Path.unlink", cut(Path.unlink))
            try:
                put()
                done = True
            except KeyboardInterrupt:
                steps += 1
        found = re.search(r'src="(data-\w+)/app.js"', (out / "index.html").read_text())[1]
        seen.add(found)
        whole = {p.name for of in (old, fresh) for p in of.glob(f"{found}/*")}
        assert {p.name for p in (out / found).iterdir()} == whole
        put()
        assert files_of(out) == files_of(fresh) | {"CNAME": b""}
    assert steps > 10 and len(seen) == 2


def test_a_failure_leaves_the_report_before_as_it_was(tmp_path, monkeypatch):
    lake, out = lake_of(tmp_path / "lake", analysis("one")), tmp_path / "report"
    write_report(lake, out)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    monkeypatch.setattr("sayso.tasks.report.site._html", lambda page: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_report(lake, out)
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lake", "report"]


def test_a_broken_file_is_told(tmp_path):
    lake = lake_of(tmp_path / "lake", analysis("one"))
    next((lake.path / "statements").glob("run1*")).write_bytes(b"PAR1 no")
    with pytest.raises(UsageError, match="cannot be read"):
        write_report(lake, tmp_path / "report")


def test_only_what_many_articles_say_is_drawn_as_certain(tmp_path):
    out = tmp_path / "report"
    for n, certain in ((4, False), (12, True)):
        lake = lake_of(tmp_path / f"lake{n}", *(analysis(f"a{i}", 2, day=1 + i) for i in range(n)))
        write_report(lake, out)
        [row] = data(out, "speakers")
        assert row[6] == [["Bo Lind", 1.0, 2 * n, n, certain]]
        [[*_, low, high, uncertain]] = data(out, "heatmap")["cells"]
        assert uncertain is not certain and (low is None or low < high)
        assert f"({2 * n} in {n} articles)" in (out / "index.html").read_text()


@pytest.mark.parametrize(
    ("count_copies", "words"), [(False, "not counted in speakers"), (True, "counted like any other")]
)
def test_what_the_report_says_of_copies_is_so(tmp_path, count_copies, words):
    lake = lake_of(tmp_path / "lake", analysis("one", 40), analysis("two"))
    articles = lake.read("articles", ["article_id"])["article_id"].to_pylist()
    tables = {name: lake.read(name) for name in ("identities", "speaker_stances")}
    aggregate(lake, "run2", count_copies)
    lake.derive("run3", {articles[1]: articles[0]}, tables, lake.derived_with()[1])
    write_report(lake, tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text()
    assert "1 article is a near copy of others" in page and words in page
    assert ('data-copies="count"' in page) is count_copies
