"""How stances of speakers moved between two states of a lake, or between two lakes."""

import pandas as pd
import pyarrow.parquet as pq

from sayso.tasks.articles import UsageError
from sayso.tasks.tables.lake import Lake
from sayso.tasks.tables.schemas import HISTORY_TABLE, SPEAKER_STANCES

_KEY = ["person_id", "target_id"]


def runs_with_stances(lake: Lake) -> list[str]:
    """Runs after which speaker_stances was kept, oldest first."""
    return [path.stem for path in lake.files(HISTORY_TABLE)]


def stances_after(lake: Lake, run_id: str) -> pd.DataFrame:
    """speaker_stances as a run left it.

    Raises:
        UsageError: it was not kept; the message lists the runs there are.
    """
    path = lake.path / HISTORY_TABLE / f"{run_id}.parquet"
    if not path.is_file():
        kept = ", ".join(runs_with_stances(lake)[-5:]) or "none"
        raise UsageError(f"{lake.path} has kept no stances of run {run_id!r}; the last that it has: {kept}")
    return pq.read_table(path, partitioning=None).to_pandas()


def latest_moves(lake: Lake) -> pd.DataFrame:
    """`moves` between the last two runs, those alone whose mean changed; empty where fewer were kept."""
    kept = runs_with_stances(lake)[-2:]
    if len(kept) < 2:
        nothing = SPEAKER_STANCES.empty_table().to_pandas()
        return moves(nothing, nothing)
    moved = moves(*(stances_after(lake, run) for run in kept))
    return moved[moved["change"].abs() > 0]


def moves(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Each person and target whose statements or stances differ, over all months; the largest moves first.

    Args:
        before, after: rows of speaker_stances.

    Returns:
        person_id, person_name, target_id, target_name, n_before, n_after, mean_before, mean_after (NaN where there
        is no statement), change (of the mean, where both are there).
    """
    pooled = [_pooled(frame).add_suffix(suffix) for frame, suffix in ((before, "_before"), (after, "_after"))]
    both = pooled[0].join(pooled[1], how="outer").fillna({"n_before": 0, "n_after": 0})
    both = both.astype({"n_before": int, "n_after": int})
    both["change"] = both["mean_after"] - both["mean_before"]
    differs = (both["n_before"] != both["n_after"]) | (both["change"].abs() > 1e-6)
    names = pd.concat([after, before])[[*_KEY, "person_name", "target_name"]].drop_duplicates(_KEY).set_index(_KEY)
    both = both[differs].join(names).reset_index()
    order = both.assign(size=both["change"].abs().fillna(0), n=both[["n_before", "n_after"]].max(axis=1))
    both = both.loc[order.sort_values(["size", "n", *_KEY], ascending=[False, False, True, True]).index]
    columns = [*_KEY, "person_name", "target_name", "n_before", "n_after", "mean_before", "mean_after", "change"]
    return both[columns].reset_index(drop=True)


def _pooled(stances: pd.DataFrame) -> pd.DataFrame:
    sums = stances.groupby(_KEY)[["n_statements", "n_favor", "n_against"]].sum()
    mean = (sums["n_favor"] - sums["n_against"]) / sums["n_statements"]
    return pd.DataFrame({"n": sums["n_statements"], "mean": mean})
