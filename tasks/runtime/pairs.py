"""What a pair classifier reads: a text, the span that the question is about, who is who in it, the target."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

MAX_TARGET_CHARS = 200
_TIGHTER = 0.95  # of the length that should do, for tokens are not equally long


class Role(NamedTuple):
    """What a stretch `[start, end)` of a passage, in code points, is to the question: its source, cue or target."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pair:
    """One question to a pair classifier.

    Attributes:
        text: the passage.
        target: what the opinion is about; None asks for the tone of the whole passage.
        span: code points `[start, end)` of `text` to mark: the target's mention for sentiment,
            the statement for stance. None marks nothing.
        roles: what else the passage holds; a model that knows no roles does without.
    """

    text: str
    target: str | None = None
    span: tuple[int, int] | None = None
    roles: tuple[Role, ...] = ()


class Encoding(Protocol):
    """What a tokenizer makes of a passage and its target: `tokenizers.Encoding` has all of it."""

    @property
    def ids(self) -> list[int]: ...
    @property
    def type_ids(self) -> list[int]: ...
    @property
    def offsets(self) -> list[tuple[int, int]]: ...
    @property
    def sequence_ids(self) -> list[int | None]: ...


class Tokens(NamedTuple):
    """A question as a model takes it: token ids, and of each token its type.

    Types are 0 in the passage, 1 in the target behind it, and from 2 on those of the roles that the model knows.
    """

    ids: list[int]
    types: list[int]


def encode(
    pairs: Sequence[Pair],
    markers: tuple[str, str] | None,
    roles: Sequence[str],
    limit: int,
    tokenize: Callable[[list[tuple[str, ...]]], Sequence[Encoding]],
) -> list[Tokens]:
    """Some pairs in at most `limit` tokens each: what serving, evaluation and training read.

    A passage that is too long loses its ends, the end that is farther from the marked span first; the markers stay.

    Args:
        roles: that the model knows, in the order of their token types; of two over one token the later counts.
        tokenize: encodes segments (marked passage, or marked passage and target) without truncation.
    """
    shortened = [replace(p, target=p.target and p.target[:MAX_TARGET_CHARS]) for p in pairs]
    encodings = list(tokenize([_segments(p, markers) for p in shortened]))
    while too_long := [i for i, e in enumerate(encodings) if len(e.ids) > limit and any(_segments(shortened[i], None))]:
        for i in too_long:
            shortened[i] = _shorter(shortened[i], limit / len(encodings[i].ids))
        again = tokenize([_segments(shortened[i], markers) for i in too_long])
        for i, encoding in zip(too_long, again, strict=True):
            encodings[i] = encoding
    return [Tokens(e.ids, _types(p, e, markers, roles)) for p, e in zip(shortened, encodings, strict=True)]


def _types(pair: Pair, encoding: Encoding, markers: tuple[str, str] | None, roles: Sequence[str]) -> list[int]:
    types: list[int] = encoding.type_ids
    known = sorted((roles.index(r.name), r) for r in pair.roles if r.name in roles)
    if not known:
        return types
    spans = [(kind + 2, *_marked(pair, role, markers)) for kind, role in known]
    for i, (sequence, (low, high)) in enumerate(zip(encoding.sequence_ids, encoding.offsets, strict=True)):
        if sequence == 0:
            types[i] = next((t for t, start, end in reversed(spans) if low < end and start < high), 0)
    return types


def _marked(pair: Pair, role: Role, markers: tuple[str, str] | None) -> tuple[int, int]:
    """Where a stretch of the passage stands once the markers are set."""

    def moved(at: int) -> int:
        if pair.span is None or markers is None or at < pair.span[0]:
            return at
        left, right = len(markers[0]) + 1, len(markers[1]) + 1
        return at + left + (right if at >= pair.span[1] else 0)

    return moved(role.start), moved(role.end - 1) + 1


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
    kept = (Role(r.name, max(r.start, left) - left, min(r.end, right) - left) for r in pair.roles)
    return Pair(text[left:right], pair.target, span, tuple(r for r in kept if r.start < r.end))


def mark(pair: Pair, markers: tuple[str, str]) -> str:
    """The passage with the span set between the two marker tokens."""
    if pair.span is None:
        return pair.text
    (start, end), (left, right) = pair.span, markers
    return f"{pair.text[:start]}{left} {pair.text[start:end]} {right}{pair.text[end:]}"
