"""How a run tells whoever watches what it is doing: `watch` installs a listener, `report` speaks to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands.

    Attributes:
        stage: the stage at work.
        done: sources dealt with so far, rejects and unchanged ones included.
        total: sources in all, as far as it can be told beforehand.
    """

    stage: str
    done: int
    total: int


_listener: ContextVar[Callable[[Progress], None] | None] = ContextVar("listener", default=None)


@contextmanager
def watch(listener: Callable[[Progress], None]) -> Iterator[None]:
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def report(stage: str, done: int, total: int) -> None:
    listener = _listener.get()
    if listener is not None:
        listener(Progress(stage, done, total))
