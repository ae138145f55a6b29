"""The command line as its users run it: in a process of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from benchmarks.throughput import tree
from sayso.commands.cli import main
from tests.commands.running import SAYSO, alive, sayso
from tests.conftest import RAW, ROOT

TEXT = "A Pier Is Shut\n\nAda Quill said that the pier was unsafe. “I will not walk on it,” said Bo Lind.\n"


def test_the_demo_is_read_back_with_pandas_and_duckdb(demo):
    lake, done = demo
    assert done.returncode == 0, done.stderr
    assert "16 articles analysed" in done.stdout and "Most quoted" in done.stdout and "pd.read_parquet" in done.stdout
    assert "prefect" not in (done.stdout + done.stderr).lower()
    quotes = pd.read_parquet(lake / "quotes")
    assert quotes["article_id"].nunique() == 16
    top = quotes[quotes["speaker_kind"] == "person"].groupby("speaker_name")["statement_id"].nunique()
    assert top["Lena Okafor"] >= 5
    count = duckdb.sql(f"select count(distinct article_id) from '{lake}/quotes/*.parquet'").fetchall()
    assert count == [(16,)]


def test_the_second_time_nothing_is_new(demo):
    lake, _ = demo
    done = sayso("analyze", RAW, "--lake", lake, "--targets", ROOT / "data" / "targets.toml")
    assert done.returncode == 0 and "nothing new · 16 unchanged" in done.stdout


def test_rejects_make_exit_code_one(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_bytes(b"")
    (tmp_path / "c.txt").write_text("Too short.")
    done = sayso("analyze", tmp_path / "*.txt", "--lake", tmp_path / "lake")
    assert done.returncode == 1
    assert (
        "1 article analysed" in done.stdout
        and "2 rejected" in done.stdout
        and "too_short c.txt: 2 words of text" in done.stdout
        and "b.txt: the file is empty" in done.stdout
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["analyze", "x", "--lake", "s3://b/l"], "local folder"),
        (["analyze", "x", "--lake", "README.md"], "not a folder"),
        (["analyze", "x", "--settings", "none.toml"], "cannot read none.toml"),
        (["analyze", "x", "--targets", "sayso.toml"], "[[target]]"),
        (["show", "none.txt"], "no such file"),
        (["score", "stance", "none.jsonl", "out.jsonl"], "No such file"),
        (["evaluate", "stance", "none.jsonl"], "cannot read"),
    ],
)
def test_mistakes_are_one_line(args, message, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert main(args) in (1, 2)
    printed = capsys.readouterr().err.strip()
    assert message in printed and "\n" not in printed and printed.startswith("sayso: ")


def test_usage(capsys):
    for args in ([], ["analyze"], ["fly"], ["analyze", "x", "--workers", "0"]):
        with pytest.raises(SystemExit) as stop:
            main(args)
        assert stop.value.code == 2
    capsys.readouterr()


def test_show_needs_no_prefect(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT + "\n\x1b[31mThe end came, said Ada Quill.")
    code = "import sys; from sayso.commands.cli import main; r = main(sys.argv[1:]); assert 'prefect' not in sys.modules and 'transformers' not in sys.modules; sys.exit(r)"
    done = subprocess.run(
        [sys.executable, "-c", code, "show", str(tmp_path / "a.txt"), "--svg", str(tmp_path / "a.svg")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (
        "Ada Quill" in done.stdout
        and "Bo Lind" in done.stdout
        and "indirect" in done.stdout
        and "\x1b[31m" not in done.stdout
    )
    assert (tmp_path / "a.svg").read_text().startswith("<svg")


def test_score_keeps_every_line_in_order(tmp_path, capsys):
    rows = [
        {"id": i, "text": f"Ada Quill praised pier {i}.", "target": "pier", "start": 18, "end": 22, "extra": "kept"}
        for i in range(5)
    ]
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(json.dumps(r) for r in rows) + "\n")
    for kind, labels in (
        ("stance", ("against", "neutral", "favor")),
        ("sentiment", ("negative", "neutral", "positive")),
    ):
        assert main(["score", kind, str(source), str(out)]) == 0
        scored = [json.loads(line) for line in out.read_text().splitlines()]
        assert [{k: r[k] for k in rows[0]} for r in scored] == rows
        for row in scored:
            assert sum(row[label] for label in labels) == pytest.approx(1, abs=1e-4)
            assert row["label"] == max(labels, key=row.get)
    source.write_text(json.dumps(rows[0]) + '\n{"text": 3}\n{"text": "a", "start": 5, "end": 9}\nno\n')
    assert main(["score", "stance", str(source), str(out)]) == 1
    assert len(out.read_text().splitlines()) == 1
    assert [f"line {n}" in capsys.readouterr().err for n in (2,)] == [True]


def test_evaluate_and_models_print(tmp_path, capsys):
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        "\n".join(
            json.dumps({"text": "Ada praised the pier.", "target": "pier", "stance": s}) for s in ("favor", "against")
        )
    )
    assert main(["evaluate", "stance", str(gold)]) == 0
    assert "macro F1" in capsys.readouterr().out
    assert main(["evaluate", "stance", str(gold), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["n"] == 2
    assert main(["models"]) == 0
    assert "attribution" in capsys.readouterr().out


def test_ctrl_c_leaves_a_lake_that_goes_on(tmp_path):
    records = [{"id": str(i), "text": TEXT.replace("pier", f"pier {i}") * 4} for i in range(300)]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(r) for r in records))
    (tmp_path / "s.toml").write_text("[run]\nshard_size = 60")
    args = ["analyze", tmp_path / "a.jsonl", "--lake", tmp_path / "lake", "--settings", tmp_path / "s.toml"]
    process = subprocess.Popen(
        [*SAYSO, *map(str, args)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background job ignores it
    )
    until = time.monotonic() + 120
    while time.monotonic() < until and not list((tmp_path / "lake" / "articles").glob("2*.parquet")):
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the command
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert err.strip().splitlines()[-1].startswith("sayso: interrupted")
    written = len(pd.read_parquet(tmp_path / "lake" / "articles"))
    assert 0 < written < 300
    assert sayso(*args).returncode == 0
    assert (
        pd.read_parquet(tmp_path / "lake" / "articles")["article_id"].nunique()
        == len(pd.read_parquet(tmp_path / "lake" / "articles"))
        == 300
    )
    assert sorted(pd.read_parquet(tmp_path / "lake" / "runs")["status"]) == ["completed", "interrupted"]


def test_speakers_are_listed_searched_and_explained(tmp_path, demo):
    lake = tmp_path / "lake"
    shutil.copytree(demo[0], lake)
    listed = sayso("speakers", lake)
    assert listed.returncode == 0 and "Lena Okafor" in listed.stdout
    found = sayso("speakers", lake, "okafor")
    assert "Lena Okafor" in found.stdout and "Thorne" not in found.stdout
    missing = sayso("speakers", lake, "nobody of that name")
    assert missing.returncode == 1 and "nobody named" in missing.stdout
    wrong = sayso("speakers", lake, "--why", "Lena Okafor", "Zed Zed")
    assert wrong.returncode == 2 and "nobody named 'Zed Zed'" in wrong.stderr
    why = sayso("speakers", lake, "--why", "Lena Okafor", "Okafor")
    assert why.returncode == 2 or "are one:" in why.stdout or "are two:" in why.stdout


def test_what_the_list_says_wins_and_can_be_undone(tmp_path):
    texts = {
        "a": "A Pier Is Shut\n\nWilliam Harker said that the pier was unsafe. Bo Lind and Ida Voss of Corran agreed.",
        "b": "A Pier Opens\n\nBill Harker said that the pier was safe. Bo Lind and Ida Voss of Corran agreed.",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text)
    lake = tmp_path / "lake"
    assert sayso("analyze", tmp_path / "*.txt", "--lake", lake).returncode == 0
    people = lambda: set(pd.read_parquet(lake / "identities")["entity_name"])  # noqa: E731
    assert len([p for p in people() if "Harker" in p]) == 1
    why = sayso("speakers", lake, "--why", "Bill Harker", "William Harker")
    assert "are one:" in why.stdout and "nickname" in why.stdout
    (lake / "speakers.toml").write_text("\n".join(why.stdout.splitlines()[-2:]))
    assert sayso("speakers", lake, "--apply").returncode == 0
    assert {p for p in people() if "Harker" in p} == {"Bill Harker", "William Harker"}
    assert "your list" in sayso("speakers", lake, "--why", "Bill Harker", "William Harker").stdout
    (lake / "speakers.toml").write_text('[[speaker]]\nname = "William Harker"\nid = "Q1"\naliases = ["Bill Harker"]')
    again = sayso("analyze", tmp_path / "*.txt", "--lake", lake)
    assert "nothing new" in again.stdout and {p for p in people() if "Harker" in p} == {"William Harker"}
    (lake / "speakers.toml").write_text("[[speaker]]\nname = 7")
    assert sayso("analyze", tmp_path / "*.txt", "--lake", lake).returncode == 2
    wrong = sayso("speakers", lake, "--apply")
    assert wrong.returncode == 2 and "speakers.toml: speaker 1 name is 7; it must be a text" in wrong.stderr


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are looked up in /proc")
def test_a_killed_run_leaves_no_process_behind(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    command = [*SAYSO, "analyze", str(tmp_path / "a.txt"), "--lake", str(tmp_path / "lake")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found: set[int] = set()
    for _ in range(600):
        found |= set(tree(process.pid)[1:])
        if not (process.poll() is None and len(found) < 5):  # the server, its guard, what forks the workers, and them
            break
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert len(found) >= 3
    for _ in range(200):
        if not any(alive(pid) for pid in found):
            return
        time.sleep(0.1)
    pytest.fail("processes live on")
