"""Speakers of a whole lake: the list of them, a record for each one's page, and the heatmap."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

import pandas as pd

from sayso.tasks.report.articles import Row, day, note, scores
from sayso.tasks.scores import SENTIMENTS, STANCES
from sayso.tasks.tables import Snapshot
from sayso.tasks.tables.derived import is_certain, left_out, pooled_stances, strongest
from sayso.tasks.tables.people import by_entity, is_named

HEATMAP_SPEAKERS, HEATMAP_TARGETS = 40, 20  # of each kind of target
PAGE = 200  # statements that a speaker's page loads at a time
_COLUMNS = [
    *[
        "statement_id",
        "article_id",
        "published_at",
        "outlet",
        "title",
        "statement_kind",
        "factuality",
        "content",
        "speaker_id",
    ],
    *["speaker_name", "speaker_kind", "job_title", "affiliation", "target_id", "target_name"],
    *["stance", *(f"stance_{each}" for each in STANCES)],
    *["target_sentiment", *(f"target_sentiment_{each}" for each in SENTIMENTS)],
]


class People:
    """Who speaks in a lake; near copies of articles are counted, or not, as in speaker_stances."""

    def __init__(self, lake: Snapshot) -> None:
        self._copies = left_out(lake)
        quotes = lake.read("quotes", _COLUMNS).to_pandas()
        quotes = quotes[(quotes["speaker_kind"] != "unknown") & ~quotes["article_id"].isin(self._copies)]
        # A lake whose identities are missing, or older than its articles, still has the names in each article.
        quotes = by_entity(quotes.assign(named=is_named(quotes)), lake.read("identities").to_pandas())
        self._quotes = quotes.sort_values(
            ["person_id", "published_at", "statement_id", "target_id"], ascending=[True, False, True, True]
        )
        self._aliases = _aliases(lake)
        pooled = pooled_stances(lake)
        self._pooled = pooled.assign(certain=is_certain(pooled))
        self._months = lake.read("speaker_stances").to_pandas()
        pairs = self._quotes[["article_id", "speaker_id", "person_id"]].drop_duplicates()
        self.ids = {(a, s): p for a, s, p in pairs.itertuples(index=False)}

    def records(self) -> Iterator[tuple[Row, list[list[Row]]]]:
        """(a speaker, statements page by page) in the order of ids; newest statements first."""
        clear = strongest(self._pooled)
        pooled = _grouped(self._pooled.sort_values(["n_statements", "target_name"], ascending=[False, True]))
        months = _grouped(self._months.sort_values(["period"]))
        for person_id, rows in groupby(self._quotes.itertuples(index=False), key=attrgetter("person_id")):
            statements = list(_statements(rows))
            named = [row for row, _ in statements]
            stances = pooled.get(person_id, [])
            places = {row.target_id: i for i, row in enumerate(stances)}
            pages = [said for _, said in statements]
            record = {
                "id": person_id,
                "name": named[0].person_name,
                "kind": Counter(row.speaker_kind for row in named).most_common(1)[0][0],
                "notes": _most_common(note(row.job_title, row.affiliation) for row in named),
                "aliases": sorted(
                    {
                        a
                        for row in named
                        for a in [row.speaker_name, *self._aliases.get((row.article_id, row.speaker_id), ())]
                    }
                    - {named[0].person_name}
                ),
                "statements": len(named),
                "articles": len({row.article_id for row in named}),
                "named": any(row.named for row in named),
                "strongest": [c._replace(mean=round(c.mean, 3)) for c in clear.get(person_id, [])],
                "targets": [_stance(row) for row in stances],
                "months": [
                    [places[row.target_id], period[:7], *_mean(row)]
                    for row in months.get(person_id, [])
                    if row.target_id in places and (period := day(row.period))
                ],
            }
            yield record, [pages[i : i + PAGE] for i in range(0, len(pages), PAGE)]

    def heatmap(self) -> Row:
        """The speakers and targets with the most statements: rows, columns, and the cells that are not empty."""
        pooled = self._pooled[self._pooled["person_id"] != self._pooled["target_id"]]
        totals = pooled.groupby(["target_id", "target_name"], as_index=False)[["n_statements"]].sum()
        totals = totals.sort_values(["n_statements", "target_name"], ascending=[False, True])
        issue = totals["target_id"].str.startswith("issue:")
        shown = pd.concat([totals[issue].head(HEATMAP_TARGETS), totals[~issue].head(HEATMAP_TARGETS)])
        cells = pooled[pooled["target_id"].isin(shown["target_id"])]
        speakers = cells.groupby(["person_id", "person_name"], as_index=False)[["n_statements"]].sum()
        speakers = speakers.sort_values(["n_statements", "person_name"], ascending=[False, True]).head(HEATMAP_SPEAKERS)
        down = {p: i for i, p in enumerate(speakers["person_id"])}
        across = {t: i for i, t in enumerate(shown["target_id"])}
        return {
            "speakers": speakers[["person_id", "person_name"]].to_numpy().tolist(),
            "targets": shown[["target_id", "target_name"]].to_numpy().tolist(),
            "cells": [
                [down[row.person_id], across[row.target_id], *_mean(row), not row.certain]
                for row in cells.itertuples()
                if row.person_id in down
            ],
        }


def _aliases(lake: Snapshot) -> dict[tuple[str, str], list[str]]:
    rows = lake.read("speakers", ["article_id", "speaker_id", "aliases"]).to_pydict().values()
    return {(article_id, speaker_id): aliases for article_id, speaker_id, aliases in zip(*rows, strict=True) if aliases}


def _grouped(frame: pd.DataFrame) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in frame.itertuples(index=False):
        groups[str(row.person_id)].append(row)
    return groups


def _statements(rows: Iterator[Any]) -> Iterator[tuple[Any, Row]]:
    """(a row of quotes, the statement as the page reads it), one for each statement."""
    for _, of_statement in groupby(rows, key=attrgetter("statement_id")):
        targets = list(of_statement)
        first = targets[0]
        yield (
            first,
            {
                "id": first.statement_id,
                "article": first.article_id,
                "date": day(first.published_at),
                "outlet": _text(first.outlet),
                "title": first.title,
                "kind": first.statement_kind,
                "factuality": _text(first.factuality),
                "content": first.content,
                "opinions": [
                    {
                        "target": row.target_id,
                        "name": row.target_name,
                        "stance": scores(row._asdict(), "stance", STANCES),
                        "sentiment": scores(row._asdict(), "target_sentiment", SENTIMENTS),
                    }
                    for row in targets
                    if isinstance(row.target_id, str)
                ],
            },
        )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _most_common(notes: Iterator[str], limit: int = 3) -> list[str]:
    return [text for text, _ in Counter(n for n in notes if n).most_common(limit)]


def _mean(row: Any) -> list[Any]:
    """[statements, mean stance, low, high]; no bounds where articles are too few."""
    low, high = (None if pd.isna(v) else round(float(v), 3) for v in (row.stance_low, row.stance_high))
    return [int(row.n_statements), round(float(row.stance_mean), 3), low, high]


def _corrected(row: Any) -> list[float | None] | None:
    """[mean, low, high] as an audit corrects it; None without one."""
    if pd.isna(row.stance_corrected):
        return None
    values = (row.stance_corrected, row.corrected_low, row.corrected_high)
    return [None if pd.isna(v) else round(float(v), 3) for v in values]


def _stance(row: Any) -> Row:
    statements, mean, low, high = _mean(row)
    return {
        "target": row.target_id,
        "name": row.target_name,
        "statements": statements,
        "articles": int(row.n_articles),
        "favor": int(row.n_favor),
        "neutral": int(row.n_neutral),
        "against": int(row.n_against),
        "mean": mean,
        "low": low,
        "high": high,
        "uncertain": not row.certain,
        "corrected": _corrected(row),
        "sentiment": round(float(row.target_sentiment_mean), 3),
    }
