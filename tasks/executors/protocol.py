"""What the flow asks of an executor, whatever runs the stages."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an item was given up.

    Attributes:
        stage: the name of the stage at work.
        code: `crashed`, `timed_out` or `killed`.
        traceback: of a crash.
    """

    stage: str
    code: str
    message: str
    traceback: str = ""


class StageError(Exception):
    """A stage fails whatever article it is given."""


class Item(Protocol):
    """What travels through stages: a source, or an article's work."""

    @property
    def n_words(self) -> int: ...


class Step(Protocol):
    """A stage: some items in, as many out."""

    @property
    def name(self) -> str: ...

    def over(self, pipeline: Any, items: Sequence[Any]) -> Sequence[Any]: ...


class Executor(Protocol):
    """Takes items through stages; an item that makes a stage crash or hang costs nobody else anything.

    Attributes:
        seconds: time of each stage so far, as if one after the other on all cores.
    """

    seconds: defaultdict[str, float]

    def map(
        self, stages: Sequence[Step], items: Sequence[Item], done: Callable[[int], None] = lambda n: None
    ) -> list[Any]:
        """What the stages make of each item, or a Failure; in the order of the items.

        Args:
            done: told how many items came to an end, each time that some did.

        Raises:
            UsageError: a model cannot be loaded.
            StageError: a stage fails on every article, or nothing can be started to run it.
        """
        ...

    def close(self) -> None:
        """Give back processes and connections; the next `map` may start them anew."""
        ...


def run(stages: Sequence[Step], pipeline: Any, items: Sequence[Any], begin: Callable[[str], object]) -> Sequence[Any]:
    """Take some items through the stages, one stage after the other.

    Args:
        begin: told the name of each stage before it starts.
    """
    for stage in stages:
        begin(stage.name)
        items = stage.over(pipeline, items)
    return items
