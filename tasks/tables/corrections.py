"""Corrections in the lake: what persons judged, what of it still fits, and what of it overrides the rows."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sayso.tasks.articles import Analysis
from sayso.tasks.tables.calibration import calibration_of
from sayso.tasks.tables.journal import Commit
from sayso.tasks.tables.judgements import Judgement, from_json, labels_of, sha256_of, to_json
from sayso.tasks.tables.lake import Lake, with_duplicates
from sayso.tasks.tables.rows import shard_tables
from sayso.tasks.tables.schemas import CORRECTIONS, PER_ARTICLE
from sayso.tasks.tables.snapshot import Snapshot

_EDITS = ("changed", "deleted", "added")


@dataclass(frozen=True, slots=True)
class Correction:
    """A row of the table corrections, its judgement read."""

    audit_id: str | None
    article_id: str
    coder: str
    made_at: datetime
    text_sha256: str
    judgement: Judgement
    applied: bool = False

    @property
    def correction_id(self) -> str:
        what = self.judgement.statement_id or to_json(self.judgement.after) or ""
        parts = (self.coder, self.made_at.isoformat(), self.article_id, self.judgement.action, what)
        return hashlib.sha256("|".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Misfit(NamedTuple):
    """A correction that no longer fits, and why."""

    correction: Correction
    why: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What was stored: corrections that are new, articles whose rows they override, and what could not be applied."""

    fresh: int
    applied: int
    left: tuple[Misfit, ...]


def corrections(lake: Snapshot) -> list[Correction]:
    """All that was ever judged, in the order of time."""
    rows = lake.read("corrections").sort_by([("made_at", "ascending"), ("correction_id", "ascending")]).to_pylist()
    return [
        Correction(
            row["audit_id"],
            row["article_id"],
            row["coder"],
            row["made_at"],
            row["text_sha256"],
            Judgement(row["statement_id"], row["action"], from_json(row["before"]), from_json(row["after"])),
            row["applied"],
        )
        for row in rows
    ]


def in_force(found: Iterable[Correction]) -> dict[tuple[str, str], list[Correction]]:
    """(article_id, coder) → the judgements of the last time that the coder judged the article."""
    groups: dict[tuple[str, str], list[Correction]] = defaultdict(list)
    for each in found:
        groups[each.article_id, each.coder].append(each)
    return {key: [c for c in group if c.made_at == group[-1].made_at] for key, group in groups.items()}


def overrides(lake: Snapshot, analyses: Iterable[Analysis]) -> dict[str, list[Judgement]]:
    """article_id → corrections that override what the stages made of it; none where its text is another."""
    texts = {a.article.article_id: sha256_of(a.article.text) for a in analyses}
    return _applied(_of(lake, texts), texts)


def _of(lake: Snapshot, article_ids: Iterable[str]) -> list[Correction]:
    wanted = set(article_ids)
    return [c for c in corrections(lake) if c.article_id in wanted]


def _applied(found: Iterable[Correction], texts: Mapping[str, str]) -> dict[str, list[Judgement]]:
    chosen: dict[str, list[Judgement]] = defaultdict(list)
    for group in in_force(found).values():
        for c in group:
            if c.applied and c.judgement.action in _EDITS and texts.get(c.article_id) == c.text_sha256:
                chosen[c.article_id].append(c.judgement)
    return dict(chosen)


def misfits(lake: Snapshot) -> list[Misfit]:
    """Corrections in force that the articles and the statements found in them, as they are now, no longer fit."""
    found = [c for group in in_force(corrections(lake)).values() for c in group]
    return list(_misfits(found, texts_of(lake, {c.article_id for c in found}), _found(lake, found)))


def _misfits(
    found: Sequence[Correction], texts: Mapping[str, str], said: Mapping[str, Mapping[str, object]]
) -> Iterable[Misfit]:
    for c in found:
        if c.article_id not in texts:
            yield Misfit(c, "the article is no longer in the lake")
        elif texts[c.article_id] != c.text_sha256:
            yield Misfit(c, "the article has another text now")
        elif c.judgement.statement_id and c.judgement.statement_id not in said.get(c.article_id, {}):
            yield Misfit(c, "the statement is no longer found in it")


def texts_of(lake: Snapshot, article_ids: Iterable[str]) -> dict[str, str]:
    """article_id → sha256 of its text, of those that are in the lake."""
    wanted = pa.array(sorted(set(article_ids)), pa.string())
    found: dict[str, str] = {}
    for _, rows in lake.parts("articles", ["article_id", "text"]):
        kept = rows.filter(pc.is_in(rows["article_id"], value_set=wanted))
        found |= {i: sha256_of(text) for i, text in zip(*kept.to_pydict().values(), strict=True)}
    return found


def _found(lake: Snapshot, of: Iterable[Correction]) -> dict[str, Mapping[str, object]]:
    """article_id → the statements that the stages found in it, by id."""
    made = lake.analyses({c.article_id for c in of})
    return {article_id: labels_of(analysis) for article_id, (analysis, _) in made.items()}


