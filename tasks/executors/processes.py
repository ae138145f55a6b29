"""The stages in processes of their own, so that no article can take a run down with it.

A packet of articles crosses into a process once and goes through all stages there. Where a stage raises, hangs, or
dies of a crash or for want of memory, the packet is halved until the culprit is alone; the others go on.
"""

import contextlib
import multiprocessing
import os
import signal
import tempfile
import threading
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pebble import ProcessExpired, ProcessPool

from sayso.tasks.articles import UsageError
from sayso.tasks.executors.protocol import Failure, Item, StageError, Step, run
from sayso.tasks.executors.timing import Stopwatch
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.settings import Settings
from sayso.tasks.targets import ConfiguredTarget

PACKET = 10  # articles that go to a worker at once
SECONDS_PER_WORD = 0.01  # a stage, on top of [run] article_seconds; about ten times what the slowest one needs
GRACE = 30  # seconds after which a pool that should have answered is given up
SECONDS_TO_END = 10
HOPELESS = 5  # articles that fail alone in a stage, before any went well, are the stage's fault
_PRELOADED = ["sayso.tasks.pipeline", "sayso.tasks.reading.pages", "onnxruntime", "spacy"]


@dataclass(frozen=True, slots=True)
class _Packet:
    """Some items on their way.

    Attributes:
        numbers: their places among all items.
        marker: the file in which the worker notes the stage at work, for the case that it cannot tell any more.
    """

    numbers: tuple[int, ...]
    marker: Path

    @property
    def stage(self) -> str:
        with contextlib.suppress(OSError):
            return self.marker.read_text()
        return ""


class Processes:
    """An Executor on this machine: a pool of processes, each with the pipeline in it; they start when first needed.

    Whoever starts them from a script guards its main part by `if __name__ == "__main__":`.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._made_of = (pipeline.settings, pipeline.configured)
        self._run = pipeline.settings.run
        self._pool: ProcessPool | None = None
        self._went_well: Counter[str] = Counter()
        self._longest = 0.0  # seconds that anything may take
        self._folder = tempfile.TemporaryDirectory(prefix="sayso-")
        self._packets = 0
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def map(
        self, stages: Sequence[Step], items: Sequence[Item], done: Callable[[int], None] = lambda n: None
    ) -> list[Any]:
        """As Executor.map."""
        results: list[Any] = [None] * len(items)
        running: dict[Future[Any], _Packet] = {}
        failed, again, lost = Counter[str](), set[int](), 0

        def start(numbers: Sequence[int]) -> None:
            given = [items[i] for i in numbers]
            seconds = self._run.article_seconds + SECONDS_PER_WORD * len(stages) * sum(item.n_words for item in given)
            self._longest = max(self._longest, seconds)
            self._packets += 1
            packet = _Packet(tuple(numbers), Path(self._folder.name, str(self._packets)))
            running[self._schedule((stages, given, packet.marker), seconds)] = packet

        def finish(numbers: Sequence[int], outcome: Sequence[Any]) -> None:
            for i, result in zip(numbers, outcome, strict=True):
                results[i] = result
            done(len(numbers))

        for places in self._cut(len(items)):
            start(places)
        while running:
            ended = wait(running, self._longest + GRACE, FIRST_COMPLETED).done
            outcomes = {future: _outcome(future, running[future]) for future in ended}
            if not outcomes or None in outcomes.values():  # the pool is gone or deaf
                lost += 1
                if lost > HOPELESS:
                    names = ", ".join(stage.name for stage in stages)
                    raise StageError(f"the processes for {names} die as soon as they start")
                self.close()
                left = list(running.values())
                running.clear()
                for packet in left:
                    start(packet.numbers)
                continue
            for future, outcome in outcomes.items():
                packet = running.pop(future)
                packet.marker.unlink(missing_ok=True)
                numbers = packet.numbers
                if isinstance(outcome, _Done):
                    self._went_well.update(stage.name for stage in stages)
                    for stage, seconds in outcome.seconds.items():
                        self.seconds[stage] += seconds / self._run.threads
                    finish(numbers, outcome.results)
                elif outcome is None or len(numbers) > 1:
                    start(numbers[: len(numbers) // 2])
                    start(numbers[len(numbers) // 2 :])
                elif outcome.code == "killed" and numbers[0] not in again:  # perhaps of another's hunger for memory
                    again.add(numbers[0])
                    start(numbers)
                else:
                    finish(numbers, [outcome])
                    failed[outcome.stage] += 1
                    if failed[outcome.stage] >= HOPELESS and not self._went_well[outcome.stage]:
                        raise StageError(f"{outcome.stage} fails on every article; the last time: {outcome.message}")
        return results

    def _cut(self, n: int) -> list[range]:
        size = max(1, min(PACKET, -(-n // self._run.threads)))
        return [range(i, min(i + size, n)) for i in range(0, n, size)]

    def _schedule(self, given: tuple[Any, ...], seconds: float) -> "Future[Any]":
        try:
            return self._started().schedule(_work, given, timeout=seconds)
        except RuntimeError:  # the pool broke since it was last asked
            self.close()
            return self._started().schedule(_work, given, timeout=seconds)

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
        """End the processes; the next `map` starts new ones."""
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


@dataclass(frozen=True, slots=True)
class _Done:
    """What a worker made of a packet, and how long each stage took."""

    results: Sequence[Any]
    seconds: dict[str, float]


def _outcome(future: "Future[Any]", packet: _Packet) -> _Done | Failure | None:
    """How a packet ended; None where nobody can tell, for the pool is gone."""
    try:
        ended: _Done | Failure = future.result()
        return ended
    except UsageError:
        raise
    except BrokenProcessPool:
        return None
    except TimeoutError as error:
        return Failure(packet.stage, "timed_out", f"it took longer than {error.args[1]:.0f} seconds")
    except ProcessExpired as error:
        cause = signal.strsignal(-error.exitcode) if (error.exitcode or 0) < 0 else f"exit code {error.exitcode}"
        return Failure(packet.stage, "killed", f"the process died ({cause}); it crashed, or memory ran out")


_pipeline: Pipeline | None = None  # of this process, if it is a worker


def _enter(settings: Settings, configured: tuple[ConfiguredTarget, ...]) -> None:
    global _pipeline
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits
    threading.Thread(target=_follow_parent, daemon=True).start()
    _pipeline = Pipeline(settings, configured, threads=1)


def _follow_parent() -> None:
    """End with the process that started this one, however that ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(stages: Sequence[Step], items: Sequence[Any], marker: Path) -> _Done | Failure:
    watch = Stopwatch()

    def begin(stage: str) -> None:
        watch.begin(stage)
        marker.write_text(stage)

    try:
        return _Done(run(stages, _pipeline, items, begin), watch.stop())
    except UsageError:
        raise
    except Exception as error:  # as text: not every exception can leave its process
        return Failure(watch.stage, "crashed", f"{type(error).__name__}: {error}", traceback.format_exc())
