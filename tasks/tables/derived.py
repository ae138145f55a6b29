"""Tables made from all articles of a lake: identities, speaker_stances; and near copies of articles."""

import hashlib
import json
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from sayso.tasks import identities
from sayso.tasks.tables.kept import PERMUTATIONS, opened, sketch
from sayso.tasks.tables.lake import Lake
from sayso.tasks.tables.people import by_entity, identities_of, is_named
from sayso.tasks.tables.schemas import ANALYSES_TABLE, IDENTITIES, REDIRECTS, SPEAKER_STANCES

BOOTSTRAP = 1000
NEAR_COPY = 0.7  # Jaccard similarity of word 5-grams
_BANDS = (25, 5)  # bands and rows: 99 % of the pairs at NEAR_COPY meet in a band
VERSION = 2  # raise it when the same rows would give other aggregates
_TRIES = 3
_CLEAR = 0.2  # mean stance
_KEY = ["person_id", "target_id", "period"]


def aggregate(lake: Lake, run_id: str, count_copies: bool | None = None) -> dict[str, int]:
    """Rebuild the derived tables of a lake; rows of each, and the number of near copies.

    The lock is held only to put them in place; where another run has changed the lake meanwhile, they are made again.

    Args:
        count_copies: whether speaker_stances counts near copies too; by default as the last time.
    """
    if count_copies is None:
        count_copies = _counts_copies(lake)
    for _ in range(_TRIES):
        content = lake.content()
        try:
            originals, tables = _derive(lake, count_copies)
        except FileNotFoundError:  # replaced by another run
            continue
        with lake.locked():
            if lake.content() == content:
                return _put(lake, run_id, originals, tables, count_copies)
    with lake.locked():
        return _put(lake, run_id, *_derive(lake, count_copies), count_copies)


def is_stale(lake: Lake, count_copies: bool) -> bool:
    """Whether the derived tables are not what `aggregate` would make of the lake as it is."""
    return lake.derived_with() != (lake.content(), _settings(count_copies))


def is_current(lake: Lake) -> bool:
    """Whether the derived tables are made of the lake as it is, with whatever settings."""
    return lake.derived_with() in [(lake.content(), _settings(count)) for count in (False, True)]


def left_out(lake: Lake) -> set[str]:
    """article_ids that speaker_stances leaves out: near copies, unless it was made to count them."""
    if _counts_copies(lake):
        return set()
    articles = lake.read("articles", ["article_id", "duplicate_of"])
    return set(articles.filter(articles["duplicate_of"].is_valid())["article_id"].to_pylist())


def pooled_stances(lake: Lake) -> pd.DataFrame:
    """The rows that speaker_stances would have if all time were one month; `period` is null."""
    if not lake.files("quotes"):
        return SPEAKER_STANCES.empty_table().to_pandas()
    opinions = _opinions(lake, lake.read("identities").to_pandas(), left_out(lake))
    return stances(opinions.assign(period=""))


def strongest(stances: pd.DataFrame, most: int = 3) -> dict[str, list[tuple[str, float]]]:
    """For each person_id the (target's name, mean stance) of what they are clearly for or against, strongest first.

    Args:
        stances: rows of speaker_stances; months are pooled.
    """
    sums = stances.assign(score=stances["n_favor"] - stances["n_against"]).groupby(["person_id", "target_id"])
    rows = sums.agg(name=("target_name", "first"), score=("score", "sum"), n=("n_statements", "sum")).reset_index()
    rows["mean"] = rows["score"] / rows["n"]
    rows["strength"] = rows["mean"].abs() * np.log1p(rows["n"])
    clear = rows[rows["mean"].abs() > _CLEAR].sort_values(["strength", "name"], ascending=[False, True])
    found: dict[str, list[tuple[str, float]]] = {}
    for person_id, name, mean in clear.groupby("person_id").head(most)[["person_id", "name", "mean"]].to_numpy():
        found.setdefault(person_id, []).append((name, float(mean)))
    return found


def _counts_copies(lake: Lake) -> bool:
    return (lake.derived_with() or ("", ""))[1] == _settings(True)


def _settings(count_copies: bool) -> str:
    return json.dumps({"version": VERSION, "identities": identities.VERSION, "count_copies": count_copies})


def _derive(lake: Lake, count_copies: bool) -> tuple[dict[str, str], dict[str, pa.Table]]:
    originals = near_copies(_sketches(lake))
    known, redirects = identities_of(lake)
    rows = stances(_opinions(lake, known, set() if count_copies else originals.keys()))
    return originals, {
        "identities": pa.Table.from_pandas(known, IDENTITIES, preserve_index=False),
        "redirects": pa.table([[*redirects], [*redirects.values()]], REDIRECTS),
        "speaker_stances": pa.Table.from_pandas(rows, SPEAKER_STANCES, preserve_index=False),
    }


def _put(
    lake: Lake, run_id: str, originals: dict[str, str], tables: dict[str, pa.Table], count_copies: bool
) -> dict[str, int]:
    lake.derive(run_id, originals, tables, _settings(count_copies))
    return {name: table.num_rows for name, table in tables.items()} | {"near_copies": len(originals)}


