"""What the reader reads, and its tokens: one function for training and evaluation alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from tokenizers import Tokenizer

from sayso.tasks.runtime.pairs import Role

ROLES = ("content", "cue", "source", "target")
Aim = Sequence[float] | None  # a probability of each label; None where nobody has told


@dataclass(frozen=True, slots=True)
class Question:
    """A statement and a target: who says what about whom.

    Attributes:
        roles: stretches of the text; none for the content where the whole text is meant, none for the target where it
            is the page's second segment.
        stance: against, neutral, favor.
        sentiment: negative, neutral, positive.
        confident: whether no careful reader would differ.
    """

    roles: tuple[Role, ...]
    stance: Aim = None
    sentiment: Aim = None
    confident: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of text that is read once, with all that is known of it.

    Attributes:
        source: the dataset.
        target: a second segment, for a target that does not stand in the text.
        tags: (kind, start, end) of sources, cues and contents; None where nobody has marked them.
        names: (kind, start, end); None likewise.
        tones: the stretches of a text whose tone is known (none: all of it), with the probability of each label.
    """

    text: str
    source: str
    target: str | None = None
    tags: tuple[Role, ...] | None = None
    names: tuple[Role, ...] | None = None
    tones: tuple[tuple[tuple[Role, ...], Sequence[float]], ...] = ()
    questions: tuple[Question, ...] = field(default=())


class Laid(NamedTuple):
    """A page as tokens.

    Attributes:
        ids: with the special ones.
        segments: 0 in the text, 1 in the second segment.
        offsets: (tokens, 2) code points of the text; (0, 0) outside of it.
    """

    ids: list[int]
    segments: list[int]
    offsets: np.ndarray


def lay_out(tokenizer: Tokenizer, page: Page, limit: int) -> Laid:
    """The tokens of a page: at most `limit`, the text cut at its end."""
    encoding = tokenizer.encode(page.text, page.target) if page.target is not None else tokenizer.encode(page.text)
    ids, segments = list(encoding.ids), list(encoding.type_ids)
    inside = np.array([sequence == 0 for sequence in encoding.sequence_ids])
    offsets = np.where(inside[:, None], np.array(encoding.offsets), 0)
    if (over := len(ids) - limit) > 0:
        last = int(np.flatnonzero(inside)[-1]) + 1
        keep = np.r_[0 : max(last - over, 1), last : len(ids)][:limit]
        ids, segments, offsets = [ids[i] for i in keep], [segments[i] for i in keep], offsets[keep]
    return Laid(ids, segments, offsets)


def covered(laid: Laid, start: int, end: int) -> np.ndarray:
    """Which tokens a stretch of the text touches."""
    return (laid.offsets[:, 0] < end) & (laid.offsets[:, 1] > start)


def bits(laid: Laid, roles: Sequence[Role]) -> np.ndarray:
    """(tokens, roles) float: what each token is to a question; the second segment is the target."""
    out = np.zeros((len(laid.ids), len(ROLES)), np.float32)
    for role in roles:
        out[covered(laid, role.start, role.end), ROLES.index(role.name)] = 1
    if not out[:, ROLES.index("target")].any():
        out[np.array(laid.segments) == 1, ROLES.index("target")] = 1
    if not out[:, 0].any():
        out[laid.offsets[:, 1] > 0, 0] = 1
    return out


def bio(laid: Laid, spans: Sequence[Role], labels: Sequence[str]) -> np.ndarray:
    """(tokens,) numbers of BIO labels, -100 outside of the text; of spans that overlap the later one counts."""
    out = np.where(laid.offsets[:, 1] > 0, 0, -100)
    for kind, start, end in sorted(spans, key=lambda s: s.start):
        inside = np.flatnonzero(covered(laid, start, end))
        if len(inside):
            out[inside] = labels.index(f"I-{kind}")
            out[inside[0]] = labels.index(f"B-{kind}")
    return out
