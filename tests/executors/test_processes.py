"""Executors: the culprit alone is given up, everybody else's work comes back in order."""

import contextlib
import dataclasses
import os
import subprocess
import sys
import time

import pytest

from sayso.tasks.articles import UsageError
from sayso.tasks.executors import Failure, Here, Processes, StageError
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.settings import Run, Settings
from tests.conftest import ROOT
from tests.poison import Echo, Word

WORDS = [Word(f"word {i}") for i in range(37)]
ECHO = [Echo()]


@pytest.fixture(scope="module")
def workers():
    settings = dataclasses.replace(Settings(), run=Run(workers=2, article_seconds=1))
    with contextlib.closing(Processes(Pipeline(settings))) as made:
        yield made


def test_results_come_in_order(workers):
    assert workers.map(ECHO, WORDS) == WORDS
    assert workers.map(ECHO, []) == []


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
    given = [*WORDS[:20], Word(poison), *WORDS[20:]]
    results = workers.map(ECHO, given)
    assert [r for r in results if not isinstance(r, Failure)] == WORDS
    assert (results[20].stage, results[20].code) == ("echo", code) and message in results[20].message


def test_several_culprits_of_all_kinds(workers):
    given = list(WORDS)
    for at, poison in ((0, "NETTLE"), (1, "QUINCE"), (17, "SLOE"), (36, "QUINCE")):
        given[at] = Word(poison)
    results = workers.map(ECHO, given)
    assert {i: r.code for i, r in enumerate(results) if isinstance(r, Failure)} == {
        0: "killed", 1: "crashed", 17: "killed", 36: "crashed",
    }  # fmt: skip


def test_a_stage_that_never_works_is_told_and_not_a_thousand_rejects():
    settings = dataclasses.replace(Settings(), run=Run(workers=2))
    with contextlib.closing(Processes(Pipeline(settings))) as fresh:
        with pytest.raises(StageError, match="echo fails on every article; the last time: ValueError: no quinces"):
            fresh.map(ECHO, [Word("QUINCE")] * 1000)


def test_a_missing_model_is_told_at_once(workers):
    with pytest.raises(UsageError, match="no such model"):
        workers.map(ECHO, [*WORDS, Word("WORMWOOD")])


def test_workers_end_with_whoever_started_them(tmp_path):
    code = """
import os, signal
from sayso.tasks.executors import Processes
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.settings import Settings
from tests.poison import Echo, Word
if __name__ == "__main__":
    workers = Processes(Pipeline(Settings()))
    workers.map([Echo()], [Word("a")] * 40)
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


def test_an_executor_without_processes_gives_the_same():
    here = Here(Pipeline(Settings()))
    ended = []
    results = here.map(ECHO, [Word("A"), Word("QUINCE"), Word("B")], ended.append)
    assert [results[0], results[2]] == ["a", "b"] and sum(ended) == 3 and "echo" in here.seconds
    assert (results[1].stage, results[1].code) == ("echo", "crashed") and "no quinces" in results[1].traceback


def test_the_time_of_each_stage_is_kept_and_ends_are_told(workers):
    before, ended = workers.seconds["second"], []
    assert workers.map([Echo("first"), Echo("second")], WORDS, ended.append) == WORDS
    assert sum(ended) == len(WORDS) and workers.seconds["second"] > before
