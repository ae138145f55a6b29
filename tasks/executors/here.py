"""The stages in this process: for a few articles, and for whoever wants to look on with a debugger."""

import traceback
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from sayso.tasks.articles import UsageError
from sayso.tasks.executors.protocol import Failure, Item, Step, run
from sayso.tasks.executors.timing import Stopwatch
from sayso.tasks.pipeline import Pipeline


class Here:
    """An Executor without processes: an article that raises is given up; one that hangs or crashes is not survived."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def map(
        self, stages: Sequence[Step], items: Sequence[Item], done: Callable[[int], None] = lambda n: None
    ) -> list[Any]:
        """As Executor.map."""
        results: list[Any] = []
        for item in items:
            watch = Stopwatch()
            try:
                results += run(stages, self._pipeline, [item], watch.begin)
            except UsageError:
                raise
            except Exception as error:
                message = f"{type(error).__name__}: {error}"
                results.append(Failure(watch.stage, "crashed", message, traceback.format_exc()))
            for stage, seconds in watch.stop().items():
                self.seconds[stage] += seconds
            done(1)
        return results

    def close(self) -> None:
        """Nothing is held."""
