"""Spans: kept in order, so that what overlaps one is found without looking at all; what is left between them, which
statements are the same, and a statement's id."""

import hashlib
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


def statement_id(article_id: str, cue: Span | None, content: Sequence[Span]) -> str:
    """Hash of article_id, cue and content spans."""
    spans = ",".join(f"{s.start}-{s.end}" for s in content)
    where = f"{cue.start}-{cue.end}" if cue else ""
    return hashlib.sha256(f"{article_id}|{where}|{spans}".encode()).hexdigest()[:16]


def iou(one: Sequence[Span], other: Sequence[Span]) -> float:
    """Characters that two lists of spans share, over those that either holds."""
    a = {at for s in one for at in range(s.start, s.end)}
    b = {at for s in other for at in range(s.start, s.end)}
    return len(a & b) / len(a | b) if a | b else 0.0


Attribution = tuple[Sequence[Span], Span | None]  # content, source


def match(found: Sequence[Attribution], gold: Sequence[Attribution], with_source: bool = True) -> list[tuple[int, int]]:
    """Pairs (found, gold), each at most once: content IoU at least 0.5, and sources overlap or are both empty."""
    options = []
    for i, (content, source) in enumerate(found):
        for j, (gold_content, gold_source) in enumerate(gold):
            if content[-1].end <= gold_content[0].start or gold_content[-1].end <= content[0].start:
                continue
            both = source.overlaps(gold_source) if source and gold_source else source is None and gold_source is None
            share = iou(content, gold_content)
            if share >= 0.5 and (both or not with_source):
                options.append((share, i, j))
    pairs: list[tuple[int, int]] = []
    for _, i, j in sorted(options, key=lambda o: (-o[0], o[1], o[2])):
        if all(i != a and j != b for a, b in pairs):
            pairs.append((i, j))
    return pairs
