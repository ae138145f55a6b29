"""Tables made from all articles of a lake: identities, speaker_stances; and near copies of articles."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.tables.lake import Lake
from tasks.tables.people import NAMED, identities_of
from tasks.tables.schemas import IDENTITIES, SPEAKER_STANCES

BOOTSTRAP = 1000
SHINGLE = 5
NEAR_COPY = 0.7  # Jaccard similarity of word 5-grams


def aggregate(lake: Lake, run_id: str) -> dict[str, int]:
    """Rebuild the derived tables of a lake; rows of each, and the number of near copies."""
    with lake.locked():
        originals = near_copies(lake.read("articles", ["article_id", "text", "published_at"]).to_pandas())
        lake.set_duplicates(run_id, originals)
        identities = identities_of(lake)
        quotes = lake.read("quotes").to_pandas()
        tables = {
            "identities": pa.Table.from_pandas(identities, IDENTITIES, preserve_index=False),
            "speaker_stances": pa.Table.from_pylist(stances(quotes, identities), SPEAKER_STANCES),
        }
        lake.replace(run_id, tables)
    return {name: table.num_rows for name, table in tables.items()} | {"near_copies": len(originals)}


def near_copies(articles: pd.DataFrame) -> dict[str, str]:
    """article_id of each near copy → the article it repeats: the earliest published, then the smallest id.

    Candidates come from MinHash with locality-sensitive hashing (Broder 1997); the similarity itself is exact.
    """
    from datasketch import MinHash, MinHashLSH

    ranked = articles.sort_values(["published_at", "article_id"], na_position="last")
    index, shingles, originals = MinHashLSH(threshold=NEAR_COPY - 0.15, num_perm=64), {}, {}
    for article_id, text in zip(ranked["article_id"], ranked["text"], strict=True):
        words = re.findall(r"\w+", text.lower())
        mine = {" ".join(words[i : i + SHINGLE]).encode() for i in range(max(1, len(words) - SHINGLE + 1))}
        sketch = MinHash(num_perm=64, seed=1)
        sketch.update_batch(list(mine))
        alike = [k for k in index.query(sketch) if len(mine & shingles[k]) >= NEAR_COPY * len(mine | shingles[k])]
        if alike:
            originals[article_id] = min(alike, key=list(shingles).index)
        else:
            shingles[article_id] = mine
            index.insert(article_id, sketch)
    return originals


def stances(quotes: pd.DataFrame, identities: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of speaker_stances: each person and organization toward each target in each month."""
    opinions = quotes[
        quotes["target_id"].notna() & quotes["duplicate_of"].isna() & quotes["speaker_kind"].isin(NAMED)
    ].merge(identities, on=["article_id", "speaker_id"])
    if opinions.empty:
        return []
    opinions["period"] = opinions["published_at"].dt.tz_localize(None).dt.to_period("M").dt.start_time.dt.date
    opinions["score"] = opinions["stance"].map({"favor": 1.0, "neutral": 0.0, "against": -1.0})
    opinions["tone"] = opinions["target_sentiment"].map({"positive": 1.0, "neutral": 0.0, "negative": -1.0})
    names = opinions.groupby("target_id")["target_name"].agg(lambda n: min(n.mode()))
    rows = []
    for (person, target, period), group in opinions.groupby(["person_id", "target_id", "period"], dropna=False):
        low, high = _interval(group, f"{person}|{target}|{period}")
        counts = group["stance"].value_counts()
        rows.append(
            {
                "person_id": person,
                "person_name": group["person_name"].iloc[0],
                "target_id": target,
                "target_name": names[target],
                "period": None if pd.isna(period) else period,
                "n_statements": len(group),
                "n_articles": group["article_id"].nunique(),
                **{f"n_{label}": int(counts.get(label, 0)) for label in ("favor", "neutral", "against")},
                "stance_mean": float(group["score"].mean()),
                "stance_low": low,
                "stance_high": high,
                "target_sentiment_mean": float(group["tone"].mean()),
            }
        )
    return rows


def _interval(group: pd.DataFrame, seed: str) -> tuple[float | None, float | None]:
    """95 % interval of the mean stance, articles resampled; the seed is the row's key, so that reruns agree."""
    sums = group.groupby("article_id")["score"].agg(["sum", "count"]).to_numpy()
    if len(sums) < 2:
        return None, None
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]))
    drawn = sums[rng.integers(0, len(sums), (BOOTSTRAP, len(sums)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return float(low), float(high)


def stance_profile(quotes: pd.DataFrame, speaker_ids: Mapping[str, int]) -> pd.DataFrame:
    """Mean stance of the given speakers toward each target, strongest first (for summaries)."""
    rows = quotes[quotes["target_id"].notna() & quotes["speaker_id"].isin(list(speaker_ids))].copy()
    rows["score"] = rows["stance_favor"] - rows["stance_against"]
    grouped = rows.groupby(["speaker_id", "target_id"]).agg(
        target_name=("target_name", "first"), score=("score", "mean"), n=("statement_id", "nunique")
    )
    grouped["strength"] = grouped["score"].abs() * np.log1p(grouped["n"])
    return grouped.reset_index().sort_values("strength", ascending=False, kind="stable")
