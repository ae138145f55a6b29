"""How well names of many articles are put together into one person, body or place each."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import partial

import numpy as np
import pandas as pd

from sayso.tasks.articles import Analysis, Article
from sayso.tasks.evaluation.gold import Gold
from sayso.tasks.evaluation.metrics import Figure, counted, measured
from sayso.tasks.evaluation.speakers import b_cubed
from sayso.tasks.identities import Name, identify
from sayso.tasks.identities.evidence import Around
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.reading import article_id_of
from sayso.tasks.reading.layout import paragraphs_of, read_layout
from sayso.tasks.tables.people import SPEAKER_COLUMNS, TARGET_COLUMNS, country_of, names_of, rare_entities

UNIT = "groups of names"
_CUBED = ("precision", "recall", "F1")


def evaluate_identities(rows: Sequence[Gold], pipeline: Pipeline) -> list[Figure]:
    """B³ (Bagga and Baldwin 1998) and pairwise figures of the labelled names; those not found are alone.

    Intervals are over groups of names that share no entity with others, neither in gold nor as found: pairs
    cross articles.

    Args:
        rows: articles with `entities`, local_id → label; names of one label, in whatever article, are one. `url` tells
            the outlet's country.
    """
    gold = [row for row in rows if isinstance(row.get("entities"), dict)]
    if not gold:
        return []
    analyses = [analysis_of(row) for row in gold]
    identities, _ = identify(*names_in(analyses, pipeline))
    found = {(i.article_id, i.local_id): i.entity_id for i in identities}
    pairs = []
    for row, analysis in zip(gold, analyses, strict=True):
        for local_id, label in row["entities"].items():
            at = (analysis.article.article_id, local_id)
            pairs.append((label, found.get(at, " ".join(at))))
    missing = sum(
        (a.article.article_id, i) not in found for r, a in zip(gold, analyses, strict=True) for i in r["entities"]
    )
    return [*figures(pairs), counted("names found", np.array([(len(pairs) - missing, len(pairs), 0)]))]


def analysis_of(row: Gold) -> Analysis:
    """A labelled article, not yet analysed."""
    layout = read_layout(row["text"])
    article_id = article_id_of(row["text"])
    return Analysis(Article(article_id, row.get("url", ""), "", layout.title, row["text"], paragraphs_of(layout)))


def names_in(analyses: Sequence[Analysis], pipeline: Pipeline) -> tuple[list[Name], Around]:
    """The names of articles and what each names, when their speakers and targets have been found."""
    return names_found(pipeline.analyse([a.article for a in analyses], last="targets"))


def names_found(analyses: Sequence[Analysis]) -> tuple[list[Name], Around]:
    speakers, targets, mentions = [], [], []
    for a in analyses:
        key = {"article_id": a.article.article_id}
        for s in a.resolution.speakers:
            speakers.append(key | asdict(s) | {"speaker_name": s.name, "speaker_kind": s.kind})
        for t in a.targets.targets:
            named = {"target_id": t.target_id, "target_name": t.name, "target_kind": t.kind}
            targets.append(key | named | {"entity_type": t.entity_type, "origin": t.origin})
        mentions += [key | {"entity_id": m.entity_id} for m in a.resolution.mentions]
    near = rare_entities(pd.DataFrame(mentions, columns=["article_id", "entity_id"]))
    countries = {a.article.article_id: country_of(a.article.source_uri) for a in analyses}
    frames = pd.DataFrame(speakers, columns=SPEAKER_COLUMNS), pd.DataFrame(targets, columns=TARGET_COLUMNS)
    return names_of(*frames, countries), lambda article_id: near.get(article_id, frozenset())


def figures(pairs: Sequence[tuple[str, str]]) -> list[Figure]:
    """Figures for names, each given as (its gold entity, the entity it was put in)."""
    units = _units(pairs)
    cubed = np.array([b_cubed(unit) for unit in units])
    counts = np.array([_pairs(unit) for unit in units])

    def measure(which: int, rows: np.ndarray) -> float:
        precision, recall, n = cubed[rows].sum(axis=0)
        return float((precision / n, recall / n, 2 * precision * recall / (n * (precision + recall)))[which])

    return [
        *(measured(f"B³ {name}", np.arange(len(units)), partial(measure, i), UNIT) for i, name in enumerate(_CUBED)),
        counted("pairwise precision", counts * (1, 1, 0), UNIT),
        counted("pairwise recall", counts * (1, 0, 1), UNIT),
        counted("pairwise F1", counts, UNIT),
    ]


def _units(pairs: Sequence[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """The names in groups that share neither a gold entity nor one that was found."""
    of: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for pair in pairs:
        for key in (("gold", pair[0]), ("found", pair[1])):
            of[key].append(pair)
    seen: set[tuple[str, str]] = set()
    units = []
    for start in sorted(of):
        if start in seen:
            continue
        seen.add(start)
        reached, unit = [start], []
        while reached:
            kind, name = reached.pop()
            for label, found in of[kind, name]:
                if kind == "gold":
                    unit.append((label, found))
                for key in (("gold", label), ("found", found)):
                    if key not in seen:
                        seen.add(key)
                        reached.append(key)
        units.append(unit)
    return units


def _pairs(unit: Sequence[tuple[str, str]]) -> tuple[int, int, int]:
    """Pairs of names that are one in both, as found, and in gold."""

    def alike(items: Iterable[object]) -> int:
        return sum(n * (n - 1) // 2 for n in Counter(items).values())

    return alike(unit), alike(f for _, f in unit), alike(g for g, _ in unit)
