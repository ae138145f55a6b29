"""Where the sentences of a paragraph begin and end."""

import re

# A sentence ends at . ! or ? and its closing quotation marks or brackets, before white space.
_SENTENCE_END = re.compile(r"[.!?][\"”’')\]]*\s+(?=[\"“‘'(\[]*[A-Z0-9])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Capt|Rev|Hon|Prof|St|Jr|Sr|vs|No"
    r"|Jan|Feb|Mar|Apr|Aug|Sept|Oct|Nov|Dec|Inc|Corp|Co|Ltd|Del|Va|Md|Pa|Fla|Calif|Mass)|\b[A-Z]\.[A-Z])\.\s+$"
)


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
