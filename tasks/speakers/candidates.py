"""Whom a source or a pronoun could stand for: the options that the ranker chooses from."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from sayso.tasks.articles import Entity, SpeakerKind, Statement
from sayso.tasks.speakers.discourse import Discourse
from sayso.tasks.speakers.features import Anchor, antecedent, bearer, newcomer, nobody
from sayso.tasks.speakers.ranker import Form, Option
from sayso.tasks.speakers.sources import EDGE, Phrase, is_plural
from sayso.tasks.text.english.lexicon import (
    FEMALE_WORDS,
    FUNCTION_WORDS,
    HONORIFICS,
    KIN,
    MALE_WORDS,
    RELATIVE,
    ROLES,
)

_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being)\b", re.IGNORECASE)
_IMPRESSION = re.compile(
    r"\b(?:seem|appear|look|sound|clear|reason|question|likely|argument|hard|show|mean)\w*", re.IGNORECASE
)
_NOUN_BEFORE = re.compile(
    r"(?:\b(?:the|an?|one|some|those) (?:[\w’'-]+ ){0,3})?\b([\w’'%-]+)"
    r"(?: (?:in|of|at|to|for|with|from|familiar with) (?:the )?[\w’' -]{2,30})?\W{0,3}$"
)
_PUBLISHER = re.compile(r"((?:[A-Z][\w/&.-]*\s+)*[A-Z][\w/&.-]*)(?:[’']s)?\s+(?:[a-z-]+\s+)*[\w-]+$")
_OPENER = re.compile(
    r"(?:^|[.!?;,][\"”’]?\s+)(?:The |As |While |When |But |Some |Many |Most )?(?:[\w-]+ )??([\w-]{4,}s)\b"
)
_PERSON_NOUNS = sorted((ROLES | KIN | {"man", "woman", "boy", "girl"}) - HONORIFICS)
_SOMEBODY = re.compile(  # "a baker" and "The driver of the first lorry", but not what is said of a name: "is a baker"
    rf"(?<!\bis )(?<!\bwas )(?<!\bas )(?<!\bbe )(?<!\bbecame )(?<!, )(?<![—–-] )"
    rf"\b([Aa]n?|[Tt]he|[Oo]ne|[Aa]nother) ((?:[a-z’'-]+ ){{0,3}}?(?:[a-z]+-)?({'|'.join(_PERSON_NOUNS)}))"
    rf"(?![\w’'-])(?!,? (?:[a-z’'-]+ )?[A-Z])(?! (?:[a-z’'-]+ )?(?:{'|'.join(_PERSON_NOUNS)})\b)"
)
_TWO = re.compile(r"(?:both|each|(?:the|these|those|all) two)\b", re.IGNORECASE)
_PLURAL = frozenset(["we", "us", "our", "ours", "ourselves"])
_NEWCOMERS: tuple[SpeakerKind, ...] = ("group", "anonymous", "organization", "person")
NEAREST = 12  # referents looked at, the nearest first
LOOK_BACK = 500  # code points, for a noun that no name stands for


class Candidates:
    """Builds options from what an article has spoken of.

    Args:
        entities: by id; the resolver adds to it as it goes.
        people: ids of the persons, likewise.
        most_mentioned: the persons whom the article names most.
    """

    def __init__(
        self, scene: Discourse, entities: Mapping[str, Entity], people: set[str], most_mentioned: Sequence[str]
    ) -> None:
        self.scene, self.entities, self.people, self.most_mentioned = scene, entities, people, most_mentioned

    def of(self, form: Form, anchor: Anchor, statement: Statement) -> list[Option]:
        """Candidates for the source of a statement."""
        if anchor.phrase:
            return self._of_phrase(anchor, anchor.phrase)
        match form:
            case "person pronoun":
                return self.persons(anchor)
            case "first person":
                ids = [anchor.enclosing] if anchor.enclosing else []
                before = self.scene.speaker_before(anchor.span.start)
                ids += [before[1]] if before else []
                author = not anchor.quoted
                return [*self.among(anchor, ids), *_nobody(author=author, plural=anchor.word in _PLURAL)]
            case "pronoun" | "relative":
                options = self.among(anchor, self.scene.recent(anchor.span.start)[:NEAREST])
                return [*options, *self._noun_before(anchor), *_nobody(author=False)]
        # Nothing in the text says who speaks.
        ids = [*self.scene.recent(anchor.span.start)[:6], *self.most_mentioned]
        cue = self.scene.text[statement.cue.start : statement.cue.end] if statement.cue else ""
        traits = {
            "passive": bool(_PASSIVE.search(cue)),
            "impression": bool(_IMPRESSION.search(cue)),
            "no_cue": not cue,
            "acting": bool(re.match(r"[a-z]+ing\b", cue)),
            "quotation": statement.kind == "direct",
        }
        return [*self.among(anchor, ids), *_nobody(author=statement.kind == "indirect", **traits)]

    def persons(self, anchor: Anchor) -> list[Option]:
        """Persons of the right gender; in a quotation "he" is not the one who speaks."""
        ids = []
        for referent_id in (*self.scene.recent(anchor.span.start), *self.most_mentioned):
            referent = self.scene.referents.get(referent_id)
            fits = referent and referent.kind in ("person", "anonymous") and referent.gender in (anchor.gender, None)
            if fits and not (anchor.quoted and referent_id == anchor.enclosing):
                ids.append(referent_id)
        return [*self.among(anchor, ids[:NEAREST]), *self._somebody_before(anchor, ids), *_nobody(author=False)]

    def _somebody_before(self, anchor: Anchor, ids: Sequence[str]) -> list[Option]:
        """ "driver" of "The driver climbed down" before "he", where no person who fits was mentioned since.

        Args:
            ids: the persons who fit.
        """
        paragraph = self.scene.paragraph(anchor.span.start)
        near = self.scene.article.paragraphs[max(0, paragraph - 1) : paragraph + 1]
        start = next((p.start for p in near if p.role != "title"), anchor.span.start)
        last = max((self.scene.referents[i].last_before(anchor.span.start) or 0 for i in ids), default=0)
        titles = {title for person in self.people for title in self.scene.referents[person].titles}
        wrong = MALE_WORDS if anchor.gender == "female" else FEMALE_WORDS
        found = [
            m
            for m in _SOMEBODY.finditer(self.scene.text, max(start, last), anchor.span.start)
            if m[3] not in titles | wrong and self.scene.is_quoted(m.start()) == anchor.quoted
        ]
        if not found:
            return []
        here = float(self.scene.paragraph(found[0].start()) == paragraph)
        features = {"new anonymous": 1.0, "new anonymous, in this paragraph": here}
        return [Option(None, found[0][2], "anonymous", features)]

    def _of_phrase(self, anchor: Anchor, phrase: Phrase) -> list[Option]:
        ids = [m.entity_id for m, _ in phrase.inside]
        if answer := self.scene.answers.get(phrase.head):
            ids.append(answer)
        ids += self.scene.recent(anchor.span.start)[:NEAREST]
        if phrase.head_class in ("role", "other"):
            ids += self.most_mentioned
            ids += [r for r in sorted(self.people) if phrase.head in self.scene.referents[r].titles]
        new = [
            Option(None, name, kind, newcomer(self.scene, anchor.span.start, kind, phrase))
            for kind in _NEWCOMERS
            if (name := self._name_of(kind, phrase, self.scene.in_title(anchor.span.start)))
        ]
        return [
            *self.among(anchor, ids),
            *new,
            *self._two(anchor, phrase),
            *_nobody(phrase, author=phrase.head_class == "document"),
        ]

    def _two(self, anchor: Anchor, phrase: Phrase) -> list[Option]:
        """The two persons, or places, named last, where "both", "the two men" or "the two countries" ask for them."""
        if phrase.inside or not _TWO.match(phrase.text):
            return []
        wanted = "place" if phrase.head in ("countries", "nations", "states", "cities") else "person"
        recent = (self.scene.referents.get(r) for r in self.scene.recent(anchor.span.start))
        names = [r.name for r in recent if r and r.kind == wanted][:2]
        return [Option(None, " and ".join(reversed(names)), "group", {"two of them": 1.0})] if len(names) == 2 else []

    def among(self, anchor: Anchor, ids: Sequence[str], bearers: bool = False) -> list[Option]:
        """The given referents as candidates, the nearest first; ids of the author and of nobody are passed over.

        Args:
            bearers: the anchor is a surname that all of them bear.
        """
        options: list[Option] = []
        ranks: Counter[str] = Counter()
        for referent_id in dict.fromkeys(ids):
            referent = self.scene.referents.get(referent_id)
            if referent is None:
                continue
            features = antecedent(self.scene, anchor, referent, ranks[referent.kind])
            ranks[referent.kind] += 1
            if bearers:
                features |= bearer(self.scene, anchor, referent)
            kind: SpeakerKind = "organization" if referent.kind == "place" else referent.kind
            options.append(Option(referent_id, referent.name, kind, features))
        return options

    def _noun_before(self, anchor: Anchor) -> list[Option]:
        """ "haulers" of "the haulers who sued"; the plural that opens a sentence before "they"."""
        start = self.scene.article.paragraphs[self.scene.paragraph(anchor.span.start)].start
        before = self.scene.text[max(start, anchor.span.start - LOOK_BACK) : anchor.span.start]
        if anchor.word in RELATIVE:
            noun = _NOUN_BEFORE.search(before)
        else:
            noun = next((m for m in reversed(list(_OPENER.finditer(before))) if m[1].lower() != "this"), None)
        if noun is None or noun[1].lower() in FUNCTION_WORDS - {"those"}:
            return []
        name = re.sub(r"^(?:the|an?|one|some|even|those|as)\s+", "", noun.group().strip(EDGE), flags=re.IGNORECASE)
        kind: SpeakerKind = "group" if is_plural(noun[1].lower(), name) or noun[1] == "those" else "anonymous"
        return [Option(None, name, kind, {f"new {kind}": 1.0, f"new {kind} for {anchor.word}": 1.0})]

    def _name_of(self, kind: SpeakerKind, phrase: Phrase, in_title: bool) -> str:
        """What a newcomer of a kind is called, empty where it cannot be one.

        "her campaign" is the "Ada Quill campaign", "a Corran Times poll" comes from the "Corran Times".
        """
        if kind == "person":
            is_name = phrase.is_proper and phrase.head_class == "other" and not in_title
            words = phrase.name.split() if is_name else []
            while len(words) > 1 and words[0].strip(".").lower() in ROLES | HONORIFICS:
                words = words[1:]
            return " ".join(words) if len(words) <= 4 else ""
        if kind == "organization" and phrase.head_class == "document":
            publisher = _PUBLISHER.search(phrase.name[:LOOK_BACK])
            return publisher[1] if publisher and not in_title else ""
        owner = phrase.named("owner", "modifier") if kind == "organization" else None
        if owner and owner.entity_id in self.entities:
            said = self.scene.text[owner.span.start : owner.span.end]
            full = self.entities[owner.entity_id].name
            if owner.form == "pronoun":
                return f"{full} {phrase.name}"
            return re.sub(rf"^{re.escape(said)}(?:[’']s?)?\s", f"{full} ", phrase.name)
        return phrase.name


def _nobody(phrase: Phrase | None = None, /, *, author: bool, **traits: bool) -> list[Option]:
    """The options that it cannot be told who speaks and, if asked for, that the author does."""
    kinds: tuple[SpeakerKind, ...] = ("author", "unknown") if author else ("unknown",)
    return [Option(None, kind, kind, nobody(kind, phrase, **traits)) for kind in kinds]
