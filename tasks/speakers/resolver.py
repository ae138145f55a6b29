"""Resolve every source of an article to a speaker, and names and pronouns to the entities they stand for."""

import dataclasses
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from sayso.tasks.articles import (
    Article,
    Entity,
    Mention,
    MentionForm,
    Resolution,
    Span,
    Speaker,
    SpeakerKind,
    Statement,
)
from sayso.tasks.speakers.candidates import Candidates
from sayso.tasks.speakers.descriptions import split_description
from sayso.tasks.speakers.discourse import Discourse, Referent
from sayso.tasks.speakers.entities import find_entities
from sayso.tasks.speakers.features import Anchor
from sayso.tasks.speakers.gender import gender_of_honorific, gender_of_pronoun
from sayso.tasks.speakers.names import Name
from sayso.tasks.speakers.profiles import referents_of
from sayso.tasks.speakers.ranker import Choice, Form, Option, Ranker
from sayso.tasks.speakers.sources import EDGE, Phrase, coordinated, parse_source
from sayso.tasks.text.english.captions import credits_in
from sayso.tasks.text.english.lexicon import BODIES, FAMILY, FIRST, HE, IT, KIN, RELATIVE, ROLES, SECOND, SHE, THEY
from sayso.tasks.text.english.sentences import sentence_starts
from sayso.tasks.text.names import normal, own_id, slug

_PRONOUN = re.compile(r"\b(?:he|him|his|himself|she|her|hers|herself|I|me|my|mine|myself)\b")
_PRONOUN_ANY_CASE = re.compile(_PRONOUN.pattern, re.IGNORECASE)
_NAMED_BODY = re.compile(r"(?:[’']s)? (administration|camp|campaign|government|team|transition team)\b")
_FORMS: dict[Form, frozenset[str]] = {
    "person pronoun": HE | SHE,
    "first person": FIRST,
    "relative": RELATIVE,
    "pronoun": THEY | IT,
}
NESTED = 20  # contents looked back over for the one that holds an offset


def resolve(article: Article, statements: Sequence[Statement], names: Sequence[Name], ranker: Ranker) -> Resolution:
    """Speakers, entities and mentions of one article.

    Args:
        statements: in the order of their first content.
        names: what a `NameFinder` found in `article.text`.
        ranker: chooses between candidate antecedents.
    """
    return _Resolver(article, statements, names, ranker).run()


