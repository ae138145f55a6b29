"""Choose the person that a pronoun stands for, by a handful of weighted, readable features."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from tasks.articles import Article, Mention, Span
from tasks.scoring.context import sentence_starts
from tasks.speakers.gender import Gender

WINDOW = 3  # paragraphs
WEIGHTS = {
    "sentences back": -1.0,
    "paragraphs back": -0.5,
    "first of its sentence": 1.2,
    "spoke last": 1.5,
    "same gender, known": 0.8,
    "inside a quotation": -1.5,
}
PRONOUN = re.compile(r"\b(?:he|him|his|himself|she|her|hers|herself)\b", re.IGNORECASE)
FIRST_PERSON = re.compile(r"\b(?:I|me|my|mine|myself)\b")


class PersonFinder:
    """Ranks the persons named before a pronoun."""

    def __init__(self, article: Article, contents: Sequence[Span], genders: Mapping[str, Gender]) -> None:
        self.article, self.contents, self.genders = article, contents, genders
        self._starts = sorted(
            p.start + at for p in article.paragraphs for at in sentence_starts(article.text[p.start : p.end])
        )

    def sentence(self, offset: int) -> int:
        return bisect_right(self._starts, offset) - 1

    def best(
        self,
        offset: int,
        gender: Gender | None,
        mentions: Sequence[Mention],
        spoke_last: str | None,
        excluded: frozenset[str] = frozenset(),
        inside: Span | None = None,
    ) -> str | None:
        """The entity_id of the likeliest person, None where nobody fits.

        Args:
            offset: where the pronoun stands.
            mentions: mentions of persons before it, in order.
            spoke_last: the speaker of the statement before.
            inside: the content that holds the pronoun; persons named in it come first.
        """
        paragraph, sentence = self.article.paragraph_at(offset), self.sentence(offset)
        scores: dict[str, float] = {}
        first_in: dict[int, int] = {}
        for m in mentions:
            first_in.setdefault(self.sentence(m.span.start), m.span.start)
        for m in mentions:
            back = paragraph - self.article.paragraph_at(m.span.start)
            if m.span.end > offset or back > WINDOW or m.entity_id in excluded:
                continue
            known = self.genders.get(m.entity_id)
            if gender and known and known != gender:
                continue
            if self.article.paragraphs[self.article.paragraph_at(m.span.start)].role == "title":
                back += 1
            in_content = any(c.start <= m.span.start < c.end for c in self.contents)
            features = {
                "sentences back": min(sentence - self.sentence(m.span.start), 6),
                "paragraphs back": back,
                "first of its sentence": first_in[self.sentence(m.span.start)] == m.span.start,
                "spoke last": m.entity_id == spoke_last,
                "same gender, known": bool(gender) and known == gender,
                "inside a quotation": in_content and (inside is None or not inside.start <= m.span.start < inside.end),
            }
            score = sum(WEIGHTS[name] * float(value) for name, value in features.items())
            scores[m.entity_id] = max(score, scores.get(m.entity_id, -99.0))
        return max(scores, key=lambda k: (scores[k], k), default=None)
