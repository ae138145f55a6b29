"""The features by which candidate antecedents are ranked; every name says what it is true of."""

import re
from dataclasses import dataclass

from sayso.tasks.articles import Span
from sayso.tasks.speakers.discourse import Discourse, Referent
from sayso.tasks.speakers.gender import Gender, gender_of_pronoun
from sayso.tasks.speakers.ranker import Features
from sayso.tasks.speakers.sources import Phrase
from sayso.tasks.text.english.lexicon import RELATIVE

_RIGHT_BEFORE = re.compile(r"\W{0,4}|, (?:an?|the) [^.!?\n]{1,100}, ")
_LONG_FORMS = {
    "sen": "senator",
    "rep": "representative",
    "gov": "governor",
    "gen": "general",
    "congressman": "representative",
    "congresswoman": "representative",
    "spokeswoman": "spokesperson",
    "spokesman": "spokesperson",
    "chairwoman": "chair",
    "chairman": "chair",
    "justice": "judge",
    "attorney": "lawyer",
    "counsel": "lawyer",
    "contender": "candidate",
    "frontrunner": "candidate",
    "front-runner": "candidate",
    "hopeful": "candidate",
    "nominee": "candidate",
}
_LAWMAKERS = frozenset(["senator", "representative", "councilman", "councilwoman", "member"])


def _long_form(word: str) -> str:
    """A title's word as written out, one of several that mean the same: "Sen." is "senator"."""
    return _LONG_FORMS.get(word, word)


def _bears(head: str, titles: set[str]) -> bool:
    return head in titles or (head in ("lawmaker", "legislator") and bool(titles & _LAWMAKERS))


@dataclass(frozen=True, slots=True)
class Anchor:
    """A phrase that stands for somebody.

    Attributes:
        word: the pronoun in lower case; empty for other phrases.
        gender: that the word asks for.
        enclosing: the speaker of the statement whose content holds the phrase.
        quoted: whether that statement is a quotation.
    """

    span: Span
    word: str = ""
    gender: Gender | None = None
    phrase: Phrase | None = None
    enclosing: str | None = None
    quoted: bool = False


def antecedent(scene: Discourse, anchor: Anchor, referent: Referent, rank: int) -> Features:
    """Features of one referent as what an anchor stands for.

    Args:
        rank: how many referents of its kind were mentioned since it was.
    """
    kind, offset = referent.kind, anchor.span.start
    f: Features = {f"{kind}{', unnamed' if referent.local else ''}": 1.0}
    last = referent.last_before(offset)
    if last is None:
        f["named only later"] = 1.0
    else:
        sentences = scene.sentence(offset) - scene.sentence(last)
        paragraphs = scene.paragraph(offset) - scene.paragraph(last)
        f["sentences back"] = min(sentences, 5) / 5
        f["paragraphs back"] = min(paragraphs, 4) / 4
        f["in this sentence"] = float(sentences == 0)
        f["in this paragraph"] = float(paragraphs == 0)
        f["opens its sentence"] = float(scene.opens_sentence(last))
        f["in a quotation"] = float(scene.is_quoted(last) and not anchor.quoted)
    if anchor.word in RELATIVE and last is not None:
        f["right before"] = float(bool(_RIGHT_BEFORE.fullmatch(scene.after_mention(last, offset))))
    f["nearest"] = float(rank == 0)
    f["second nearest"] = float(rank == 1)
    f["mentions, log"] = _log(len(referent.starts))
    before = scene.speaker_before(offset)
    if before and before[1] == referent.referent_id:
        near = scene.paragraph(offset) - scene.paragraph(before[0])
        f["spoke last"] = 1.0
        f["spoke last, in this paragraph"] = float(near == 0)
        f["spoke last, in the paragraph before"] = float(near == 1)
    if referent.referent_id == anchor.enclosing:
        f["says this, quoted" if anchor.quoted else "says this, reported"] = 1.0
    if anchor.gender:
        f["gender known"] = float(referent.gender is not None)
    if anchor.word:
        f[f"{kind} for {anchor.word}"] = 1.0
    if anchor.phrase:
        f |= _of_phrase(scene, anchor.span.start, anchor.phrase, referent)
    return f


def _log(count: int) -> float:
    return min(count.bit_length(), 6) / 6


