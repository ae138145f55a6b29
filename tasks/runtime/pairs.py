"""What a pair classifier reads: a stretch of text, the span that the question is about, the target."""

from dataclasses import dataclass

CHARS_PER_TOKEN = 5  # more than English has, so that crops are seldom cut again by a tokenizer


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
