"""Seconds of each stage."""

import time
from collections import defaultdict


class Stopwatch:
    """Remembers which stage is at work, and how long each took."""

    def __init__(self) -> None:
        self.stage = ""
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._began = time.monotonic()

    def begin(self, stage: str) -> None:
        """The stage before ends here, this one starts."""
        self.stop()
        self.stage = stage

    def stop(self) -> dict[str, float]:
        """Seconds of each stage so far."""
        now = time.monotonic()
        if self.stage:
            self._seconds[self.stage] += now - self._began
        self._began = now
        return self._seconds
