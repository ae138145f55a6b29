"""What an article has spoken of so far: the memory in which pronouns and noun phrases find their antecedents."""

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sayso.tasks.articles import Article, EntityType, Mention, MentionForm, Span, SpeakerKind
from sayso.tasks.speakers.gender import Gender
from sayso.tasks.text.english.sentences import sentence_starts

MEMORY = 150  # mentions looked back over for candidates


@dataclass(slots=True)
class Referent:
    """Somebody or something that can be spoken of again.

    Attributes:
        kind: of the speaker that it would be; places are "place" until they speak.
        local: introduced by a noun phrase ("a senior official"), not by a name.
        titles: words of every job title stated beside its names.
        context: words of its name and of its affiliations.
        starts: where it was mentioned, in order.
    """

    referent_id: str
    name: str
    kind: SpeakerKind | EntityType
    local: bool = False
    gender: Gender | None = None
    titles: frozenset[str] = frozenset()
    context: frozenset[str] = frozenset()
    starts: list[int] = field(default_factory=list)

    def last_before(self, offset: int) -> int | None:
        at = bisect_left(self.starts, offset)
        return self.starts[at - 1] if at else None


class Discourse:
    """Positions, mentions and speakers of an article, looked up by bisection."""

    def __init__(self, article: Article, referents: Iterable[Referent], quoted: Sequence[Span]) -> None:
        self.article, self.text = article, article.text
        self.referents = {r.referent_id: r for r in referents}
        self.spoken: list[tuple[int, str]] = []  # (offset, referent) in the order of the text
        self.answers: dict[str, str] = {}  # head noun → the referent that it last stood for
        self._quoted = sorted(quoted)
        self._paragraphs = [p.start for p in article.paragraphs]
        self._sentences = sorted(
            p.start + at for p in article.paragraphs for at in sentence_starts(self.text[p.start : p.end])
        )
        self._mentions: list[Mention] = []
        self._starts: list[int] = []
        self._openers: dict[int, int] = {}  # sentence → start of its first mention
        self._head_sentences: dict[str, list[int]] = {}
        self._alone: dict[str, bool] = {}

    @property
    def mentions(self) -> tuple[Mention, ...]:
        return tuple(self._mentions)

    def sentence(self, offset: int) -> int:
        return bisect_right(self._sentences, offset) - 1

    def paragraph(self, offset: int) -> int:
        return max(0, bisect_right(self._paragraphs, offset) - 1)

    def in_title(self, offset: int) -> bool:
        paragraphs = self.article.paragraphs
        return bool(paragraphs) and paragraphs[self.paragraph(offset)].role == "title"

    def is_quoted(self, offset: int) -> bool:
        at = bisect_right(self._quoted, Span(offset, len(self.text))) - 1
        return at >= 0 and offset < self._quoted[at].end

    def add(self, span: Span, referent_id: str, form: MentionForm) -> bool:
        """Note a mention; False where it would overlap another."""
        at = bisect_left(self._starts, span.start)
        neighbours = self._mentions[max(0, at - 1) : at + 1]
        if any(span.overlaps(m.span) for m in neighbours):
            return False
        self._starts.insert(at, span.start)
        self._mentions.insert(at, Mention(span, referent_id, form))
        self.note(span.start, referent_id)
        return True

    def note(self, offset: int, referent_id: str) -> None:
        """Remember that a referent was spoken of, without a mention of it in the tables."""
        insort(self.referents[referent_id].starts, offset)
        sentence = self.sentence(offset)
        self._openers[sentence] = min(offset, self._openers.get(sentence, offset))

    def opens_sentence(self, offset: int) -> bool:
        return self._openers.get(self.sentence(offset)) == offset

    def within(self, span: Span) -> list[Mention]:
        """The mentions that lie wholly inside a span."""
        low, high = bisect_left(self._starts, span.start), bisect_left(self._starts, span.end)
        return [m for m in self._mentions[low:high] if m.span.end <= span.end]

    def after_mention(self, start: int, offset: int) -> str:
        """The text between the end of the mention that starts at `start` and an offset."""
        at = bisect_left(self._starts, start)
        known = at < len(self._starts) and self._starts[at] == start
        return self.text[self._mentions[at].span.end : offset] if known else self.text[start:offset]

    def before(self, offset: int) -> Iterator[Mention]:
        """The mentions before an offset, the nearest first."""
        at = bisect_left(self._starts, offset)
        return reversed(self._mentions[max(0, at - MEMORY) : at])

    def recent(self, offset: int) -> list[str]:
        """Referents mentioned or heard before an offset, the nearest first."""
        named = [(m.span.start, m.entity_id) for m in self.before(offset)]
        at = bisect_left(self.spoken, (offset, ""))
        heard = self.spoken[max(0, at - MEMORY) : at]
        ordered = sorted([*named, *heard], key=lambda pair: -pair[0])
        return list(dict.fromkeys(referent_id for _, referent_id in ordered))

    def speaker_before(self, offset: int) -> tuple[int, str] | None:
        at = bisect_left(self.spoken, (offset, ""))
        return self.spoken[at - 1] if at else None

    def speak(self, offset: int, referent_id: str) -> None:
        insort(self.spoken, (offset, referent_id))

    def is_named_alone(self, first: str) -> bool:
        """Whether the article calls somebody by this first name alone."""
        if first not in self._alone:
            alone = re.compile(rf"\b{re.escape(first)}\b(?! [A-Z]|[-’'][A-Z])")
            self._alone[first] = alone.search(self.text) is not None
        return self._alone[first]

    def was_introduced(self, head: str, offset: int) -> bool:
        """Whether the lines before speak of "a man" or "another protester" with this noun."""
        before = self.text[max(0, offset - 500) : offset]
        return re.search(rf"\b(?:an?|one|another) (?:[\w-]+ ){{0,3}}{re.escape(head)}\b", before, re.I) is not None

    def beside(self, head: str, referent: Referent, offset: int) -> bool:
        """Whether a sentence before `offset` holds both this noun and a mention of the referent."""
        if head not in self._head_sentences:
            found = re.finditer(rf"\b{re.escape(head)}", self.text, re.IGNORECASE)
            self._head_sentences[head] = [self.sentence(m.start()) for m in found]
        here = self.sentence(offset)
        mine = {self.sentence(start) for start in referent.starts[:MEMORY]}
        return any(s in mine for s in self._head_sentences[head] if s < here)
