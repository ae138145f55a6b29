"""The stages in processes of their own, so that no article can take a run down with it.

A packet of articles crosses into a process once and goes through all stages there. Where a stage raises, hangs, or
dies of a crash or for want of memory, the packet is halved until the culprit is alone; the others go on.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import traceback
import types
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.process import BaseProcess
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


class _Worker(ForkServerProcess):
    """A process that does not run the caller's script again: one without a main guard would start all over in it."""

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:  # noqa: N802
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            return ForkServerProcess._Popen(process_obj)
        finally:
            sys.modules["__main__"] = main


class _Context(ForkServerContext):
    Process = _Worker


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
        self._sent = 0  # packets
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def map(
        self, stages: Sequence[Step], items: Sequence[Item], done: Callable[[int], None] = lambda n: None
    ) -> list[Any]:
        """As Executor.map."""
        results: list[Any] = [None] * len(items)
        running: dict[Future[Any], _Packet] = {}
        tries = _Tries([stage.name for stage in stages], self._went_well)

        def start(numbers: Sequence[int]) -> None:
            future, packet = self._send(stages, items, numbers)
            running[future] = packet

        for places in self._cut(len(items)):
            start(places)
        while running:
            ended = wait(running, self._longest + GRACE, FIRST_COMPLETED).done
            outcomes = {future: _outcome(future, running[future]) for future in ended}
            if not outcomes or None in outcomes.values():  # the pool is gone or deaf, and with it whatever was running
                tries.lost_the_pool()
                self.close()
                left, running = list(running.values()), {}
                for packet in left:
                    start(packet.numbers)
                continue
            for future, outcome in outcomes.items():
                packet = running.pop(future)
                packet.marker.unlink(missing_ok=True)
                if isinstance(outcome, _Done):
                    self._keep_time(outcome.seconds)
                    made = tries.went_well(outcome.results)
                elif len(packet.numbers) > 1:
                    half = len(packet.numbers) // 2
                    start(packet.numbers[:half])
                    start(packet.numbers[half:])
                    continue
                elif tries.another(packet.numbers[0], outcome):
                    start(packet.numbers)
                    continue
                else:
                    made = tries.given_up(outcome)
                for number, result in zip(packet.numbers, made, strict=True):
                    results[number] = result
                done(len(packet.numbers))
        return results

    def _send(
        self, stages: Sequence[Step], items: Sequence[Item], numbers: Sequence[int]
    ) -> tuple["Future[Any]", _Packet]:
        """Put some items on their way."""
        given = [items[i] for i in numbers]
        seconds = self._run.article_seconds + SECONDS_PER_WORD * len(stages) * sum(item.n_words for item in given)
        self._longest = max(self._longest, seconds)
        self._sent += 1
        packet = _Packet(tuple(numbers), Path(self._folder.name, str(self._sent)))
        task = (stages, given, packet.marker)
        try:
            return self._started().schedule(_work, task, timeout=seconds), packet
        except RuntimeError:  # the pool broke since it was last asked
            self.close()
            return self._started().schedule(_work, task, timeout=seconds), packet

    def _keep_time(self, seconds: Mapping[str, float]) -> None:
        for stage, value in seconds.items():
            self.seconds[stage] += value / self._run.threads

    def _cut(self, n: int) -> list[range]:
        size = max(1, min(PACKET, -(-n // self._run.threads)))
        return [range(i, min(i + size, n)) for i in range(0, n, size)]

    def _started(self) -> ProcessPool:
        if self._pool is None:
            # A fork of this process would copy the threads of others half; a server that forks starts fast.
            context = _Context()
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


class _Tries:
    """What went wrong in one call of `map`, and whether it is worth going on."""

    def __init__(self, stages: Sequence[str], went_well: Counter[str]) -> None:
        self._stages, self._went_well = stages, went_well
        self._failed: Counter[str] = Counter()
        self._again: set[int] = set()
        self._lost = 0

    def went_well(self, results: Sequence[Any]) -> Sequence[Any]:
        self._went_well.update(self._stages)
        return results

    def lost_the_pool(self) -> None:
        """Raises StageError where that happened too often."""
        self._lost += 1
        if self._lost > HOPELESS:
            raise StageError(f"the processes for {', '.join(self._stages)} die as soon as they start")

    def another(self, number: int, failure: Failure | None) -> bool:
        """Whether an item gets another try: it was killed once, perhaps of another's hunger for memory."""
        if failure is None or failure.code != "killed" or number in self._again:
            return False
        self._again.add(number)
        return True

    def given_up(self, failure: Failure | None) -> Sequence[Failure | None]:
        """Raises StageError where the stage fails on everything."""
        if failure is not None:
            self._failed[failure.stage] += 1
            if self._failed[failure.stage] >= HOPELESS and not self._went_well[failure.stage]:
                raise StageError(f"{failure.stage} fails on every article; the last time: {failure.message}")
        return [failure]


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
