"""What an article states about each person that it names: job title, affiliation, gender."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from sayso.tasks.articles import Article, Mention
from sayso.tasks.speakers.descriptions import after_name, apposed_before, before_name
from sayso.tasks.speakers.discourse import Referent
from sayso.tasks.speakers.entities import NamedEntities
from sayso.tasks.speakers.gender import genders

_SMALL = frozenset("the and for from with his her its former".split())


Profile = tuple[str | None, str | None]  # the first job title and affiliation that the article states


def referents_of(article: Article, named: NamedEntities) -> Iterator[tuple[Referent, Profile]]:
    """Every entity as a referent, its mentions not yet noted, with its profile: empty for all but persons."""
    places: dict[str, list[Mention]] = defaultdict(list)
    for mention in named.mentions:
        places[mention.entity_id].append(mention)
    known = genders(article, named.mentions, {e.entity_id: e.name for e in named.entities if e.entity_type == "person"})
    for entity in named.entities:
        mine = places[entity.entity_id]
        stated = list(_stated(article.text, mine)) if entity.entity_type == "person" else []
        job = next((job for job, _ in stated if job), None)
        body = next((body for _, body in stated if body), None)
        yield (
            Referent(
                entity.entity_id,
                entity.name,
                entity.entity_type,
                gender=known.get(entity.entity_id),
                titles=_words(job for job, _ in stated if job),
                context=_words([entity.name, *(body for _, body in stated if body)]),
            ),
            (job, body),
        )


def _stated(text: str, mentions: Sequence[Mention]) -> Iterator[tuple[str | None, str | None]]:
    for mention in mentions:
        if text[mention.span.end : mention.span.end + 1] in (",", " "):
            yield after_name(text, mention.span.end)
        job = before_name(text, mention.span.start)
        yield (job, None) if job else apposed_before(text, mention.span.start)


def _words(phrases: Iterator[str] | Sequence[str]) -> frozenset[str]:
    return frozenset(w for p in phrases for w in re.findall(r"[\w’-]{3,}", p.lower()) if w not in _SMALL)
