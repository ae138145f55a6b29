"""Targets of an article, of each statement and of each paragraph."""

import dataclasses
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from sayso.tasks.articles import Article, ArticleTargets, Mention, MentionForm, Resolution, Span, Statement, Target
from sayso.tasks.settings import Targets
from sayso.tasks.targets.configured import ConfiguredTarget
from sayso.tasks.text.names import normal
from sayso.tasks.text.spans import SpanIndex, outside

LEAD_PARAGRAPHS = 2


def find_targets(
    article: Article,
    statements: Sequence[Statement],
    resolution: Resolution,
    configured: Sequence[ConfiguredTarget],
    settings: Targets,
) -> ArticleTargets:
    """Salient entities (named twice, or in the title or the lead) and the configured targets that occur.

    A speaker is no target of a statement of their own.
    """
    targets = {t.target_id: t for t in _discovered(article, resolution, settings.min_mentions)}
    taken, extra = SpanIndex(m.span for m in resolution.mentions), []
    for wanted in configured:
        target = _configured(article, wanted, resolution)
        if target is not None:
            targets[target.target_id] = target
            free = [s for s in target.mentions if not taken.overlapping(s)]
            extra += [Mention(s, target.target_id, _form(article, s, wanted)) for s in free]
            for span in free:
                taken.add(span)
    starts = {t.target_id: sorted(m.start for m in t.mentions) for t in targets.values()}
    of_statements = []
    for statement, speaker_id in zip(statements, resolution.speaker_ids, strict=True):
        others = [t for t in targets.values() if t.target_id != speaker_id]
        of_statements.append(_ranked(others, starts, statement.content, settings.per_statement))
    contents = SpanIndex(span for s in statements for span in s.content)
    of_paragraphs = {}
    for p in article.prose:
        whole = Span(p.start, p.end)
        own = outside(whole, contents.overlapping(whole))
        of_paragraphs[p.index] = _ranked(list(targets.values()), starts, own, settings.per_paragraph)
    ordered = tuple(sorted(targets.values(), key=lambda t: t.target_id))
    return ArticleTargets(ordered, tuple(of_statements), of_paragraphs, tuple(extra))


def _discovered(article: Article, resolution: Resolution, min_mentions: int) -> list[Target]:
    body = [p for p in article.paragraphs if p.role == "body"][:LEAD_PARAGRAPHS]
    lead = [p for p in article.paragraphs if p.role == "title"] + body
    spans: dict[str, list[Span]] = {}
    for mention in resolution.mentions:
        spans.setdefault(mention.entity_id, []).append(mention.span)
    found = []
    for entity in resolution.entities:
        places = spans.get(entity.entity_id, [])
        early = entity.entity_type != "group" and any(p.start <= s.start < p.end for p in lead for s in places)
        if places and (len(places) >= min_mentions or early):
            found.append(
                Target(entity.entity_id, entity.name, "entity", entity.entity_type, "discovered", tuple(places))
            )
    return found


def _configured(article: Article, wanted: ConfiguredTarget, resolution: Resolution) -> Target | None:
    spans = wanted.occurrences(article.text)
    spans = [s for s in spans if not article.is_boilerplate(s.start)]
    if wanted.kind == "issue":
        target = Target(wanted.target_id, wanted.name, "issue", None, "configured", tuple(spans))
        return target if spans else None
    forms = {normal(form) for form in wanted.forms}
    entity = next(
        (e for e in resolution.entities if normal(e.name) in forms and wanted.entity_type in (None, e.entity_type)),
        None,
    )
    if entity is None:
        if not spans:
            return None
        return Target(wanted.target_id, wanted.name, "entity", wanted.entity_type, "configured", tuple(spans))
    known = [m.span for m in resolution.mentions if m.entity_id == entity.entity_id]
    union = sorted({*known, *(s for s in spans if not any(s.overlaps(k) for k in known))})
    base = Target(entity.entity_id, wanted.name, "entity", entity.entity_type, "configured", tuple(union))
    return dataclasses.replace(base, entity_type=wanted.entity_type or entity.entity_type)


def _form(article: Article, span: Span, wanted: ConfiguredTarget) -> MentionForm:
    same = article.text[span.start : span.end].casefold() == wanted.name.casefold()
    return "name" if same else "partial name"


def _ranked(
    targets: Sequence[Target], starts: Mapping[str, list[int]], spans: Sequence[Span], limit: int
) -> tuple[Target, ...]:
    """The targets mentioned in `spans`: configured ones first, then the most mentioned there, then in the article.

    Args:
        starts: where the mentions of each target start, in order.
        spans: they do not overlap.
    """
    here = {
        i: sum(bisect_left(places, s.end) - bisect_left(places, s.start) for s in spans) for i, places in starts.items()
    }
    mentioned = [t for t in targets if here[t.target_id]]
    mentioned.sort(
        key=lambda t: (
            t.origin != "configured",
            t.entity_type == "group",
            -here[t.target_id],
            -len(t.mentions),
            t.target_id,
        )
    )
    return tuple(mentioned[:limit])
