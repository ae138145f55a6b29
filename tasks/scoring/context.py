"""What a pair classifier reads: a stretch of text, the span that the question is about, the target."""

import re
from dataclasses import dataclass

CHARS_PER_TOKEN = 5  # more than English has, so that crops are seldom cut again by a tokenizer
# A sentence ends at . ! or ? and its closing quotation marks or brackets, before white space.
_SENTENCE_END = re.compile(r"[.!?][\"”’')\]]*\s+(?=[\"“‘'(\[]*[A-Z0-9])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Capt|Rev|Hon|Prof|St|Jr|Sr|vs|No"
    r"|Jan|Feb|Mar|Apr|Aug|Sept|Oct|Nov|Dec|Inc|Corp|Co|Ltd|Del|Va|Md|Pa|Fla|Calif|Mass)|\b[A-Z]\.[A-Z])\.\s+$"
)


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


def sentence_starts(text: str) -> list[int]:
    """Offsets at which the sentences of one paragraph start, the first of them 0."""
    starts = [0]
    for match in _SENTENCE_END.finditer(text):
        if not _ABBREVIATION.search(text[: match.end()][-12:]):
            starts.append(match.end())
    return starts


def sentences_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The smallest run of whole sentences of `text` that covers `[start, end)`."""
    starts = sentence_starts(text)
    first = max(s for s in starts if s <= start)
    last = min((s for s in starts if s >= end), default=len(text))
    return first, last


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
