"""The first page of a report: what the lake holds, how it came to be, and what to be careful about."""

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from sayso.tasks.audit.estimating import USUAL, Estimator
from sayso.tasks.audit.quantities import quantity
from sayso.tasks.audit.scorecard import scorecard
from sayso.tasks.estimates import Estimate
from sayso.tasks.report.articles import Row, day, shown, shown_message
from sayso.tasks.runtime.folder import BUNDLED, card, sha256_of
from sayso.tasks.surveys import Ratio
from sayso.tasks.tables import Snapshot, is_current, recipes_of
from sayso.tasks.tables.audited import audits
from sayso.tasks.tables.corrections import misfits
from sayso.tasks.tables.derived import counts_copies
from sayso.tasks.tables.moves import latest_changes, latest_moves

SHOWN = 10
TARGETS = 4  # whose mean stance is shown as an audit corrects it
# What a report cannot say without a table.
_WITHOUT = {
    "articles": "there is nothing to show",
    "paragraphs": "articles are shown as one paragraph, without the author's tone",
    "speakers": "speakers have no titles and other names",
    "statements": "articles are shown without their statements",
    "targets": "targets are shown by their ids",
    "opinions": "articles show no stances",
    "paragraph_opinions": "articles do not show where their author stands",
    "quotes": "there are no pages of speakers",
    "identities": "a speaker is told from others by name alone",
    "redirects": "nothing tells which ids were in use before",
    "speaker_stances": "no stances over time",
    "audits": "nothing is known of articles that were drawn for checking",
    "corrections": "nothing is known of what people corrected",
    "runs": "nothing is known of the runs and models behind the tables",
    "rejects": "nothing is known of inputs that were rejected",
}


def missing_tables(lake: Snapshot) -> list[str]:
    return [table for table in _WITHOUT if not lake.files(table)]


def overview(lake: Snapshot, speakers: Sequence[Row]) -> dict[str, Any]:
    """What the template of the first page is filled with.

    Args:
        speakers: persons and organizations with their strongest stances, most quoted first.
    """
    articles = lake.read("articles", ["outlet", "published_at", "duplicate_of"]).to_pandas()
    kinds = lake.read("statements", ["statement_kind"])["statement_kind"].value_counts().to_pylist()
    statements = {count["values"]: count["counts"] for count in kinds}
    runs = lake.read("runs").to_pandas().sort_values("run_id")
    last = runs.iloc[-1].to_dict() if len(runs) else None
    rejects = lake.read("rejects").to_pandas()
    rejects = rejects[rejects["run_id"] == last["run_id"]] if last else rejects.iloc[:0]
    dates = articles["published_at"].dropna()
    return {
        "lake": lake.path.name,
        "notes": _notes(lake, articles, last),
        "articles": len(articles),
        "counts_copies": counts_copies(lake),
        "copies": int(articles["duplicate_of"].notna().sum()),
        "outlets": articles["outlet"].value_counts().head(SHOWN).to_dict(),
        "n_outlets": articles["outlet"].nunique(),
        "first": day(dates.min()) if len(dates) else None,
        "last": day(dates.max()) if len(dates) else None,
        "statements": sum(statements.values()),
        "statement_kinds": statements,
        "speakers": speakers[:SHOWN],
        "n_speakers": len(speakers),
        "run": last and _run(last),
        "reject_reasons": rejects["code"].value_counts().to_dict(),
        "rejects": [
            {"code": r.code, "message": shown_message(r.message, r.source_uri), "uri": shown(r.source_uri)}
            for r in rejects.head(SHOWN).itertuples()
        ],
        "models": _models(json.loads(last["models"])) if last else [],
        "audit": _audit(lake),
        "moves": latest_moves(lake).head(SHOWN).to_dict("records"),
    }


def _notes(lake: Snapshot, articles: pd.DataFrame, last: Row | None) -> list[str]:
    missing = missing_tables(lake)
    notes = [f"The table {name} is missing: {_WITHOUT[name]}." for name in missing]
    if not len(articles) and "articles" not in missing:
        notes.append("This lake holds no articles yet; sayso analyze puts some into it.")
    if len(articles) and not is_current(lake):
        notes.append(
            "Articles or speakers.toml changed after persons and stances were last put together, so that they may be "
            "out of date here; sayso speakers LAKE --apply, or the next run, brings them up to date."
        )
    others = recipes_of(lake)[1:]
    notes += [f"{n:,} of {len(articles):,} articles are made otherwise than the rest: {label}." for label, n in others]
    if stale := misfits(lake):
        notes.append(f"{len(stale):,} corrections no longer fit their articles; sayso correct LAKE lists them.")
    if changed := latest_changes(lake):
        notes.append(f"Stances before and after the last run are not compared: {'; '.join(changed)}.")
    if last and last["status"] == "running":
        began = f"{last['started_at']:%Y-%m-%d %H:%M} UTC"
        notes.append(
            f"The last run, begun {began}, had not ended when this was written (or was killed): what it had "
            "committed by then is here, and stances over all articles may lag behind."
        )
    if last and last["status"] in ("failed", "interrupted"):
        notes.append(f"The last run ended early ({last['status']}): some inputs may not be here yet.")
    return notes


def _audit(lake: Snapshot) -> Row | None:
    """What the newest audit that was labelled says: the scorecard, and estimates with and without it."""
    found = [audit for audit in audits(lake) if audit.read]
    if not found:
        return None
    estimator, card = Estimator(lake, found[-1]), scorecard(lake, found[-1])
    common = estimator.common_targets(TARGETS)
    estimates = [estimator.estimate(quantity(text)) for text in (*USUAL, *(f"stance toward {t}" for t in common))]
    return {
        "id": card.audit_id,
        "read": card.n_read,
        "drawn": card.n_drawn,
        "coders": len(card.coders),
        "later": estimator.later,
        "scores": [{"what": s.what, "value": _bounded(s.ratio), "n": s.n} for s in card.scores if "," not in s.what],
        "calibration": card.calibration_error,
        "agreements": card.agreements,
        "estimates": [
            {"what": e.quantity, "naive": _bounded(e.naive), "corrected": _bounded(e.corrected), "note": e.note}
            for e in estimates
        ],
    }


def _bounded(value: Estimate | Ratio | None) -> str:
    if value is None or value.value is None:
        return "–"
    bounds = f" ({value.low:.2f} to {value.high:.2f})" if value.low is not None and value.high is not None else ""
    return f"{value.value:.2f}{bounds}".replace("-", "−")


def _run(run: Row) -> Row:
    ended = run["finished_at"]
    seconds: float | None = None if pd.isna(ended) else (ended - run["started_at"]).total_seconds()
    return run | {"started": f"{run['started_at']:%Y-%m-%d %H:%M} UTC", "took": seconds}


def _models(used: dict[str, str]) -> list[Row]:
    """The models of a run, with the quality that the bundled ones were measured to have."""
    rows = []
    for name, sha256 in used.items():
        row = {"model": name, "from": "not the bundled one", "quality": "not measured here", "sha256": sha256}
        if (BUNDLED / name).is_dir() and sha256_of(BUNDLED / name) == sha256:
            row |= {"from": "bundled", "quality": card(BUNDLED / name).get("quality", "not measured")}
        rows.append(row)
    return rows
