"""Workers: the culprit alone is given up, everybody else's work comes back in order."""

import contextlib
import dataclasses
import os
import subprocess
import sys
import time

import pytest

from sayso.tasks.articles import UsageError
from sayso.tasks.settings import Run, Settings
from sayso.tasks.workers import Failure, StageError, Workers
from tests.conftest import ROOT
from tests.poison import Echo

WORDS = [f"word {i}" for i in range(37)]


@pytest.fixture(scope="module")
def workers():
    settings = dataclasses.replace(Settings(), run=Run(workers=2, article_seconds=1))
    with contextlib.closing(Workers(Echo(settings))) as made:
        yield made


def test_results_come_in_order(workers):
    assert workers.run("echo", WORDS, len) == WORDS
    assert workers.run("echo", [], len) == []


@pytest.mark.parametrize(
    ("poison", "code", "message"),
    [
        ("QUINCE", "crashed", "ValueError: no quinces"),
        ("MEDLAR", "timed_out", "longer than 1 seconds"),
        ("SLOE", "killed", "Segmentation fault"),
        ("NETTLE", "killed", "Killed"),
    ],
)
def test_the_culprit_alone_is_given_up(workers, poison, code, message):
    given = [*WORDS[:20], poison, *WORDS[20:]]
    results = workers.run("echo", given, lambda _: 1)
    assert [r for r in results if not isinstance(r, Failure)] == WORDS
    assert results[20].code == code and message in results[20].message


def test_several_culprits_of_all_kinds(workers):
    given = list(WORDS)
    for at, poison in ((0, "NETTLE"), (1, "QUINCE"), (17, "SLOE"), (36, "QUINCE")):
        given[at] = poison
    results = workers.run("echo", given, lambda _: 1)
    assert {i: r.code for i, r in enumerate(results) if isinstance(r, Failure)} == {
        0: "killed", 1: "crashed", 17: "killed", 36: "crashed",
    }  # fmt: skip


def test_a_stage_that_never_works_is_told_and_not_a_thousand_rejects():
    settings = dataclasses.replace(Settings(), run=Run(workers=2))
    with contextlib.closing(Workers(Echo(settings))) as fresh:
        with pytest.raises(StageError, match="echo fails on every article; the last time: ValueError: no quinces"):
            fresh.run("echo", ["QUINCE"] * 1000, len)


def test_a_missing_model_is_told_at_once(workers):
    with pytest.raises(UsageError, match="no such model"):
        workers.run("echo", [*WORDS, "WORMWOOD"], len)


def test_workers_end_with_whoever_started_them(tmp_path):
    code = """
import os, signal
from sayso.tasks.settings import Settings
from sayso.tasks.workers import Workers
from tests.poison import Echo
if __name__ == "__main__":
    workers = Workers(Echo(Settings()))
    workers.run("echo", ["a"] * 40, len)
    print(*workers._pool._pool_manager.worker_manager.workers, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    script = tmp_path / "orphans.py"
    script.write_text(code)
    done = subprocess.run([sys.executable, script], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, timeout=60)  # fmt: skip
    pids = [int(pid) for pid in done.stdout.split()]
    assert done.returncode == -9 and pids, done.stderr
    for _ in range(100):
        if not any(os.path.exists(f"/proc/{pid}") for pid in pids):
            return
        time.sleep(0.1)
    pytest.fail("workers live on")
