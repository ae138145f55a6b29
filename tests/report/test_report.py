"""The report on small lakes: what is in its files, and what it says of lakes that lack something."""

import json
import shutil
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.tasks.articles import (
    Analysis,
    Article,
    Opinion,
    Resolution,
    Scores,
    Span,
    Speaker,
    Statement,
    Target,
    UsageError,
)
from sayso.tasks.reading.layout import paragraphs_of, read_layout
from sayso.tasks.report import write_report
from sayso.tasks.report.articles import Mark, segments, shown
from sayso.tasks.tables import SCHEMAS, Lake, aggregate, shard_tables
from sayso.tasks.tables.schemas import RUNS

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
        article, found, Resolution((who.speaker_id,) * statements, (who,), (), ()), [whom], [[whom]] * statements, {},
        [TONE] * statements, dict.fromkeys(range(statements + 1), TONE), {0: TONE},
        [Opinion(i, whom.target_id, FOR, TONE) for i in range(statements)], [Opinion(1, whom.target_id, FOR, TONE)],
    )  # fmt: skip


def lake_of(path, *analyses) -> Lake:
    lake = Lake.open(path)
    if analyses:
        lake.write_shard("run1", shard_tables(analyses, "run1", {"reading": "1"}, AT))
        aggregate(lake, "run1")
    return lake


def data(out, name: str):
    """What a script file hands to the page."""
    text = (out / "data" / f"{name}.js").read_text(encoding="utf-8")
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
    assert strongest == [["Bo Lind", 1.0]]
    person = data(out, file)[ident]
    assert [s["article"] for s in person["said"]] == ["two", "one", "one"] and person["more"] == []
    [stance] = person["targets"]
    assert (stance["statements"], stance["articles"], stance["mean"], stance["favor"]) == (3, 2, 1.0, 3)
    assert person["months"] == [[0, "2026-03", 3, 1.0, 1.0, 1.0]]
    assert data(out, "heatmap")["cells"] == [[0, 0, 3, 1.0, 1.0, 1.0, False]]
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
    assert all(p.stat().st_size < 600_000 for p in (out / "data").iterdir())


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


def test_a_run_under_way_is_told(tmp_path):
    import pyarrow as pa

    lake = lake_of(tmp_path / "lake", analysis("one"))
    row = {name: 0 for name in RUNS.names if name.startswith("n_")} | {
        "run_id": "run2", "started_at": AT, "status": "running", "version": "0", "settings": "{}", "models": "{}", "seconds": "{}",
    }  # fmt: skip
    lake.append("run2", "runs", pa.Table.from_pylist([row], RUNS))
    written = write_report(lake, tmp_path / "report")
    assert any("had not ended" in note for note in written.notes)


def test_markup_never_reaches_the_page_as_markup(tmp_path):
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    lake = lake_of(tmp_path / "lake", analysis(evil.replace("/", "|"), 3, speaker=f"Ada {evil}", target=f"Bo {evil}"))
    written = write_report(lake, tmp_path / "report")
    page = written.index.read_text()
    assert "<img" not in page and "alert(1)</script>" not in page and "&lt;script&gt;" in page


def test_a_report_is_replaced_whole_and_nothing_else_ever_is(tmp_path):
    lake, out = lake_of(tmp_path / "lake", analysis("one")), tmp_path / "report"
    write_report(lake, out)
    (out / "old.txt").write_text("left of the report before")
    write_report(lake, out)
    assert not (out / "old.txt").exists() and sorted(p.name for p in tmp_path.iterdir()) == ["lake", "report"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "index.html").write_text("my own page")
    (tmp_path / "file").write_text("")
    for where, message in (
        ("mine", "no report"),
        ("file", "not a folder"),
        ("lake/report", "lies in the lake"),
        ("file/report", "cannot write"),
    ):
        with pytest.raises(UsageError, match=message):
            write_report(lake, tmp_path / where)
    assert (tmp_path / "mine" / "index.html").read_text() == "my own page"


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
