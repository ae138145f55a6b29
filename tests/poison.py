"""A pipeline that certain words in an article make ill, for tests of what the rest of a run does then."""

import os
import signal
import time

from sayso.tasks.articles import Analysis, UsageError
from sayso.tasks.pipeline import Pipeline


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


class Poisoned(Pipeline):
    """Falls ill in `attribute`, but for SLOE, which waits for `score`."""

    def attribute(self, analyses: list[Analysis]) -> None:
        for analysis in analyses:
            swallow(analysis.article.text.replace("SLOE", ""))
        super().attribute(analyses)

    def score(self, analyses: list[Analysis]) -> None:
        for analysis in analyses:
            swallow(analysis.article.text)
        super().score(analyses)


class Echo(Pipeline):
    """One stage that gives back what it is given, once it has swallowed it."""

    def echo(self, words: list[str]) -> list[str]:
        for word in words:
            swallow(word)
            if word == "WORMWOOD":
                raise UsageError("no such model")
        return [word.lower() for word in words]