def conflicts(found: Iterable[Correction]) -> list[Misfit]:
    """Statements that two coders judged differently; they are not applied until one of the two is chosen."""
    seen: dict[tuple[str, str | None], list[Correction]] = defaultdict(list)
    for group in in_force(found).values():
        for c in group:
            if c.judgement.statement_id:
                seen[c.article_id, c.judgement.statement_id].append(c)
    differing = [g for g in seen.values() if len({(c.judgement.action == "deleted", _after(c)) for c in g}) > 1]
    return [Misfit(g[0], f"{' and '.join(sorted({c.coder for c in g}))} judge it differently") for g in differing]


def _after(c: Correction) -> object:
    return c.judgement.before if c.judgement.action == "accepted" else c.judgement.after


def store(
    lake: Lake, run_id: str, fresh: Sequence[Correction], apply: bool = False, coder: str | None = None
) -> Stored:
    """Put corrections into the lake in one commit; with `apply`, all in force override the rows of their articles.

    What no longer fits, and what two coders judged differently, is stored but not applied.

    Args:
        coder: whose corrections to apply; everybody's by default.
    """
    with lake.locked():
        snapshot, commit = lake.snapshot(), Commit()
        held = corrections(snapshot)
        known = {c.correction_id for c in held}
        new = list({c.correction_id: c for c in fresh if c.correction_id not in known}.values())
        everything, left = held + new, []
        ids: list[str] = []
        if apply:
            mine = [c for g in in_force(everything).values() for c in g if coder is None or c.coder == coder]
            ids = sorted({c.article_id for c in mine if c.judgement.action in _EDITS})
            left = list(_misfits(mine, texts_of(snapshot, {c.article_id for c in mine}), _found(snapshot, mine)))
            left += [] if coder else conflicts(mine)
            out = {m.correction.correction_id for m in left}
            out |= {c.correction_id for c in mine if any(_same(c, m.correction) for m in left)}
            chosen = {c.correction_id for c in mine} - out
            among = set(ids)
            everything = [
                _with_applied(c, c.correction_id in chosen) if c.article_id in among else c for c in everything
            ]
            _rewrite(lake, commit, run_id, snapshot, ids, everything)
        if new or apply:
            name = lake.next_name(run_id, ["corrections"], commit)
            commit.delete += [("corrections", old) for old in snapshot.names("corrections")] if apply else []
            commit.put["corrections", name] = to_rows(everything if apply else new)
            lake.journal.apply(commit)
        return Stored(len(new), len(ids), tuple(left))


def _same(one: Correction, other: Correction) -> bool:
    return (one.article_id, one.judgement.statement_id) == (other.article_id, other.judgement.statement_id) and (
        one.judgement.statement_id is not None
    )


def _with_applied(c: Correction, applied: bool) -> Correction:
    return Correction(c.audit_id, c.article_id, c.coder, c.made_at, c.text_sha256, c.judgement, applied)


def to_rows(found: Iterable[Correction]) -> pa.Table:
    rows = [
        {
            "correction_id": c.correction_id,
            "audit_id": c.audit_id,
            "article_id": c.article_id,
            "statement_id": c.judgement.statement_id,
            "action": c.judgement.action,
            "coder": c.coder,
            "made_at": c.made_at,
            "before": to_json(c.judgement.before),
            "after": to_json(c.judgement.after),
            "text_sha256": c.text_sha256,
            "applied": c.applied,
        }
        for c in found
    ]
    return pa.Table.from_pylist(rows, CORRECTIONS)


def _rewrite(
    lake: Lake, commit: Commit, run_id: str, snapshot: Snapshot, ids: Sequence[str], found: Sequence[Correction]
) -> None:
    """Make the rows of some articles anew, in a commit: what the stages made, with what is applied laid over it."""
    made = lake.analyses(ids)
    columns = ["article_id", "run_id", "ingested_at", "duplicate_of"]
    rows = pd.concat([rows.to_pandas() for _, rows in snapshot.parts("articles", columns)])
    rows = rows[rows["article_id"].isin(made)]
    if rows.empty:
        return
    judgements = _applied(found, {i: sha256_of(analysis.article.text) for i, (analysis, _) in made.items()})
    copies = rows[rows["duplicate_of"].notna()]
    originals = dict(zip(copies["article_id"], copies["duplicate_of"], strict=True))
    parts, calibration = [], calibration_of(lake.path)
    for (wrote, at), group in rows.groupby(["run_id", "ingested_at"]):
        for article_id in group["article_id"]:
            analysis, marks = made[article_id]
            confidence = calibration if calibration and calibration.holds(marks) else float
            parts.append(shard_tables([analysis], wrote, marks, at.to_pydatetime(), judgements, confidence))
    lake.rewrite_without(commit, run_id, list(made), snapshot)
    shard = lake.next_name(run_id, taken=commit)
    for table in PER_ARTICLE:
        commit.put[table, shard] = with_duplicates(pa.concat_tables([part[table] for part in parts]), originals)
