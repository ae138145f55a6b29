"""Spans: kept in order, so that what overlaps one is found without looking at all; and what is left between them."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence

from sayso.tasks.articles import Span


class SpanIndex:
    """A set of spans; they may overlap each other."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans = sorted(spans)
        self._longest = max((s.end - s.start for s in self._spans), default=0)

    def __iter__(self) -> Iterator[Span]:
        return iter(self._spans)

    def add(self, span: Span) -> None:
        insort(self._spans, span)
        self._longest = max(self._longest, span.end - span.start)

    def remove(self, span: Span) -> None:
        del self._spans[bisect_left(self._spans, span)]

    def overlapping(self, span: Span) -> list[Span]:
        low = bisect_left(self._spans, Span(span.start - self._longest, 0))
        high = bisect_left(self._spans, Span(span.end, 0))
        return [s for s in self._spans[low:high] if s.overlaps(span)]


def outside(whole: Span, holes: Sequence[Span]) -> list[Span]:
    """What is left of `whole` without the holes."""
    pieces, start = [], whole.start
    for hole in sorted(holes):
        if hole.end <= start or hole.start >= whole.end:
            continue
        if hole.start > start:
            pieces.append(Span(start, hole.start))
        start = max(start, hole.end)
    if start < whole.end:
        pieces.append(Span(start, whole.end))
    return pieces
