"""Resolve every source of an article to a speaker, and pronouns to the persons they stand for."""

import re
from collections.abc import Sequence

from tasks.articles import Article, Entity, Mention, MentionForm, Resolution, Span, Speaker, SpeakerKind, Statement
from tasks.scoring.context import sentence_starts
from tasks.speakers.descriptions import after_name, apposed_before, before_name, split_description
from tasks.speakers.entities import find_entities, slug
from tasks.speakers.gender import gender_of_pronoun, genders
from tasks.speakers.lexicon import (
    BODY_WORDS,
    FIRST,
    FUNCTION_WORDS,
    HE,
    HONORIFICS,
    INDEFINITE,
    IT,
    RELATIVE,
    ROLES,
    SHE,
    THEY,
    VAGUE,
)
from tasks.speakers.names import Name
from tasks.speakers.pronouns import FIRST_PERSON, PRONOUN, PersonFinder
from tasks.speakers.sources import Phrase, is_plural, parse_source

_KIND_OF_TYPE: dict[str, SpeakerKind] = {
    "person": "person",
    "organization": "organization",
    "place": "organization",  # "Russia said": its government
    "group": "group",
}


def resolve(article: Article, statements: Sequence[Statement], names: Sequence[Name]) -> Resolution:
    """Speakers, entities and mentions of one article.

    Args:
        statements: in the order of their first content.
        names: what a `NameFinder` found in `article.text`.
    """
    return _Resolver(article, statements, names).run()