class _Resolver:
    def __init__(
        self, article: Article, statements: Sequence[Statement], names: Sequence[Name], ranker: Ranker
    ) -> None:
        self.article, self.statements, self.ranker = article, statements, ranker
        prose = [(p.start, credits_in(article.text[p.start : p.end])) for p in article.prose]
        credit = [Span(start + c.start, start + c.end) for start, found in prose for c in found]
        named = find_entities(article, [n for n in names if not any(Span(n.start, n.end).overlaps(c) for c in credit)])
        self.entities: dict[str, Entity] = {e.entity_id: e for e in named.entities}
        known = list(referents_of(article, named))
        self.profiles = {r.referent_id: profile for r, profile in known}
        quoted = [span for s in statements if s.kind != "indirect" for span in s.content]
        self.scene = Discourse(article, (r for r, _ in known), quoted)
        for mention in named.mentions:
            self.scene.add(mention.span, mention.entity_id, mention.form)
        self.shared = named.shared
        self._note_bodies()
        self.persons = {e.entity_id for e in named.entities if e.entity_type == "person"}
        self.named = {normal(article.text[m.span.start : m.span.end]): m.entity_id for m in named.mentions}
        counts = sorted(((-len(r.starts), r.referent_id) for r, _ in known if r.kind == "person"))
        self.candidates = Candidates(self.scene, self.entities, self.persons, [i for _, i in counts[:2]])
        self.speakers: dict[str, Speaker] = {}
        self.ids: list[str | None] = [None] * len(statements)
        self.contents = sorted((span, i) for i, s in enumerate(statements) for span in s.content)
        self.sources = {s.source.start: i for i, s in enumerate(statements) if s.source}
        self.one_word = {start for start, i in self.sources.items() if len(self._text_of(i).split()) == 1}

    def run(self) -> Resolution:
        for _, _, anchor in sorted(self._anchors(), key=lambda a: a[:2]):
            if isinstance(anchor, int):
                self.ids[anchor] = speaker_id = self._speaker_of(anchor)
                self.scene.speak(self._position(anchor), speaker_id)
            elif isinstance(anchor, Span):
                self._resolve_pronoun(anchor)
            else:
                self._resolve_name(*anchor)
        used = [speaker_id or self._unknown() for speaker_id in self.ids]
        aliases, speakers = self._aliases(), {}
        members = {member for speaker_id in used for member in self.speakers[speaker_id].members}
        joined = {speaker_id for speaker_id in self.speakers if self._own(speaker_id) in members}
        for speaker_id in sorted({*used, *joined}):
            speaker, own = self.speakers[speaker_id], self._own(speaker_id)
            names = tuple(sorted(aliases[speaker_id] - {speaker.name}))
            speakers[own] = dataclasses.replace(speaker, speaker_id=own, aliases=names)
        return Resolution(
            tuple(map(self._own, used)),
            tuple(speakers[i] for i in sorted(speakers)),
            tuple(self.entities.values()),
            self.scene.mentions,
        )

    def _note_bodies(self) -> None:
        """Bodies named after somebody ("the Quill campaign") can be spoken of again, though they are no names."""
        for m in self.scene.mentions:
            body = _NAMED_BODY.match(self.article.text, m.span.end)
            entity = self.entities[m.entity_id]
            if body and entity.entity_type in ("person", "place"):
                name = f"{entity.name} {body[1]}"
                referent_id = f"organization:{slug(name)}"
                words = frozenset(name.lower().split())
                self.scene.referents.setdefault(referent_id, Referent(referent_id, name, "organization", context=words))
                self.scene.note(m.span.start, referent_id)

    # Everything that is to be resolved, in the order in which a reader understands it.

    def _anchors(self) -> Iterator[tuple[tuple[int, int], int, int | Span | tuple[Span, tuple[str, ...]]]]:
        """(position, rank, statement | pronoun | name that several bear); a quotation comes after its speaker."""
        for i in range(len(self.statements)):
            yield self._turn(self._position(i), i), 2, i
        for span, ids in self.shared:
            yield self._turn(span.start), 0, (span, ids)
        text = self.article.text
        for p in self.article.prose:
            for match in _PRONOUN_ANY_CASE.finditer(text, p.start, p.end):
                word = match.group()
                if match.start() not in self.one_word and (word.lower() not in FIRST or _PRONOUN.fullmatch(word)):
                    yield self._turn(match.start()), 1, Span(*match.span())

    def _turn(self, position: int, statement: int | None = None) -> tuple[int, int]:
        depth = 0
        holder = self._holder(position, statement)
        while holder is not None and depth < 5 and self.statements[holder].kind != "indirect":
            outer = self._position(holder)
            if outer > position:
                position, depth = outer, depth + 1
            else:
                break
            holder = self._holder(position, holder)
        return position, depth

    def _position(self, i: int) -> int:
        statement = self.statements[i]
        if statement.continues is not None:
            return statement.content[0].start
        if statement.source:
            return statement.source.end
        return (statement.cue or statement.content[0]).start

    def _holder(self, offset: int, but: int | None = None) -> int | None:
        """The statement whose content holds an offset, the innermost where they are nested."""
        at = bisect_right(self.contents, (Span(offset, len(self.article.text) + 1), 0))
        for span, i in reversed(self.contents[max(0, at - NESTED) : at]):
            if offset < span.end and i != but:
                return i
        return None

    def _anchor(self, span: Span, word: str = "", phrase: Phrase | None = None, but: int | None = None) -> Anchor:
        holder = self._holder(span.start, but)
        return Anchor(
            span,
            word,
            gender_of_pronoun(word),
            phrase,
            self.ids[holder] if holder is not None else None,
            holder is not None and self.statements[holder].kind != "indirect",
        )

    # Names that several bear, and pronouns

    def _resolve_name(self, span: Span, ids: tuple[str, ...]) -> None:
        wanted = gender_of_honorific(self.article.text, span.start)
        fitting = [i for i in ids if not wanted or self.scene.referents[i].gender in (wanted, None)] or list(ids)
        options = self.candidates.among(self._anchor(span), fitting, bearers=True)
        chosen = self._choose("shared name", options, self.sources.get(span.start))
        if chosen and chosen.referent_id:
            self.scene.add(span, chosen.referent_id, "partial name")
            self.scene.answers[self.article.text[span.start : span.end]] = chosen.referent_id

    def _resolve_pronoun(self, span: Span) -> None:
        word = self.article.text[span.start : span.end].lower()
        anchor = self._anchor(span, word)
        if word in FIRST:
            if anchor.quoted and anchor.enclosing in self.persons:
                self.scene.add(span, anchor.enclosing, "pronoun")
            return
        chosen = self._choose("person pronoun", self.candidates.persons(anchor), None)
        if chosen and chosen.referent_id in self.entities:
            self._take(chosen.referent_id, anchor)

    def _take(self, referent_id: str, anchor: Anchor) -> None:
        """Note that an anchor stands for a referent, which has the pronoun's gender from now on."""
        referent = self.scene.referents[referent_id]
        if anchor.gender and referent.gender is None:
            referent.gender = anchor.gender
        form: MentionForm = "pronoun" if anchor.word else "nominal"
        if not self.scene.add(anchor.span, referent_id, form):
            self.scene.note(anchor.span.start, referent_id)

    # Sources

    def _speaker_of(self, i: int) -> str:
        statement, source = self.statements[i], self.statements[i].source
        if not self.article.paragraphs:
            return self._unknown()
        if source is None and (subject := self._in_front(i)):
            return self._speaker(subject)
        if statement.continues is not None and source is None:
            return self.ids[statement.continues] or self._unknown()
        text = self._text_of(i)
        if (known := self._by_layout(i, text)) is not None:
            return self._speaker(known)
        if source is None or not text:
            return self._settle(i, "nothing", self._anchor(Span(self._position(i), self._position(i)), "", None, i))
        start = source.start + self.article.text[source.start : source.end].index(text)
        span, word = Span(start, start + len(text)), re.sub(r"[’']s?$", "", text).lower()
        if word in SECOND:
            return self._local("group", "you")
        for form, words in _FORMS.items():
            if word in words:
                if word == "they" and (both := self._two_before(span.start)):
                    return self._joint(both)
                return self._settle(i, form, self._anchor(span, word, None, i))
        if len(together := coordinated(self.article.text, span, self._names_in(span))) > 1:
            return self._joint(together)
        phrase = parse_source(self.article.text, span, self.scene.within(span))
        if phrase.head in FAMILY and phrase.named("owner", "of") and not phrase.named("head", "apposed"):
            return self._local("anonymous" if phrase.head in KIN else "group", phrase.text.removeprefix("the "))
        name = phrase.named("head") or phrase.named("apposed")
        if name and name.form != "pronoun" and not phrase.joined:
            return self._speaker(name.entity_id)
        if known := self.named.get(normal(phrase.name)):
            return self._speaker(known)
        return self._settle(i, "noun phrase", self._anchor(span, "", phrase, i))

    def _in_front(self, i: int) -> str | None:
        """The subject of the sentence in front of a quotation without a cue: Bo Marsh shook his head. “Never.”"""
        statement = self.statements[i]
        start = statement.content[0].start
        if statement.cue or statement.source or statement.kind == "indirect":
            return None
        paragraph = self.article.paragraphs[self.article.paragraph_at(start)]
        before = self.article.text[paragraph.start : start].rstrip()
        opens = paragraph.start + sentence_starts(before)[-1]
        if not re.search(r"\w", before[opens - paragraph.start :]) or self.scene.is_quoted(opens):
            return None
        others = (s for j, s in enumerate(self.statements) if j != i)
        spans = (span for s in others for span in (*s.content, s.cue, s.source) if span)
        if any(span.overlaps(Span(opens, start)) for span in spans):
            return None
        named = [m.entity_id for m in self.scene.within(Span(opens, start)) if m.entity_id in self.entities]
        return next((entity_id for entity_id in named if entity_id in self.persons), None)

    def _by_layout(self, i: int, text: str) -> str | None:
        """Who asks (Q) or answers (A) in an interview; a whole paragraph without cue or source is an answer."""
        statement = self.statements[i]
        paragraph = self.article.paragraphs[self.article.paragraph_at(statement.content[0].start)]
        whole = statement.content == (Span(paragraph.start, paragraph.end),) and statement.cue is None
        answer = whole and statement.kind == "indirect" and paragraph.role != "title"
        if not answer and not (text in ("Q", "A") and statement.cue and self._text_at(statement.cue) == ":"):
            return None
        first = min(s.content[0].start for s in self.statements)
        seen = [m.entity_id for m in self.scene.within(Span(0, first)) if m.entity_id in self.persons]
        ranked = [entity_id for entity_id, _ in Counter(seen).most_common(2)]
        return next(iter(ranked[1:] if text == "Q" else ranked), None)

    def _names_in(self, span: Span) -> list[Mention]:
        """The names of persons and bodies within a span, in order."""
        named = (m for m in self.scene.within(span) if m.form != "pronoun" and m.entity_id in self.entities)
        return [m for m in named if self.entities[m.entity_id].entity_type in ("person", "organization")]

    def _two_before(self, offset: int) -> list[Mention]:
        """The persons named together, "A and B", in the sentences right before an offset."""
        at = self.article.paragraph_at(offset)
        before = self._names_in(Span(self.article.paragraphs[max(0, at - 1)].start, offset))
        persons = [m for m in before if m.entity_id in self.persons]
        for first in range(len(persons) - 2, -1, -1):
            span = Span(persons[first].span.start, persons[-1].span.end)
            together = coordinated(self.article.text, span, persons[first:])
            if len(together) > 1 and not self.scene.in_title(span.start):
                alone = persons[first + len(together) :]
                return together if not alone else []
        return []

    def _joint(self, together: Sequence[Mention]) -> str:
        """Several who speak together: a group of this article alone, with its members."""
        members = [self._own(self._speaker(m.entity_id)) for m in together]
        names = [self.speakers[m.entity_id].name for m in together]
        speaker_id = self._local("group", " and ".join([", ".join(names[:-1]), names[-1]]))
        self.speakers[speaker_id] = dataclasses.replace(
            self.speakers[speaker_id], members=tuple(dict.fromkeys(members))
        )
        return speaker_id

    def _text_at(self, span: Span) -> str:
        return self.article.text[slice(*span)]

    def _text_of(self, i: int) -> str:
        source = self.statements[i].source
        return self.article.text[source.start : source.end].strip(EDGE) if source else ""

    def _settle(self, i: int, form: Form, anchor: Anchor) -> str:
        """Choose who stands behind a source, and register the speaker."""
        chosen = self._choose(form, self.candidates.of(form, anchor, self.statements[i]), i)
        if chosen is None or chosen.kind == "unknown":
            return self._unknown()
        if chosen.referent_id is None:
            return self._author() if chosen.kind == "author" else self._introduce(chosen, anchor)
        if anchor.word or anchor.phrase:
            self._take(chosen.referent_id, anchor)
        if anchor.phrase:
            self.scene.answers[anchor.phrase.head] = chosen.referent_id
        return self._speaker(chosen.referent_id)

    def _choose(self, form: Form, options: Sequence[Option], statement: int | None) -> Option | None:
        return self.ranker.choose(Choice(form, options, statement))

    # Speakers, one method a kind; each registers the speaker and gives its id.

    def _speaker(self, referent_id: str) -> str:
        referent = self.scene.referents[referent_id]
        if referent_id not in self.entities and not referent.local:  # a body named after somebody
            self.entities[referent_id] = Entity(referent_id, referent.name, "organization")
        entity = self.entities.get(referent_id)
        if entity and referent_id not in self.speakers:
            kind: SpeakerKind = "organization" if entity.entity_type == "place" else entity.entity_type
            job, body = self.profiles.get(referent_id, (None, None))
            self.speakers[referent_id] = Speaker(referent_id, entity.name, kind, job, self._full_name(body))
        return referent_id

    def _introduce(self, option: Option, anchor: Anchor) -> str:
        """A speaker that nobody named before: a name that the recogniser missed, or one of this article alone."""
        span = anchor.span
        name, kind = option.name, option.kind
        plain = not re.search(r"[A-Z]", name) or name.lower() in BODIES  # "Ministry" that opens a headline is no name
        if kind == "person" or (kind == "organization" and not plain):
            referent_id = f"{kind}:{slug(name)}"
            if referent_id not in self.entities:
                self.entities[referent_id] = Entity(referent_id, name, kind)
                self.persons |= {referent_id} if kind == "person" else set()
            at = self.article.text.find(name, span.start, span.end)
            span = Span(at, at + len(name)) if at >= 0 else span
        else:
            referent_id = self._local(kind, name, anchor.phrase)
        if referent_id not in self.scene.referents:
            words = frozenset(re.findall(r"[a-z]{3,}", name.lower()))
            local = referent_id not in self.entities
            self.scene.referents[referent_id] = Referent(referent_id, name, kind, local, context=words)
        if not self.scene.add(span, referent_id, "nominal" if referent_id not in self.entities else "name"):
            self.scene.note(span.start, referent_id)
        if anchor.phrase:
            self.scene.answers[anchor.phrase.head] = referent_id
        return self._speaker(referent_id)

    def _local(self, kind: SpeakerKind, name: str, phrase: Phrase | None = None) -> str:
        """A speaker of this article alone, with the body that "a State Department official" speaks for."""
        job = body = None
        if phrase and (kind == "anonymous" or phrase.head.removesuffix("s") in ROLES | {"source", "insider"}):
            job, body = split_description(phrase.text.split(",")[0]) if kind == "anonymous" else (None, None)
            named = phrase.named("modifier", "owner", "of")
            if body is None and named and not named.entity_id.startswith("person:"):
                body = self.entities[named.entity_id].name if named.entity_id in self.entities else None
        speaker_id = f"{kind}:{self.article.article_id}:{slug(name)}"
        self.speakers.setdefault(speaker_id, Speaker(speaker_id, name, kind, job, self._full_name(body)))
        return speaker_id

    def _full_name(self, body: str | None) -> str | None:
        """The name of the entity that a few words name here: "Mrs. Quill" is "Ada Quill"."""
        if body is None:
            return None
        entity_id = self.named.get(normal(body)) or self.named.get(normal(re.sub(r"^[A-Z][a-z]+\. ", "", body)))
        return self.entities[entity_id].name if entity_id else body

    def _unknown(self) -> str:
        speaker_id = f"unknown:{self.article.article_id}"
        self.speakers.setdefault(speaker_id, Speaker(speaker_id, "unknown", "unknown"))
        return speaker_id

    def _author(self) -> str:
        speaker_id = f"author:{self.article.article_id}"
        name = ", ".join(self.article.byline) or "the author"
        self.speakers.setdefault(speaker_id, Speaker(speaker_id, name, "author"))
        return speaker_id

    def _own(self, speaker_id: str) -> str:
        """The id of a speaker: a group that speaks is this article's alone, though others name it too."""
        if speaker_id in self.entities and self.entities[speaker_id].entity_type == "group":
            return own_id(self.article.article_id, speaker_id)
        return speaker_id

    def _aliases(self) -> dict[str, set[str]]:
        """Every form in which a speaker is named."""
        aliases: dict[str, set[str]] = defaultdict(set)
        for m in self.scene.mentions:
            if m.form in ("name", "partial name"):
                aliases[m.entity_id].add(self.article.text[m.span.start : m.span.end])
        return aliases
