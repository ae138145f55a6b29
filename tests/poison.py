"""Stages that certain words make ill, for tests of what the rest of a run does then."""

import dataclasses
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sayso.tasks.articles import Analysis, UsageError
from sayso.tasks.stages import STAGES


def swallow(text: str) -> None:
    if "QUINCE" in text:
        raise ValueError("no quinces\n\x1b[31mtoday")
    if "MEDLAR" in text:
        while True:
            time.sleep(1)
    if "SLOE" in text:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "NETTLE" in text:
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does where memory is short


@dataclass(frozen=True)
class Sick:
    """A stage's `run` that swallows the article first."""

    real: Callable[..., Sequence[Any]]
    stands: str = ""  # the word that does it no harm

    def __call__(self, pipeline: Any, analyses: Sequence[Analysis], earlier: Sequence[Any]) -> Sequence[Any]:
        for analysis in analyses:
            swallow(analysis.article.text.replace(self.stands, "") if self.stands else analysis.article.text)
        return self.real(pipeline, analyses, earlier)


def poisoned() -> tuple[Any, ...]:
    """The stages, of which attribution falls ill, but for SLOE, which waits for stance."""
    sick = {"attribution": "SLOE", "stance": ""}
    return tuple(dataclasses.replace(s, run=Sick(s.run, sick[s.name])) if s.name in sick else s for s in STAGES)


class Word(str):
    n_words = 1


@dataclass(frozen=True)
class Echo:
    """A stage that gives back what it is given, once it has swallowed it."""

    name: str = "echo"

    def over(self, pipeline: Any, words: Sequence[str]) -> list[str]:
        for word in words:
            swallow(word)
            if word == "WORMWOOD":
                raise UsageError("no such model")
        return [Word(word.lower()) for word in words]