class _Resolver:
    def __init__(self, article: Article, statements: Sequence[Statement], names: Sequence[Name]) -> None:
        self.article, self.statements = article, statements
        named = find_entities(article, names)
        self.entities: dict[str, Entity] = {e.entity_id: e for e in named.entities}
        self.mentions: dict[Span, Mention] = {m.span: m for m in named.mentions}
        self.speakers: dict[str, Speaker] = {}
        self.spoken: list[tuple[int, str]] = []  # (offset, speaker_id) in the order of resolving
        self.ids: list[str | None] = [None] * len(statements)
        persons = {e.entity_id: e.name for e in named.entities if e.entity_type == "person"}
        self.persons = frozenset(persons)
        self.genders = genders(article, named.mentions, persons)
        self.finder = PersonFinder(
            article, [k for s in statements if s.kind != "indirect" for k in s.content], self.genders
        )
        self.described = {e: self._describe(e) for e in persons}

    def run(self) -> Resolution:
        order = sorted(range(len(self.statements)), key=self._position)
        for i in order:
            self.ids[i] = self._speaker_of(i)
            self.spoken.append((self._position(i), self.ids[i]))
        self._resolve_pronouns()
        used = [speaker_id or self._unknown() for speaker_id in self.ids]
        mentions = tuple(sorted(self.mentions.values(), key=lambda m: m.span))
        speakers = tuple(self._finished(s, mentions) for k, s in sorted(self.speakers.items()) if k in set(used))
        return Resolution(tuple(used), speakers, tuple(self.entities.values()), mentions)

    def _position(self, i: int) -> int:
        statement = self.statements[i]
        anchor = statement.source or statement.cue or statement.content[0]
        return max(anchor.start, statement.content[0].start if statement.continues is not None else 0)

    def _finished(self, speaker: Speaker, mentions: Sequence[Mention]) -> Speaker:
        entity = self.entities.get(speaker.speaker_id)
        return Speaker(
            speaker.speaker_id,
            speaker.name,
            speaker.kind,
            speaker.job_title,
            speaker.affiliation,
            entity.aliases if entity else speaker.aliases,
        )

    def _describe(self, entity_id: str) -> tuple[str | None, str | None]:
        """Title and affiliation of a person from the words beside its mentions, the first that say so."""
        job = affiliation = None
        for mention in self.mentions.values():
            if mention.entity_id != entity_id:
                continue
            stated, body = after_name(self.article.text, mention.span.end)
            if stated and (job is None or (affiliation is None and body)):
                job, affiliation = stated, body
            elif job is None:
                job = before_name(self.article.text, mention.span.start)
                if job is None:
                    job, affiliation = apposed_before(self.article.text, mention.span.start)
        return job, self._full_name(affiliation)

    def _full_name(self, phrase: str | None) -> str | None:
        """ "Mrs. Clinton" to the name of the entity that these words name here."""
        if phrase is None:
            return None
        for mention in self.mentions.values():
            text = self.article.text[mention.span.start : mention.span.end]
            if phrase == text or phrase.endswith(f". {text}"):
                return self.entities[mention.entity_id].name
        return phrase

    # Speakers, one method a kind; each registers the speaker and gives its id.

    def _entity(self, entity_id: str) -> str:
        entity = self.entities[entity_id]
        job, affiliation = self.described.get(entity_id, (None, None))
        kind = _KIND_OF_TYPE[entity.entity_type]
        self.speakers.setdefault(entity_id, Speaker(entity_id, entity.name, kind, job, affiliation))
        return entity_id

    def _local(self, kind: SpeakerKind, name: str, affiliation: str | None = None, job: str | None = None) -> str:
        """A speaker of this article alone."""
        speaker_id = f"{kind}:{self.article.article_id}:{slug(name)}"
        self.speakers.setdefault(speaker_id, Speaker(speaker_id, name, kind, job, affiliation))
        return speaker_id

    def _unknown(self) -> str:
        speaker_id = f"unknown:{self.article.article_id}"
        self.speakers.setdefault(speaker_id, Speaker(speaker_id, "unknown", "unknown"))
        return speaker_id

    def _author(self) -> str:
        speaker_id = f"author:{self.article.article_id}"
        name = ", ".join(self.article.byline) or "the author"
        self.speakers.setdefault(speaker_id, Speaker(speaker_id, name, "author"))
        return speaker_id

    def _add_entity(self, kind: str, name: str, span: Span) -> str:
        """An entity that the recogniser missed and the source phrase shows."""
        entity_id = f"{kind}:{slug(name)}"
        if entity_id not in self.entities:
            self.entities[entity_id] = Entity(entity_id, name, kind)  # type: ignore[arg-type]
            self.persons |= {entity_id} if kind == "person" else frozenset()
        self._mention(span, entity_id, "name")
        return self._entity(entity_id)

    def _mention(self, span: Span, entity_id: str, form: MentionForm) -> None:
        if entity_id in self.entities and not any(span.overlaps(other) for other in self.mentions):
            self.mentions[span] = Mention(span, entity_id, form)

    # Sources

    def _speaker_of(self, i: int) -> str:
        statement = self.statements[i]
        if statement.source is None:
            before = self.ids[statement.continues] if statement.continues is not None else None
            return before or self._unknown()
        source = statement.source
        text = self.article.text[source.start : source.end].strip(" ,.:;\"“”‘’'—–-[]()")
        word = re.sub(r"[’']s?$", "", text).lower()
        if word in HE | SHE | THEY | IT | FIRST | RELATIVE | INDEFINITE or not text:
            return self._by_pronoun(word, source, statement)
        inside = [m for s, m in sorted(self.mentions.items()) if source.start <= s.start and s.end <= source.end]
        return self._by_phrase(parse_source(self.article, source, inside, self.persons), source)

    def _by_pronoun(self, word: str, source: Span, statement: Statement) -> str:
        enclosing = self._enclosing(source, statement)
        if word in FIRST:
            owner = self.ids[enclosing] if enclosing is not None else None
            return owner or self._author()
        if word in HE | SHE:
            unnamed = self._unnamed_before(source.start)
            person = None if unnamed else self._person_before(source.start, word, frozenset())
            if person:
                self._mention(source, person, "pronoun")
                return self._entity(person)
            return unnamed or self._recent_speaker(source.start, ("anonymous",)) or self._unknown()
        if word in RELATIVE:
            return self._antecedent(source) or self._unknown()
        if word in THEY | IT:
            wanted = ("group", "organization") if word in THEY else ("organization",)
            found = self._recent_speaker(source.start, wanted) or (
                self._recent_entity(source.start, ("organization",)) if word in IT else None
            )
            if found:
                self._mention(source, found, "pronoun")
                return found
            if word in THEY:
                return self._plural_before(source.start) or self._unknown()
        return self._unknown()

    def _unnamed_before(self, offset: int) -> str | None:
        """The anonymous speaker of the statement before, if nobody was named since in this paragraph."""
        if not self.spoken or self.speakers[self.spoken[-1][1]].kind != "anonymous":
            return None
        at, speaker_id = self.spoken[-1]
        named = any(at < s.start < offset and m.entity_id in self.persons for s, m in self.mentions.items())
        same = self.article.paragraph_at(at) == self.article.paragraph_at(offset)
        return speaker_id if same and not named else None

    def _plural_before(self, offset: int) -> str | None:
        """The group that opens a sentence before "they said" in the same paragraph."""
        paragraph = self.article.paragraphs[self.article.paragraph_at(offset)]
        before = self.article.text[paragraph.start : offset]
        for start in reversed(sentence_starts(before)):
            first = re.match(r"(?:The |Some |Many )?([\w-]{4,}s)\b", before[start:])
            if first and first[1].lower() not in FUNCTION_WORDS | {"this"} and not first[1].endswith("ss"):
                return self._local("group", first[1])
        return None

    def _enclosing(self, source: Span, statement: Statement) -> int | None:
        for i, other in enumerate(self.statements):
            if other is not statement and any(k.start <= source.start and source.end <= k.end for k in other.content):
                return i
        return None

    def _person_before(
        self, offset: int, pronoun: str, excluded: frozenset[str], inside: Span | None = None
    ) -> str | None:
        people = [m for s, m in sorted(self.mentions.items()) if m.entity_id in self.persons and s.end <= offset]
        last = next((k for at, k in reversed(self.spoken) if at < offset), None)
        return self.finder.best(offset, gender_of_pronoun(pronoun), people, last, excluded, inside)

    def _recent_speaker(self, offset: int, kinds: tuple[str, ...]) -> str | None:
        paragraph = self.article.paragraph_at(offset)
        for at, speaker_id in reversed(self.spoken):
            if (
                at < offset
                and paragraph - self.article.paragraph_at(at) <= 3
                and self.speakers[speaker_id].kind in kinds
            ):
                return speaker_id
        return None

    def _recent_entity(self, offset: int, types: tuple[str, ...], head: str = "") -> str | None:
        for span, mention in sorted(self.mentions.items(), reverse=True):
            entity = self.entities[mention.entity_id]
            if span.end <= offset and entity.entity_type in types and head in entity.name.lower():
                return self._entity(mention.entity_id)
        return None

    def _antecedent(self, source: Span) -> str | None:
        """Whom "who" follows: a name, a name with an apposition, or the noun right before it."""
        for span, mention in sorted(self.mentions.items(), reverse=True):
            if span.end <= source.start:
                between = self.article.text[span.end : source.start]
                if re.fullmatch(r",?\s*|, (?:an?|the) [^.!?\n]{1,100}, ", between):
                    return self._entity(mention.entity_id)
                break
        noun = re.search(r"([\w’'-]+),?\s*$", self.article.text[max(0, source.start - 40) : source.start])
        return self._local("group", noun[1]) if noun and is_plural(noun[1].lower(), noun[1]) else None

    def _by_phrase(self, phrase: Phrase, source: Span) -> str:
        mention, name = phrase.mention, phrase.chunk
        match phrase.shape:
            case "name" | "owner" if mention:
                return self._entity(mention.entity_id)
            case "names" | "group":
                if phrase.head in ("sources", "aides", "insiders") and phrase.shape == "group":
                    return self._local("anonymous", name, self._owner_name(mention))
                return self._local("group", name)
            case "document":
                return self._behind_document(phrase, source)
            case "body":
                return self._body(phrase, source)
            case "proper":
                return self._proper(phrase, source)
        return self._nominal(phrase, source)

    def _owner_name(self, mention: Mention | None) -> str | None:
        return self.entities[mention.entity_id].name if mention else None

    def _behind_document(self, phrase: Phrase, source: Span) -> str:
        if phrase.mention:
            return self._entity(phrase.mention.entity_id)
        owner = re.match(r"(his|her)\b", self.article.text[source.start : source.end], re.IGNORECASE)
        if owner:
            person = self._person_before(source.start, owner[1], frozenset())
            if person:
                return self._entity(person)
        found = phrase.definite and self._recent_speaker(source.start, ("organization",))
        return found or self._unknown()

    def _body(self, phrase: Phrase, source: Span) -> str:
        text = self.article.text[source.start : source.end]
        owner = re.match(r"(his|her)\b", text, re.IGNORECASE)
        if owner:
            person = self._person_before(source.start, owner[1], frozenset())
            if person:
                return self._add_entity("organization", f"{self.entities[person].name} {phrase.head}", source)
        if phrase.mention:
            full = self.entities[phrase.mention.entity_id].name
            named = self.article.text[phrase.mention.span.start : phrase.mention.span.end]
            name = re.sub(rf"^{re.escape(named)}(?:[’']s?)?\s", f"{full} ", phrase.chunk)
            return self._add_entity("organization", name, source)
        if phrase.definite:
            found = self._recent_entity(source.start, ("organization",), phrase.head) or (
                self._recent_speaker(source.start, ("organization",))
            )
            if found:
                self._mention(source, found, "nominal")
                return found
        if re.search(r"[A-Z]", phrase.chunk):
            return self._add_entity("organization", phrase.chunk, source)
        return self._local("organization", phrase.chunk)

    def _proper(self, phrase: Phrase, source: Span) -> str:
        """A capitalised phrase that the recogniser did not take for a name."""
        words = phrase.chunk.split()
        while len(words) > 1 and words[0].strip(".").lower() in ROLES | HONORIFICS:
            words = words[1:]
        name = " ".join(words)
        known = self.entities.get(f"person:{slug(name)}")
        if known:
            return self._entity(known.entity_id)
        last = next((e for e in self.persons if e.endswith(f"-{slug(words[-1])}")), None)
        if last and len(words) == 1:
            return self._entity(last)
        body = words[-1].lower() in BODY_WORDS or re.match(
            r",? which\b", self.article.text[source.start + len(phrase.chunk) :]
        )
        kind = "person" if 2 <= len(words) <= 3 and not body and name.replace(" ", "").isalpha() else "organization"
        start = self.article.text.find(name, source.start, source.end)
        if start < 0 or len(words) > 6:
            return self._local("organization", name)
        return self._add_entity(kind, name, Span(start, start + len(name)))

    def _nominal(self, phrase: Phrase, source: Span) -> str:
        """ "the senator" is the person with that title; "a senior official" stays anonymous."""
        text = " ".join(self.article.text[source.start : source.end].split())
        job, affiliation = split_description(text.split(",")[0])
        if phrase.definite:
            titled = [e for e in self._recent_persons(source.start) if self._has_title(e, phrase)]
            later = [e for e in sorted(self.persons) if self._has_title(e, phrase)]
            titled = titled or (later if len(later) == 1 else [])
            if titled:
                self._mention(source, titled[0], "nominal")
                return self._entity(titled[0])
            for _, speaker_id in reversed(self.spoken):
                speaker = self.speakers[speaker_id]
                if speaker.kind == "anonymous" and slug(speaker.name).split("-")[-1] == slug(phrase.head):
                    return speaker_id
        if phrase.head in VAGUE or not phrase.head:
            return self._unknown() if not phrase.head else self._local("anonymous", phrase.chunk)
        return self._local(
            "anonymous", phrase.chunk, self._full_name(affiliation) or self._owner_name(phrase.mention), job
        )

    def _recent_persons(self, offset: int) -> list[str]:
        before = [m.entity_id for s, m in sorted(self.mentions.items(), reverse=True) if s.end <= offset]
        return list(dict.fromkeys(e for e in before if e in self.persons))

    def _has_title(self, entity_id: str, phrase: Phrase) -> bool:
        job = (self.described.get(entity_id, (None, None))[0] or "").lower()
        words = {_long_form(w) for w in re.findall(r"[\w-]+", job)}
        return _long_form(phrase.head) in words

    # Pronouns that are no sources

    def _resolve_pronouns(self) -> None:
        text = self.article.text
        for p in self.article.paragraphs:
            if p.role == "boilerplate":
                continue
            for match in sorted(
                [*PRONOUN.finditer(text, p.start, p.end), *FIRST_PERSON.finditer(text, p.start, p.end)],
                key=lambda m: m.start(),
            ):
                span = Span(*match.span())
                holder = self._holder(span)
                if holder is None:
                    person = (
                        self._person_before(span.start, match.group(), frozenset())
                        if PRONOUN.fullmatch(match.group())
                        else None
                    )
                else:
                    person = self._in_content(match.group(), span, *holder)
                if person:
                    self._mention(span, person, "pronoun")

    def _holder(self, span: Span) -> tuple[int, Span] | None:
        for i, statement in enumerate(self.statements):
            for content in statement.content:
                if content.start <= span.start < content.end:
                    return i, Span(statement.content[0].start, content.end)
        return None

    def _in_content(self, word: str, span: Span, i: int, inside: Span) -> str | None:
        """In a quotation "I" is the speaker and "he" is not; in reported speech "he" mostly is."""
        speaker = self.ids[i]
        person = speaker if speaker in self.persons else None
        if word.lower() in FIRST:
            return person if self.statements[i].kind != "indirect" else None
        reported = self.statements[i].kind == "indirect"
        known, wanted = self.genders.get(person or ""), gender_of_pronoun(word)
        if reported and person and (known is None or known == wanted):
            return person
        excluded = frozenset({person}) if person and not reported else frozenset()
        return self._person_before(span.start, word, excluded, inside)


_LONG = {
    "sen": "senator",
    "rep": "representative",
    "gov": "governor",
    "gen": "general",
    "congressman": "representative",
    "congresswoman": "representative",
}


def _long_form(word: str) -> str:
    return _LONG.get(word, word)
