"""Quotes of a lake, by who speaks, toward what, how, where and when."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from functools import reduce
from typing import Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sayso.tasks.articles import UsageError
from sayso.tasks.scores import LABELS
from sayso.tasks.tables import SCHEMAS, Snapshot
from sayso.tasks.text.names import normal

_STATEMENT_KINDS = ("direct", "indirect", "mixed")
_SPEAKER_KINDS = ("person", "organization", "group", "anonymous", "author", "unknown")
KINDS = (*_STATEMENT_KINDS, *_SPEAKER_KINDS)
COLUMNS = (*SCHEMAS["quotes"].names, "person_id", "person_name")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which quotes are wanted; all of them by default. What is set must hold together.

    Attributes:
        speaker: text in the name or id of who speaks, in the article or across articles; case and accents do not count.
        target: the same of the target.
        stance: against, neutral or favor.
        outlet: text in the outlet's name.
        since: first day of publication; undated articles fall out.
        until: last day.
        kind: of the statement (direct, indirect, mixed) or of the speaker (person, organization, group …).
        min_confidence: that content and source of the statement are right, 0 to 1.

    Raises:
        UsageError: a value that is none; the message says what there is.
    """

    speaker: str | None = None
    target: str | None = None
    stance: str | None = None
    outlet: str | None = None
    since: date | str | None = None
    until: date | str | None = None
    kind: str | None = None
    min_confidence: float = 0.0

    def __post_init__(self) -> None:
        for name, known in (("stance", LABELS["stance"]), ("kind", KINDS)):
            if (given := getattr(self, name)) is not None and given not in known:
                raise UsageError(f"{name} is {given!r}; it must be one of {', '.join(known)}")
        if not 0 <= self.min_confidence <= 1:
            raise UsageError(f"min_confidence is {self.min_confidence}; it must be from 0 to 1")
        for name in ("since", "until"):
            object.__setattr__(self, name, _day(name, getattr(self, name)))
        if self.since and self.until and self.since > self.until:  # type: ignore[operator]
            raise UsageError(f"since is {self.since}, after until, which is {self.until}")

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """From names to values; UsageError for a name that is none."""
        known = [f.name for f in fields(cls)]
        if unknown := sorted(given.keys() - set(known)):
            raise UsageError(f"no filter {unknown[0]!r}; there are {', '.join(known)}")
        return cls(**given)


def _day(name: str, value: date | str | None) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise UsageError(f"{name} is {value!r}; it must be a day, such as 2026-03-31") from error


def quotes(lake: Snapshot, filters: Filters | None = None) -> Iterator[pd.DataFrame]:
    """Quotes that pass the filters, a part of the lake at a time; at least one frame, which may be empty.

    Columns are those of the table quotes, and person_id and person_name: who the speaker is across articles.
    """
    wanted = filters or Filters()
    identities = lake.read("identities", ["article_id", "local_id", "entity_id", "entity_name"])
    empty = True
    for rows in lake.batches("quotes", 50_000):
        frame = _joined(rows, identities, wanted)
        if len(frame):
            empty = False
            yield frame
    if empty:
        yield _joined(SCHEMAS["quotes"].empty_table(), identities, wanted)


def _joined(rows: pa.Table, identities: pa.Table, wanted: Filters) -> pd.DataFrame:
    rows = _narrowed(rows, wanted)
    here = identities.filter(pc.is_in(identities["article_id"], value_set=pc.unique(rows["article_id"])))
    entity = {(a, i): (e, n) for a, i, e, n in zip(*here.to_pydict().values(), strict=True)}
    frame: pd.DataFrame = rows.to_pandas()
    for role, to in (("speaker", "person"), ("target", "_target")):
        found = [
            entity.get((a, i), (i, n))
            for a, i, n in zip(frame["article_id"], frame[f"{role}_id"], frame[f"{role}_name"], strict=True)
        ]
        frame[f"{to}_id"] = pd.Series([e for e, _ in found], index=frame.index, dtype="str")
        frame[f"{to}_name"] = pd.Series([n for _, n in found], index=frame.index, dtype="str")
    for text, columns in (
        (wanted.speaker, ["speaker_name", "speaker_id", "person_name", "person_id"]),
        (wanted.target, ["target_name", "target_id", "_target_name", "_target_id"]),
    ):
        if text is not None:
            frame = frame[_any_holds(frame, columns, text)]
    frame = frame.drop(columns=["_target_id", "_target_name"])
    return frame.reset_index(drop=True)


def _narrowed(rows: pa.Table, wanted: Filters) -> pa.Table:
    """Rows that pass what needs no names."""
    at = rows["published_at"]
    conditions = []
    if wanted.since:
        conditions.append(pc.greater_equal(at, _midnight(wanted.since)))
    if wanted.until:
        conditions.append(pc.less(at, _midnight(wanted.until, 1)))
    if wanted.stance:
        conditions.append(pc.equal(rows["stance"], wanted.stance))
    if wanted.kind:
        column = "statement_kind" if wanted.kind in _STATEMENT_KINDS else "speaker_kind"
        conditions.append(pc.equal(rows[column], wanted.kind))
    if wanted.min_confidence:
        conditions.append(pc.greater_equal(rows["confidence"], pa.scalar(wanted.min_confidence, pa.float32())))
    if wanted.outlet is not None:
        text = normal(wanted.outlet)
        known = [o for o in pc.unique(rows["outlet"]).to_pylist() if o and text in normal(o)]
        conditions.append(pc.is_in(rows["outlet"], value_set=pa.array(known, pa.string())))
    return rows.filter(reduce(pc.and_, conditions)) if conditions else rows


def _midnight(day: Any, later: int = 0) -> pa.Scalar:
    """The beginning of a day in UTC; the last moment there is, where the day after is none."""
    try:
        at = datetime.combine(day + timedelta(days=later), time.min)
    except OverflowError:
        at = datetime.max
    return pa.scalar(at, pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))


def _any_holds(frame: pd.DataFrame, columns: list[str], text: str) -> pd.Series:
    wanted = normal(text)
    found = pd.Series(False, index=frame.index)
    for column in columns:
        found |= _each(frame[column], lambda v: wanted in normal(v))
    return found


def _each(column: pd.Series, holds: Callable[[str], bool]) -> pd.Series:
    """Whether something holds of each value; it is asked once of each text, and does not hold of none."""
    known = {value: holds(str(value)) for value in column.dropna().unique()}
    return column.map(known).fillna(False).astype(bool)
