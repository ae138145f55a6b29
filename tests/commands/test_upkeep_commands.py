"""forget, compact, verify and diff as their users run them; two runs at once; the kill loop."""

import json
import os
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from sayso.commands.cli import main
from sayso.tasks.tables import Lake
from sayso.tasks.tables.verify import verify
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden" / "lake-1"


@pytest.fixture
def lake(tmp_path, capsys):
    """A lake of three articles, two of them near copies, brought up to date."""
    path = tmp_path / "lake"
    shutil.copytree(GOLDEN, path)
    assert main(["compact", str(path)]) == 0
    assert main(["speakers", str(path), "--apply"]) == 0
    capsys.readouterr()
    return path


def said(capsys) -> str:
    return capsys.readouterr().out


def test_forgetting_names_what_went_and_the_near_copies_that_are_left(lake, capsys):
    assert main(["forget", "--lake", str(lake), "--source", "*#ferry-1"]) == 0
    printed = said(capsys)
    assert "1 article gone" in printed and "still there, nearly the same text" in printed and "#ferry-2" in printed
    assert len(pd.read_parquet(lake / "articles")) == 2
    assert main(["verify", str(lake)]) == 0 and "2 articles, all is well" in said(capsys)
    assert main(["verify", str(lake), "--json"]) == 0
    assert json.loads(said(capsys)) == {"ok": True, "articles": 2, "problems": [], "made_otherwise": []}
    rest = pd.read_parquet(lake / "articles")["article_id"].tolist()
    assert main(["forget", "--lake", str(lake), *rest]) == 0
    assert main(["verify", str(lake)]) == 0 and "0 articles" in said(capsys)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["forget"], "which article?"),
        (["forget", "zed"], "no article 'zed'"),
        (["forget", "--source", "zed"], "matches 'zed'"),
        (["forget", "zed", "--lake", "nowhere"], "no lake at"),
        (["diff", "LAKE"], "kept the stances of 1 run"),
        (["diff", "LAKE", "--runs", "a", "b"], "no stances of run 'a'"),
        (["verify", "nowhere"], "no lake at"),
    ],
)
def test_mistakes_are_told_in_one_line(lake, capsys, args, message):
    args = [str(lake) if a == "LAKE" else a for a in args]
    if args[0] == "forget" and "--lake" not in args:
        args += ["--lake", str(lake)]
    assert main(args) == 2
    printed = capsys.readouterr().err.strip()
    assert message in printed and "\n" not in printed


def test_trouble_makes_exit_code_one(lake, capsys):
    Lake.existing(lake).files("quotes")[0].write_bytes(b"rubbish")
    assert main(["verify", str(lake)]) == 1
    assert "quotes: file cannot be read" in said(capsys)


def test_diff_between_runs_and_lakes(lake, capsys, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(lake, other)
    assert main(["diff", str(lake), str(other)]) == 0 and "no stance of any speaker differs" in said(capsys)
    assert main(["forget", "--lake", str(other), "--source", "*observatory*"]) == 0
    capsys.readouterr()
    assert main(["diff", str(lake), str(other), "--limit", "2"]) == 0
    printed = said(capsys)
    assert "pairs differ: 0 new" in printed and "the first 2 are shown" in printed and "→ 0" in printed
    assert main(["diff", str(lake), str(other), "--json"]) == 0
    told = json.loads(said(capsys))
    assert (told["before"], told["after"], told["changes"]) == (str(lake), str(other), [])
    rows = told["moves"]
    assert rows and all(row["n_after"] == 0 and row["change"] is None for row in rows)
    assert main(["diff", str(other)]) == 0


def test_two_runs_at_once_lose_nothing_and_write_nothing_twice(tmp_path):
    text = (
        "A Pier Is Shut\n\nAda Quill said that the pier was unsafe on day {}. “I will not walk on it,” said Bo Lind.\n"
    )
    for n in range(24):
        (tmp_path / f"{n:02d}.txt").write_text(text.format(n))
    settings = tmp_path / "s.toml"
    settings.write_text("[run]\nshard_size = 3\nworkers = 1")
    lake = tmp_path / "lake"
    command = [sys.executable, "-m", "sayso.commands.cli", "analyze", "--lake", str(lake), "--settings", str(settings)]
    shares = [range(16), range(23, 7, -1)]
    running = [
        subprocess.Popen(
            [*command, *(str(tmp_path / f"{n:02d}.txt") for n in share)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for share in shares
    ]  # fmt: skip
    for process in running:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
    runs = pd.read_parquet(lake / "runs")
    assert runs["status"].tolist() == ["completed"] * 2 and runs["n_new"].sum() == 24
    assert runs["n_new"].sum() + runs["n_skipped"].sum() == 32
    assert len(pd.read_parquet(lake / "articles")) == 24 and verify(Lake.existing(lake)) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_two_hundred_kills_and_more_leave_the_lake_whole(tmp_path):
    from benchmarks import kill_loop

    (tmp_path / "injected").mkdir()
    assert sum(kill_loop.injected(tmp_path / "injected").values()) > 100
    result = kill_loop.at_random(tmp_path, 100)
    assert result["equal"] and "all is well" in result["verify"]
    assert not [what for what in result["reader"] if what.startswith(("violation", "unreadable", "files missing"))]