def _sketches(lake: Lake) -> pd.DataFrame:
    """article_id, published_at and sketch of every article; those of old lakes are sketched here."""
    articles = lake.read("articles", ["article_id", "published_at"]).to_pandas()
    known = dict(zip(*lake.read(ANALYSES_TABLE, ["article_id", "sketch"]).to_pydict().values(), strict=True))
    if len(known) < len(articles):
        for _, rows in lake.parts("articles", ["article_id", "text"]):
            pairs = zip(*rows.to_pydict().values(), strict=True)
            known |= {i: sketch(text) for i, text in pairs if i not in known}
    return articles.assign(sketch=[known[i] for i in articles["article_id"]])


def near_copies(articles: pd.DataFrame) -> dict[str, str]:
    """article_id of each near copy → the article it repeats: the earliest published, then the smallest id.

    MinHash and locality-sensitive hashing (Broder 1997) over word 5-grams; similarity is estimated by the sketches,
    to about 0.04.

    Args:
        articles: article_id, published_at, sketch.
    """
    from datasketch import MinHashLSH

    ranked = articles.sort_values(["published_at", "article_id"], na_position="last")
    originals: dict[str, str] = {}
    first: list[tuple[str, Any]] = []  # (article_id, sketch) of those that repeat nothing; their keys are places here
    index = MinHashLSH(params=_BANDS, num_perm=PERMUTATIONS)
    for article_id, packed in zip(ranked["article_id"], ranked["sketch"], strict=True):
        mine = opened(packed)
        alike = [place for place in index.query(mine) if mine.jaccard(first[place][1]) >= NEAR_COPY]
        if alike:
            originals[article_id] = first[min(alike)][0]
        else:
            index.insert(len(first), mine, check_duplication=False)
            first.append((article_id, mine))
    return originals


def _opinions(lake: Lake, known: pd.DataFrame, left_out: Any) -> pd.DataFrame:
    """Stances and sentiments of persons and organizations, summed for each person, target, month and article.

    Args:
        known: rows of identities.
        left_out: article_ids that do not count.
    """
    columns = ["statement_id", "article_id", "speaker_id", "speaker_kind", "speaker_name", "target_id", "target_name"]
    parts = []
    for _, table in lake.parts("quotes", [*columns, "published_at", "stance", "target_sentiment"]):
        rows = table.to_pandas()
        rows = rows[rows["target_id"].notna() & is_named(rows) & ~rows["article_id"].isin(left_out)]
        rows = by_entity(rows, known)
        # Two names of an article may be one entity: the speaker's own, or one that the statement has already.
        rows = rows[rows["target_id"] != rows["person_id"]].drop_duplicates(["statement_id", "target_id"])
        # Months as text: they sort, and no calendar of pandas reaches back to the first newspapers.
        rows["period"] = rows["published_at"].dt.strftime("%Y-%m-01").fillna("")
        for label in ("favor", "neutral", "against"):
            rows[f"n_{label}"] = (rows["stance"] == label).astype(np.int32)
        rows["tone"] = rows["target_sentiment"].map({"positive": 1, "neutral": 0, "negative": -1}).astype(np.int32)
        counted = ["n_favor", "n_neutral", "n_against", "tone"]
        parts.append(rows.groupby([*_KEY, "person_name", "target_name", "article_id"], as_index=False)[counted].sum())
    return pd.concat(parts, ignore_index=True)


def stances(opinions: pd.DataFrame) -> pd.DataFrame:
    """Rows of speaker_stances: each person and organization toward each target in each month.

    Args:
        opinions: of each article: person_id, person_name, target_id, target_name, period (as text, "" for undated),
            n_favor, n_neutral, n_against, tone (positive minus negative).
    """
    labels = ["n_favor", "n_neutral", "n_against"]
    named = opinions.assign(n_statements=opinions[labels].sum(axis=1))
    named["score"] = named["n_favor"] - named["n_against"]
    # The name that most statements use, of equals the first in the alphabet.
    uses = named.groupby(["target_id", "target_name"], as_index=False)["n_statements"].sum()
    uses = uses.sort_values(["n_statements", "target_name"], ascending=[False, True]).drop_duplicates("target_id")
    of_article = named.groupby([*_KEY, "article_id"], as_index=False)[["n_statements", "score"]].sum()
    rows = named.groupby(_KEY, as_index=False).agg(
        person_name=("person_name", "first"),
        n_statements=("n_statements", "sum"),
        n_articles=("article_id", "nunique"),
        **{label: (label, "sum") for label in labels},
        score=("score", "sum"),
        tone=("tone", "sum"),
    )
    rows = rows.merge(uses[["target_id", "target_name"]], on="target_id")
    rows["stance_mean"] = rows["score"] / rows["n_statements"]
    rows["target_sentiment_mean"] = rows["tone"] / rows["n_statements"]
    several = rows.loc[rows["n_articles"] > 1, _KEY].merge(of_article, on=_KEY)
    bounds = {
        key: _interval(group[["score", "n_statements"]].to_numpy(), "|".join(key))
        for key, group in several.groupby(_KEY)
    }
    ends = [bounds.get(key, (None, None)) for key in rows[_KEY].itertuples(index=False, name=None)]
    rows["stance_low"], rows["stance_high"] = pd.DataFrame(ends, columns=["low", "high"], dtype=float).to_numpy().T
    rows["period"] = pd.Series([date.fromisoformat(p) if p else None for p in rows["period"]], dtype=object)
    return rows[SPEAKER_STANCES.names]


def _interval(sums: np.ndarray, seed: str) -> tuple[float, float]:
    """95 % interval of the mean stance, articles resampled; the seed is the row's key, so that reruns agree."""
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]))
    drawn = sums[rng.integers(0, len(sums), (BOOTSTRAP, len(sums)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return float(low), float(high)
