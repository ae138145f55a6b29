"""How stances of speakers moved between two states of a lake, or between two lakes; and what else changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from sayso.tasks.articles import UsageError
from sayso.tasks.tables.recipes import Recipe, changes_between
from sayso.tasks.tables.schemas import HISTORY_TABLE, SPEAKER_STANCES
from sayso.tasks.tables.snapshot import Past, Snapshot

_KEY = ["person_id", "target_id"]


@dataclass(frozen=True, slots=True)
class State:
    """speaker_stances of one moment, and what made it."""

    stances: pd.DataFrame
    made: Past
    recipes: Mapping[str, Recipe]


def runs_with_stances(lake: Snapshot) -> list[str]:
    """Runs after which speaker_stances was kept, in the order of their commits."""
    return [past.run for past in lake.manifest.history]


def present(lake: Snapshot) -> State:
    """speaker_stances as it is."""
    recipes = {recipe.key: recipe for recipe, _ in lake.made_by()}
    return State(lake.read("speaker_stances").to_pandas(), lake.present(), recipes)


def state_after(lake: Snapshot, run_id: str) -> State:
    """speaker_stances as a run left it.

    Raises:
        UsageError: it was not kept; the message lists the runs there are.
    """
    found = [past for past in lake.manifest.history if past.run == run_id]
    if not found:
        kept = ", ".join(runs_with_stances(lake)[-5:]) or "none"
        raise UsageError(f"{lake.path} has kept no stances of run {run_id!r}; the last that it has: {kept}")
    return State(lake.load(HISTORY_TABLE, found[-1].file).to_pandas(), found[-1], lake.manifest.recipes)


def stances_after(lake: Snapshot, run_id: str) -> pd.DataFrame:
    """The stances of `state_after`."""
    return state_after(lake, run_id).stances


def latest(lake: Snapshot) -> tuple[State, State] | None:
    """What the last two rebuilds left; None where fewer were kept."""
    kept = runs_with_stances(lake)[-2:]
    return (state_after(lake, kept[0]), state_after(lake, kept[1])) if len(kept) == 2 else None


def latest_moves(lake: Snapshot) -> pd.DataFrame:
    """`moves_between` the last two rebuilds, those alone whose mean changed; see `latest_changes`.

    Empty where fewer were kept, or where they were not made in the same way: then no speaker need have moved.
    """
    states = latest(lake)
    if states is None or changes(*states):
        nothing = SPEAKER_STANCES.empty_table().to_pandas()
        return moves(nothing, nothing)
    moved = moves_between(*states)
    return moved[moved["change"].abs() > 0]


def latest_changes(lake: Snapshot) -> list[str]:
    """`changes` between the last two rebuilds."""
    states = latest(lake)
    return changes(*states) if states else []


def changes(before: State, after: State) -> list[str]:
    """What makes stances differ though nobody said anything else, a line each; empty where they were made alike."""
    found = _recipes(before, after)
    was, now = (json.loads(state.made.settings or "{}") for state in (before, after))
    if was and now:
        if was["count_copies"] != now["count_copies"]:
            found.append(f"near copies: {'counted' if now['count_copies'] else 'left out'} now")
        if was["version"] != now["version"]:
            found.append("speaker_stances: another version of Sayso")
    if before.made.listed != after.made.listed and before.made.listed and after.made.listed:
        found.append("speakers.toml: another list")
    return found


def is_cut(before: State, after: State) -> bool:
    """Whether persons were taken out of what was before, with articles that were forgotten since."""
    return before.made.cut and not after.made.cut


def _recipes(before: State, after: State) -> list[str]:
    was, now = before.made.recipes, after.made.recipes
    if any(len(state.stances) and not state.made.recipes for state in (before, after)):
        return ["an older Sayso did not keep what made the stances"]
    less = [key for key in was if now.get(key, 0) < was[key]]
    more = [key for key in now if was.get(key, 0) < now[key]]
    if not was or (now.keys() <= was.keys() and not (less and more)):
        return []
    old = [before.recipes[key] for key in less or was]
    new = [after.recipes[key] for key in (key for key in more if key not in was or less)]
    return list(dict.fromkeys(line for one in old for other in new for line in changes_between(one, other)))


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


def moves_between(before: State, after: State) -> pd.DataFrame:
    """`moves`, without those who seem new because what was before is left out."""
    moved = moves(before.stances, after.stances)
    unknown = (moved["n_before"] == 0) & is_cut(before, after)
    return moved[~unknown].reset_index(drop=True)


def _pooled(stances: pd.DataFrame) -> pd.DataFrame:
    sums = stances.groupby(_KEY)[["n_statements", "n_favor", "n_against"]].sum()
    mean = (sums["n_favor"] - sums["n_against"]) / sums["n_statements"]
    return pd.DataFrame({"n": sums["n_statements"], "mean": mean})
