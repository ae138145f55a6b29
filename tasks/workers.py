"""The stages in processes of their own, so that no article can take a run down with it.

A stage goes over some articles at a time. Where it raises, hangs, or dies of a crash or for want of memory, those
articles are halved until the culprit is alone; the others go on.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NamedTuple

from pebble import ProcessExpired, ProcessPool

from sayso.tasks.articles import UsageError
from sayso.tasks.pipeline import Pipeline

PACKET = 10  # articles that go to a worker at once
SECONDS_PER_WORD = 0.01  # on top of [run] article_seconds; about ten times what the slowest stage needs
GRACE = 30  # seconds after which a pool that should have answered is given up
SECONDS_TO_END = 10
HOPELESS = 5  # articles that fail alone, before any went well, are the stage's fault
_PRELOADED = ["sayso.tasks.pipeline", "sayso.tasks.reading.pages", "onnxruntime", "spacy"]


class Failure(NamedTuple):
    """Why a stage gave an article up: code `crashed`, `timed_out` or `killed`."""

    code: str
    message: str


class StageError(Exception):
    """A stage fails whatever article it is given."""


class Workers:
    """A pool of processes, each with the pipeline in it; they start when first needed.

    Whoever starts them from a script guards its main part by `if __name__ == "__main__":`.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._made_of = (type(pipeline), pipeline.settings, pipeline.configured)
        self._run = pipeline.settings.run
        self._pool: ProcessPool | None = None
        self._went_well: Counter[str] = Counter()
        self._longest = 0.0  # seconds that anything may take

    def run(self, stage: str, items: Sequence[Any], words: Callable[[Any], int]) -> list[Any]:
        """What a stage of the pipeline makes of each item, or a Failure; in the order of the items.

        Args:
            stage: a method of Pipeline that takes items and returns as many, or changes them in place.
            words: about how many words an item has; its time is measured by them.

        Raises:
            UsageError: a model cannot be loaded.
            StageError: the stage fails on every article, or no worker can be started.
        """
        results: list[Any] = [None] * len(items)
        running: dict[Future, list[int]] = {}
        failed, lost, again = 0, 0, set[int]()

        def start(numbers: list[int]) -> None:
            given = [items[i] for i in numbers]
            seconds = self._run.article_seconds + SECONDS_PER_WORD * sum(map(words, given))
            self._longest = max(self._longest, seconds)
            try:
                future = self._started().schedule(_work, (stage, given), timeout=seconds)
            except RuntimeError:  # the pool broke since it was last asked
                self.close()
                future = self._started().schedule(_work, (stage, given), timeout=seconds)
            running[future] = numbers

        for numbers in self._packets(len(items)):
            start(numbers)
        while running:
            done = wait(running, self._longest + GRACE, FIRST_COMPLETED).done
            for outcome, future in [(_outcome(f), f) for f in done] or [(None, None)]:
                if outcome is None:  # the pool is gone or deaf, and with it whatever was running
                    lost += 1
                    if lost > HOPELESS:
                        raise StageError(f"the processes that {stage} articles die as soon as they start")
                    self.close()
                    left = list(running.values())
                    running.clear()
                    for numbers in left:
                        start(numbers)
                    break
                numbers = running.pop(future)
                if isinstance(outcome, list):
                    self._went_well[stage] += 1
                    for i, result in zip(numbers, outcome, strict=True):
                        results[i] = result
                elif len(numbers) > 1:
                    start(numbers[: len(numbers) // 2])
                    start(numbers[len(numbers) // 2 :])
                elif outcome.code == "killed" and numbers[0] not in again:  # perhaps of another's hunger for memory
                    again.add(numbers[0])
                    start(numbers)
                else:
                    results[numbers[0]] = outcome
                    failed += 1
                    if failed >= HOPELESS and not self._went_well[stage]:
                        raise StageError(f"{stage} fails on every article; the last time: {outcome.message}")
        return results

    def _packets(self, n: int) -> list[list[int]]:
        size = max(1, min(PACKET, -(-n // self._run.threads)))
        return [list(range(i, min(i + size, n))) for i in range(0, n, size)]

    def _started(self) -> ProcessPool:
        if self._pool is None:
            # A fork of this process would copy the threads of others half; a server that forks starts fast.
            known = multiprocessing.get_all_start_methods()
            context = multiprocessing.get_context("forkserver" if "forkserver" in known else "spawn")
            if "forkserver" in known:
                context.set_forkserver_preload(_PRELOADED)
            self._pool = ProcessPool(self._run.threads, initializer=_enter, initargs=self._made_of, context=context)
        return self._pool

    def close(self) -> None:
        """End the processes; the next `run` starts new ones."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        # In a thread: a pool that was interrupted in the middle of something may never come to an end. Its
        # processes follow this one then.
        ending = threading.Thread(target=_end, args=(pool,), daemon=True)
        ending.start()
        ending.join(SECONDS_TO_END)


def _end(pool: ProcessPool) -> None:
    pool.stop()
    with contextlib.suppress(TimeoutError):
        pool.join(timeout=SECONDS_TO_END)


def _outcome(future: Future) -> list[Any] | Failure | None:
    try:
        return future.result()
    except UsageError:
        raise
    except BrokenProcessPool:
        return None
    except TimeoutError as error:
        return Failure("timed_out", f"it took longer than {error.args[1]:.0f} seconds")
    except ProcessExpired as error:
        cause = signal.strsignal(-error.exitcode) if (error.exitcode or 0) < 0 else f"exit code {error.exitcode}"
        return Failure("killed", f"the process died ({cause}); it crashed, or memory ran out")


_pipeline: Pipeline | None = None  # of this process, if it is a worker


def _enter(kind: type[Pipeline], *made_of: Any) -> None:
    global _pipeline
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits
    threading.Thread(target=_follow_parent, daemon=True).start()
    _pipeline = kind(*made_of, threads=1)


def _follow_parent() -> None:
    """End with the process that started this one, however that ends."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _work(stage: str, items: list[Any]) -> list[Any] | Failure:
    try:
        made = getattr(_pipeline, stage)(items)
    except UsageError:
        raise
    except Exception as error:  # as text: not every exception can leave its process
        return Failure("crashed", f"{type(error).__name__}: {error}")
    return items if made is None else made
