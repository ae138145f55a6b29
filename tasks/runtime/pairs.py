"""What a pair classifier reads: a stretch of text, the span that the question is about, the target."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

MAX_TARGET_CHARS = 200
_TIGHTER = 0.95  # of the length that should do, for tokens are not equally long
Encoding = TypeVar("Encoding")


@dataclass(frozen=True, slots=True)
class Pair:
    """One question to a pair classifier.

    Attributes:
        text: the passage.
        target: what the opinion is about; None asks for the tone of the whole passage.
        span: code points `[start, end)` of `text` to mark: the target's mention for sentiment,
            the statement for stance. None marks nothing.
    """

    text: str
    target: str | None = None
    span: tuple[int, int] | None = None


def encode(
    pairs: Sequence[Pair],
    markers: tuple[str, str] | None,
    limit: int,
    tokenize: Callable[[list[tuple[str, ...]]], Sequence[Encoding]],
    length: Callable[[Encoding], int],
) -> list[Encoding]:
    """Encodings of some pairs, of at most `limit` tokens each: what serving, evaluation and training read.

    A passage that is too long loses its ends, the end that is farther from the marked span first; the markers stay.

    Args:
        tokenize: encodes segments (marked passage, or marked passage and target) without truncation.
        length: tokens of an encoding, special ones included.
    """
    shortened = [replace(p, target=p.target and p.target[:MAX_TARGET_CHARS]) for p in pairs]
    encodings = list(tokenize([_segments(p, markers) for p in shortened]))
    while too_long := [i for i, e in enumerate(encodings) if length(e) > limit and any(_segments(shortened[i], None))]:
        for i in too_long:
            shortened[i] = _shorter(shortened[i], limit / length(encodings[i]))
        again = tokenize([_segments(shortened[i], markers) for i in too_long])
        for i, encoding in zip(too_long, again, strict=True):
            encodings[i] = encoding
    return encodings


def _segments(pair: Pair, markers: tuple[str, str] | None) -> tuple[str, ...]:
    text = mark(pair, markers) if markers else pair.text
    return (text,) if pair.target is None else (text, pair.target)


def _shorter(pair: Pair, share: float) -> Pair:
    if pair.target and len(pair.target) > len(pair.text):
        return replace(pair, target=pair.target[: len(pair.target) // 2])
    return crop(pair, int(len(pair.text) * share * _TIGHTER))


def crop(pair: Pair, max_chars: int) -> Pair:
    """Cut a long passage at white space to at most `max_chars`, around its marked span if there is one."""
    text = pair.text
    if len(text) <= max_chars:
        return pair
    start, end = pair.span or (0, 0)
    left = max(0, min((start + end - max_chars) // 2, len(text) - max_chars, start))
    if left:
        space = text.find(" ", left, start)
        left = space + 1 if space >= 0 else left
    right = min(len(text), left + max_chars)
    if right < len(text):
        space = text.rfind(" ", max(left + 1, min(end, right)), right)
        right = space if space > left else right
    span = (start - left, min(end, right) - left) if pair.span else None
    return Pair(text[left:right], pair.target, span)


def mark(pair: Pair, markers: tuple[str, str]) -> str:
    """The passage with the span set between the two marker tokens."""
    if pair.span is None:
        return pair.text
    (start, end), (left, right) = pair.span, markers
    return f"{pair.text[:start]}{left} {pair.text[start:end]} {right}{pair.text[end:]}"
