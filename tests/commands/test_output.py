"""What every command has in common: help, JSON, pipes, colours, exit codes."""

import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pandas as pd
import pytest
from filelock import FileLock

from sayso.commands.cli import COMMANDS, main
from sayso.tasks.articles import Reject
from sayso.tasks.tables import Lake, aggregate, shard_tables
from tests.commands.running import SAYSO, sayso
from tests.conftest import RAW, ROOT
from tests.report.test_report import analysis, copied

AT = datetime(2026, 3, 4, tzinfo=UTC)
NAME = "Wilhelmina Featherstonehaugh-Cholmondeley of the Port Ellery Harbor Conservancy"
TEXT = "A Pier Is Shut\n\nAda Quill said that the pier was unsafe. “I will not walk on it,” said Bo Lind.\n"


@pytest.fixture
def lake(tmp_path):
    """A lake in which somebody of a long name speaks three times, in an article that two others repeat."""
    lake = Lake.open(tmp_path / "lake")
    one = analysis("one", 3, speaker=NAME)
    lake.write_shard(
        "run1", shard_tables([one, copied("two", one), copied("three", one)], "run1", {"reading": "1"}, AT)
    )
    aggregate(lake, "run1")
    return lake


@pytest.fixture
def given(monkeypatch):
    """Sets what standard input holds."""
    return lambda data: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_help_and_version_load_nothing_heavy():
    heavy = "{'prefect', 'transformers', 'pandas', 'pyarrow', 'numpy', 'spacy', 'onnxruntime', 'rich'}"
    for code in (
        "import sayso",
        "from sayso.commands.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass",
        "from sayso.commands.cli import main\ntry: main(['--version'])\nexcept SystemExit: pass",
    ):
        check = f"import sys\n{code}\nfound = {heavy} & sys.modules.keys()\nassert not found, found"
        done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_no_help_loads_prefect_and_each_ends_with_an_example():
    code = """
import sys
from sayso.commands.cli import COMMANDS, main
for name in COMMANDS:
    try: main([name, "--help"])
    except SystemExit as stop: assert stop.code == 0
    print("=====")
assert not {"prefect", "transformers"} & sys.modules.keys()
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    helps = done.stdout.split("=====\n")[:-1]
    assert len(helps) == len(COMMANDS)
    for name, text in zip(COMMANDS, helps, strict=True):
        assert text.split("\nexample:\n")[1].count("\n") == 1 and f"sayso {name} " in text.split("\nexample:\n")[1]
        assert "%%" not in text


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0 and capsys.readouterr().out.startswith("sayso 0.")


def test_every_example_works(demo, tmp_path):
    assert demo[1].returncode == 0  # that of analyze
    (tmp_path / "data").symlink_to(ROOT / "data")
    shutil.copy(ROOT / "sayso.toml", tmp_path)
    for name in ("my-lake", "other-lake"):
        shutil.copytree(demo[0], tmp_path / name)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sayso").write_text(f'#!/bin/sh\nexec {sys.executable} -m sayso "$@"\n')
    (tmp_path / "bin" / "sayso").chmod(0o755)
    env = os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    for name in COMMANDS:
        if name != "analyze":
            example = __import__(f"sayso.commands.{name}", fromlist=["EXAMPLE"]).EXAMPLE
            done = subprocess.run(
                example, shell=True, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stderr) == (0, ""), (example, done)
            assert done.stdout


def test_json_is_all_that_is_printed(lake, tmp_path, capsys):
    where = str(lake.path)

    def said(*args: str, code: int = 0):
        assert main([*args, "--json"]) == code
        out, err = capsys.readouterr()
        assert not err
        return json.loads(out)

    [person] = said("speakers", where)
    assert person == {
        "person_id": person["person_id"],
        "person_name": NAME,
        "n_articles": 1,
        "n_statements": 3,
        "names": [{"name": NAME, "reason": person["names"][0]["reason"]}],
    }
    assert said("speakers", where, "nobody", code=1) == []
    assert said("verify", where, code=1)["problems"][0].keys() == {"table", "what", "rows"}
    assert said("compact", where).keys() == {"files_before", "files_after"}
    assert said("report", where, "-o", str(tmp_path / "out"))["articles"] == 3
    gone = said("forget", "--lake", where, "one")
    assert [g["article_id"] for g in gone["forgotten"]] == ["one"]
    assert {g["article_id"] for g in gone["near_copies_left"]} == {"two", "three"}
    other = tmp_path / "other"
    shutil.copytree(lake.path, other)
    assert said("diff", where, str(other)) == {
        "before": where,
        "after": str(other),
        "changes": [],
        "cut": False,
        "moves": [],
    }
    assert {"model", "from", "sha256", "licence", "quality"} <= said("models")[0].keys()
    rows = said("show", str(RAW / "harbor-toll-vote.txt"))
    assert rows["articles"][0]["title"] and rows["quotes"][0]["speaker_name"] and "run_id" not in rows["quotes"][0]


def test_a_pipe_gets_a_row_a_line(lake):
    listed = sayso("speakers", lake.path, COLUMNS="40").stdout.splitlines()
    assert len(listed) == 2 and NAME in listed[1] and "person:wilhelmina" in listed[1]
    assert all(line == line.rstrip() for line in listed)
    shown = sayso("show", RAW / "harbor-toll-vote.txt", COLUMNS="40").stdout
    table = shown[shown.index("\nspeaker ") + 1 :].splitlines()
    rows = json.loads(sayso("show", RAW / "harbor-toll-vote.txt", "--json").stdout)
    assert len(table) == 1 + len(rows["statements"])
    assert all(s["content"] in line for s, line in zip(rows["statements"], table[1:], strict=True))


def test_a_terminal_folds_and_colours_unless_told_not_to():
    def seen(**env: str) -> str:
        ours, theirs = pty.openpty()
        command = [*SAYSO, "show", str(RAW / "harbor-toll-vote.txt")]
        env = os.environ | {"COLUMNS": "60", "TERM": "xterm-256color"} | env
        process = subprocess.Popen(command, cwd=ROOT, stdout=theirs, env=env)
        os.close(theirs)
        read = b""
        while True:
            try:
                if not (more := os.read(ours, 65536)):
                    break
            except OSError:  # the other end is closed
                break
            read += more
        assert process.wait() == 0
        return read.decode()

    coloured, plain = seen(), seen(NO_COLOR="1")
    assert "\x1b[36m" in coloured and "\x1b[36m" not in plain and "\x1b[4;36m" not in plain
    assert max(len(line) for line in plain.replace("\x1b[", "").splitlines()) < 100


@pytest.mark.parametrize("args", [["--help"], ["speakers", "LAKE"], ["speakers", "LAKE", "--json"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_is_no_failure(lake, args, unbuffered):
    command = [*SAYSO, *(str(lake.path) if a == "LAKE" else a for a in args)]
    env = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    process.stdout.close()
    assert (process.wait(), process.stderr.read()) == (0, b"")


def test_another_broken_pipe_is_a_failure(monkeypatch, capsys):
    monkeypatch.setattr(
        "sayso.commands.models.pipeline", lambda args: (_ for _ in ()).throw(BrokenPipeError(32, "Broken pipe"))
    )
    assert main(["models"]) == 1 and "Broken pipe" in capsys.readouterr().err


def test_a_held_lock_is_no_wrong_use(lake, monkeypatch, capsys):
    monkeypatch.setattr("sayso.tasks.tables.lake.LOCK_SECONDS", 0.1)
    with FileLock(lake.path / ".lock"):
        assert main(["compact", str(lake.path)]) == 3
    assert "another run has held the lake" in capsys.readouterr().err
    assert main(["compact", str(lake.path)]) == 0
    assert main(["compact", str(lake.path / "nowhere")]) == 2


def test_debug_shows_where(lake, capsys):
    assert main(["diff", str(lake.path), "--debug"]) == 2
    printed = capsys.readouterr().err
    assert "Traceback" in printed and printed.splitlines()[-1].startswith("sayso: ")


def test_the_traceback_of_a_crashed_stage_is_shown_and_no_column(capsys):
    from sayso.commands.terminal import print_tracebacks
    from sayso.tasks.tables import REJECTS

    crash = 'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: \x1b[31mno\n'
    print_tracebacks(
        [Reject("file:///a.txt", "attribute", "crash", "no", crash), Reject("file:///b.txt", "read", "x", "y")]
    )
    printed = capsys.readouterr().err
    assert printed.startswith("file:///a.txt, attribute:\nTraceback") and '  File "a.py", line 1\n' in printed
    assert "\x1b" not in printed and "b.txt" not in printed and "traceback" not in REJECTS.names


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (TEXT.encode(), "A Pier Is Shut"),
        (TEXT.encode("utf-8-sig"), "A Pier Is Shut"),
        (b"\n" + json.dumps({"title": "Of a Record", "text": TEXT}).encode() + b"\n{}\n", "Of a Record"),
        ((RAW / "clinic-closure.html").read_bytes(), None),
    ],
)
def test_show_reads_standard_input(given, capsys, data, title):
    given(data)
    assert main(["show", "-", "--json"]) == 0
    article = json.loads(capsys.readouterr().out)["articles"][0]
    assert article["title"] == title or (title is None and "<" not in article["text"])


def test_nothing_on_standard_input_is_told(given, capsys):
    given(b"")
    assert main(["show", "-"]) == 1 and "the file is empty" in capsys.readouterr().err


def test_texts_from_standard_input_have_ids_of_their_own(given, capsys):
    ids = []
    for text in (TEXT, TEXT.replace("pier", "quay"), TEXT):
        given(text.encode())
        main(["show", "-", "--json"])
        ids.append(json.loads(capsys.readouterr().out)["articles"][0]["article_id"])
    assert ids[0] == ids[2] != ids[1]


@pytest.mark.parametrize("count", [False, True])
def test_copies_count_alike_everywhere(lake, capsys, count):
    from rich.console import Console

    from sayso.commands.terminal import _print_lake

    aggregate(lake, "run2", count_copies=count)
    n = 9 if count else 3
    assert pd.read_parquet(lake.path / "speaker_stances")["n_statements"].sum() == n
    assert main(["speakers", str(lake.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["n_statements"] == n
    out = io.StringIO()
    _print_lake(lake, Console(file=out, width=200))
    assert re.search(rf"{NAME} mate +{n} ", out.getvalue())
    assert ("counted too" in out.getvalue(), "counted once" in out.getvalue()) == (count, not count)


def test_runs_and_another_lake_do_not_go_together(lake, capsys):
    where = str(lake.path)
    assert main(["diff", where, where, "--runs", "a", "b"]) == 2
    assert "--runs compares two runs of one lake" in capsys.readouterr().err
    assert main(["speakers", where, "--json", "--why", "a", "b"]) == 2


def test_analyze_reads_standard_input_and_prints_json(tmp_path):
    records = [{"id": "1", "text": TEXT}, {"id": "2", "text": ""}]
    lake = tmp_path / "lake"
    done = sayso("analyze", "-", "--lake", lake, "--json", stdin="\n".join(map(json.dumps, records)))
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert (told["status"], told["n_seen"], told["n_new"], told["n_rejected"]) == ("completed", 2, 1, 1)
    assert told["lake"] == str(lake) and told["seconds"]["attribution"] > 0
    [reject] = told["rejects"]
    assert reject.keys() == {"source_uri", "stage", "code", "message"} and reject["code"] == "no_text"
    assert len(pd.read_parquet(lake / "articles")) == 1
