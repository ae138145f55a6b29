"""The pronoun that goes with a person, as far as the article and the first name tell."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from sayso.tasks.articles import Article, Mention
from sayso.tasks.text.english.lexicon import (
    FEMALE_NAMES,
    FEMALE_WORDS,
    HE,
    HONORIFICS,
    MALE_NAMES,
    MALE_WORDS,
    SHE,
    TITLES,
)

Gender = Literal["male", "female"]


def gender_of_name(name: str) -> Gender | None:
    words = [w.strip(".").lower() for w in name.split()]
    first = next((w for w in words if w not in HONORIFICS and w not in TITLES), "")
    if first in MALE_NAMES:
        return "male"
    return "female" if first in FEMALE_NAMES else None


def gender_of_pronoun(word: str) -> Gender | None:
    word = word.lower()
    return "male" if word in HE else "female" if word in SHE else None


def gender_of_honorific(text: str, start: int) -> Gender | None:
    """The gender that "Mr." or "Mrs." before a name at `start` states."""
    honorific = re.search(r"\b(Mrs?|Ms|Miss)\.?\s+$", text[max(0, start - 8) : start])
    return None if honorific is None else "male" if honorific[1] == "Mr" else "female"


def genders(article: Article, mentions: Sequence[Mention], names: Mapping[str, str]) -> dict[str, Gender]:
    """Gender of each person of an article: by honorific or title word, else by first name, else by the pronoun that
    follows in the same sentence.

    Args:
        names: entity_id of each person → full name.
    """
    votes: dict[str, list[Gender]] = {}
    for mention in mentions:
        if mention.entity_id not in names:
            continue
        before = article.text[max(0, mention.span.start - 40) : mention.span.start]
        words = [w.lower() for w in re.findall(r"\w+", before.rsplit("\n", 1)[-1])[-2:]]
        if re.search(r"[.,;:!?][\"”]?\s+$", before) and not re.search(r"\b(?:Mrs?|Ms)\.\s+$", before):
            words = []
        if kin := re.search(r"\b(wife|sister|mother|daughter|husband|brother|father|son), $", before):
            words = [kin[1]]
        for word in words:
            if word in MALE_WORDS or word in FEMALE_WORDS:
                votes.setdefault(mention.entity_id, []).append("male" if word in MALE_WORDS else "female")
    following = _pronouns_after(article.text, mentions, names)
    known: dict[str, Gender] = {}
    for entity_id, name in names.items():
        stated = votes.get(entity_id, [])
        gender = _most(stated) or gender_of_name(name) or _most(following.get(entity_id, []))
        if gender:
            known[entity_id] = gender
    return known


def _most(votes: Sequence[Gender]) -> Gender | None:
    return max(sorted(set(votes)), key=votes.count, default=None)


def _pronouns_after(text: str, mentions: Sequence[Mention], names: Mapping[str, str]) -> dict[str, list[Gender]]:
    """The first "he" or "she" after each naming of a person, before the sentence ends or another is named."""
    found: dict[str, list[Gender]] = {}
    people = [m for m in mentions if m.entity_id in names]
    for i, mention in enumerate(people):
        end = people[i + 1].span.start if i + 1 < len(people) else len(text)
        rest = re.split(r"[.!?\n“”\"]", text[mention.span.end : min(end, mention.span.end + 120)])[0]
        pronoun = re.search(r"\b(?:he|his|she|her)\b", rest, re.IGNORECASE)
        if pronoun and (gender := gender_of_pronoun(pronoun.group())):
            found.setdefault(mention.entity_id, []).append(gender)
    return found
