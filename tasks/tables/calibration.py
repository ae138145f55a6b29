"""A lake's own calibration of the confidence of statements: kept beside the tables, laid over it when rows are made."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.special import expit, logit

from sayso.tasks.articles import UsageError
from sayso.tasks.tables.journal import Commit
from sayso.tasks.tables.kept import restored
from sayso.tasks.tables.lake import Lake
from sayso.tasks.tables.schemas import ANALYSES_TABLE, PER_ARTICLE
from sayso.tasks.tables.snapshot import Snapshot
from sayso.tasks.text.spans import statement_id

FILE = "calibration.json"
_STAGE = "attribution"  # whose confidence it is
_EDGE = 1e-4


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling: the log odds of a confidence, times a slope, plus an intercept.

    Attributes:
        made_for: mark of the stage that gave the confidence; rows that another made are left alone.
        audit_id: what it was fitted on.
    """

    intercept: float
    slope: float
    made_for: str
    audit_id: str

    def __call__(self, confidence: float) -> float:
        return float(expit(self.intercept + self.slope * logit(np.clip(confidence, _EDGE, 1 - _EDGE))))

    def holds(self, fingerprints: Mapping[str, str]) -> bool:
        return fingerprints.get(_STAGE, "") == self.made_for


def fitted(judged: np.ndarray, made_for: str, audit_id: str) -> Calibration:
    """Platt's scaling (1999) of confidences, by Newton's method, drawn a little toward leaving them as they are.

    Args:
        judged: (statements, 3) confidence, whether it is right, weight.
    """
    x = logit(np.clip(judged[:, 0], _EDGE, 1 - _EDGE))
    design, right = np.column_stack([np.ones(len(x)), x]), judged[:, 1]
    weights = judged[:, 2] * len(judged) / judged[:, 2].sum()
    start = values = np.array([0.0, 1.0])
    for _ in range(50):
        p = expit(design @ values)
        slope = design.T @ (weights * (right - p)) - (values - start)
        curve = (design * (weights * p * (1 - p))[:, None]).T @ design + np.eye(2)
        step = np.linalg.solve(curve, slope)
        values = values + step
        if np.abs(step).max() < 1e-8:
            break
    return Calibration(float(values[0]), float(values[1]), made_for, audit_id)


def calibration_of(lake: Path) -> Calibration | None:
    """The calibration that a lake keeps.

    Raises:
        UsageError: its file is damaged.
    """
    path = lake / FILE
    try:
        return Calibration(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path} is damaged; sayso audit --recalibrate makes it anew") from error


def keep(lake: Lake, run_id: str, calibration: Calibration) -> int:
    """Keep a calibration, and give the statements there are its confidence, in one commit; how many.

    It starts from what the stages gave, so that keeping another one later does not add to it; what a person corrected
    stays certain.
    """
    with lake.locked():
        snapshot = lake.snapshot()
        commit = Commit(write={FILE: json.dumps(asdict(calibration)) + "\n"})
        changed = 0
        for shard in snapshot.names("articles"):
            found = _confidences(snapshot, shard, calibration)
            changed += len(found)
            fresh = lake.next_name(run_id, taken=commit)
            commit.delete += [(table, shard) for table in PER_ARTICLE if shard in snapshot.names(table)]
            commit.put |= {(table, fresh): partial(_with, snapshot, shard, found, table) for table in PER_ARTICLE}
        lake.keep_derived(commit)
        lake.journal.apply(commit)
        return changed


def _confidences(lake: Snapshot, shard: str, calibration: Calibration) -> dict[str, float]:
    """statement_id → confidence by the calibration, of those that it holds for."""
    marks = lake.load("articles", shard, ["article_id", "fingerprints"]).to_pydict()
    ours = {i for i, each in zip(*marks.values(), strict=True) if calibration.holds(dict(each))}
    found = {}
    for row in lake.load(ANALYSES_TABLE, shard, ["article_id", "analysis"]).to_pylist():
        analysis = restored(row["analysis"], "") if row["article_id"] in ours else None
        for s in analysis.statements if analysis else ():
            found[statement_id(row["article_id"], s.cue, s.content)] = calibration(s.confidence)
    return found


def _with(lake: Snapshot, shard: str, found: Mapping[str, float], table: str) -> pa.Table:
    rows = lake.load(table, shard)
    if "confidence" not in rows.column_names:
        return rows
    columns = (rows[name].to_pylist() for name in ("statement_id", "confidence", "corrected"))
    values = [old if corrected else found.get(i, old) for i, old, corrected in zip(*columns, strict=True)]
    place = rows.column_names.index("confidence")
    return rows.set_column(place, rows.schema.field("confidence"), pa.array(values, pa.float32()))
