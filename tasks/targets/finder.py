"""Targets of an article, of each statement and of each paragraph."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence

from sayso.tasks.articles import (
    Article,
    ArticleTargets,
    Entity,
    Mention,
    MentionForm,
    Resolution,
    Span,
    Statement,
    Target,
)
from sayso.tasks.settings import Targets
from sayso.tasks.targets.configured import ConfiguredTarget
from sayso.tasks.text.names import normal, own_id
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
    same: dict[str, str] = {}  # entity or speaker → the target that it is
    for wanted in configured:
        found = _configured(article, wanted, resolution)
        if found is not None:
            target, meant = found
            for entity_id in meant:
                targets.pop(entity_id, None)
                same[entity_id] = target.target_id
            targets[target.target_id] = target
            free = [s for s in target.mentions if not taken.overlapping(s)]
            extra += [Mention(s, target.target_id, _form(article, s, wanted)) for s in free]
            for span in free:
                taken.add(span)
    same |= {own_id(article.article_id, i): same.get(i, i) for i in targets.keys() | same.keys()}
    starts = {t.target_id: sorted(m.start for m in t.mentions) for t in targets.values()}
    of_statements = []
    for statement, speaker_id in zip(statements, resolution.speaker_ids, strict=True):
        others = [t for t in targets.values() if t.target_id != same.get(speaker_id, speaker_id)]
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


def _configured(
    article: Article, wanted: ConfiguredTarget, resolution: Resolution
) -> tuple[Target, Sequence[str]] | None:
    """The target and the entities that it is, whose mentions it has; None where the article does not name it."""
    spans = wanted.occurrences(article.text)
    spans = [s for s in spans if not article.is_boilerplate(s.start)]
    meant = _meant(wanted, resolution, spans) if wanted.kind == "entity" else []
    known = [m.span for m in resolution.mentions if any(m.entity_id == e.entity_id for e in meant)]
    places = tuple(sorted({*known, *(s for s in spans if not any(s.overlaps(k) for k in known))}))
    if not places:
        return None
    kind = wanted.entity_type or (meant[0].entity_type if meant else None)
    target_id = meant[0].entity_id if meant else wanted.target_id
    target = Target(target_id, wanted.name, wanted.kind, kind, "configured", places)
    return target, [e.entity_id for e in meant]


def _meant(wanted: ConfiguredTarget, resolution: Resolution, spans: Sequence[Span]) -> list[Entity]:
    """The entities that a target of the user's is, the likeliest first: of its names, or now and then called so.

    Of a name's entities those of the wanted type come first; but a "Quill" that was taken for a place is no second one.
    """
    forms, places = [normal(form) for form in wanted.forms], set(spans)
    called = Counter(m.entity_id for m in resolution.mentions if m.span in places and m.form != "pronoun")
    other = {e.entity_id: wanted.entity_type not in (None, e.entity_type) for e in resolution.entities}
    likely = sorted(
        (e for e in resolution.entities if normal(e.name) in forms or (called[e.entity_id] and not other[e.entity_id])),
        key=lambda e: (
            other[e.entity_id],
            forms.index(normal(e.name)) if normal(e.name) in forms else len(forms),
            -called[e.entity_id],
            e.entity_id,
        ),
    )
    return [e for i, e in enumerate(likely) if i == 0 or normal(e.name) in forms]


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