def _of_phrase(scene: Discourse, offset: int, phrase: Phrase, referent: Referent) -> Features:
    head_class = phrase.head_class
    f: Features = {f"{referent.kind} for a {head_class}": 1.0}
    if phrase.definite:
        f[f"definite {head_class}"] = 1.0
    if scene.in_title(offset):
        f["in the title"] = 1.0
    for mention, relation in phrase.inside:
        if mention.entity_id == referent.referent_id:
            f[f"{relation} of the source"] = 1.0
            f[f"{relation} of a {head_class}"] = 1.0
    head = _long_form(phrase.head)
    titles = {_long_form(w) for w in referent.titles}
    bears = _bears(head, titles)
    named = {w for m, _ in phrase.inside for w in scene.text[m.span.start : m.span.end].lower().split()}
    words = set(re.findall(r"[a-z]{3,}", phrase.name.lower())) - {phrase.head} - named
    f["has this title"] = float(bears)
    f["has another title"] = float(bool(titles) and not bears and head_class == "role")
    f["title shares a word"] = float(bool(words & titles))
    f["name or body shares a word"] = float(bool(words & referent.context))
    f["initials of the name"] = float(_initials(referent.name) == re.sub(r"\W", "", phrase.name))
    another = head_class == "body" and bool(named) and not named & referent.context
    f["head in the name"] = float(referent.kind != "person" and phrase.head in referent.context and not another)
    behind = {m.entity_id for m, relation in phrase.inside if relation != "later"}
    if scene.answers.get(phrase.head) == referent.referent_id and (not behind or referent.referent_id in behind):
        same = phrase.definite or phrase.name.lower() == referent.name.lower()
        f["was called this before" if same else "another was called this before"] = 1.0
    if phrase.definite and scene.beside(phrase.head, referent, offset):
        f["named beside this word"] = 1.0
        f[f"{referent.kind} named beside this {head_class}"] = 1.0
    return f


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split() if word[0].isupper())


def bearer(scene: Discourse, anchor: Anchor, referent: Referent) -> Features:
    """Features of one of several persons as the bearer of a surname that stands alone."""
    start, end = anchor.span
    following = re.search(r"\b(?:he|him|his|she|her)\b", scene.text[end : end + 150], re.IGNORECASE)
    gender = gender_of_pronoun(following.group()) if following else None
    return {
        "next pronoun agrees": float(gender is not None and gender == referent.gender),
        "next pronoun clashes": float(None not in (gender, referent.gender) and gender != referent.gender),
        "named in the first paragraphs": float(bool(referent.starts) and scene.paragraph(referent.starts[0]) < 2),
        "goes by the first name": float(scene.is_named_alone(referent.name.split()[0])),
        "never mentioned before": float(referent.last_before(start) is None),
        "was meant last time": float(scene.answers.get(scene.text[start:end]) == referent.referent_id),
    }


def newcomer(scene: Discourse, offset: int, kind: str, phrase: Phrase) -> Features:
    """Features of the option that a phrase brings up somebody new, of the given kind."""
    words = phrase.name.split()
    head_class, inside = phrase.head_class, {relation for _, relation in phrase.inside}
    traits = {
        "": True,
        head_class: True,
        f"definite {head_class}": phrase.definite,
        "several named": phrase.joined,
        "capitalised": phrase.is_proper,
        "capitalised, one word": phrase.is_proper and len(words) == 1,
        "capitalised, two words": phrase.is_proper and len(words) == 2,
        "last word capitalised": any(w[:1].isupper() for w in words[-1:]),
        "somebody named": bool(inside),
        f"somebody stands behind the {head_class}": bool(inside & {"owner", "modifier", "author", "of"}),
        "in the title": scene.in_title(offset),
        "brought up as one of its kind": phrase.definite and scene.was_introduced(phrase.head, offset),
    }
    return {f"new {kind}: {trait}" if trait else f"new {kind}": 1.0 for trait, holds in traits.items() if holds}


def nobody(kind: str, phrase: Phrase | None = None, **traits: bool) -> Features:
    """Features of the options that the author speaks, or that it cannot be told who does."""
    f: Features = {kind: 1.0}
    if phrase:
        f[f"{kind}: {phrase.head_class}"] = 1.0
        f[f"{kind}: definite"] = float(phrase.definite)
    return f | {f"{kind}: {name.replace('_', ' ')}": 1.0 for name, holds in traits.items() if holds}
