"""Quantities that can be estimated: shares of statements or speakers, and mean stances, of a part of the articles.

share of direct                     statements of a kind (direct, indirect, mixed)
share of organizations              statements by a kind of speaker (persons, groups, anonymous, author, unknown)
share of women                      statements of persons whose gender is known; women quoted: each once an article
share of party=green                the same for any column of a people file
stance toward harbor toll           mean stance, from -1 to 1
stance of Ada Quill toward harbor toll        … of a person or body, of women, of organizations, of party=green
… in outlet=The Tarn, month=2026-03           articles of an outlet, of a month or of a year (month=2026)
… in speaker=women                  statements of a part of the speakers
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sayso.tasks.articles import UsageError
from sayso.tasks.speakers.gender import gender_of_name
from sayso.tasks.tables.people import NAMED
from sayso.tasks.text.names import normal

KINDS = ("direct", "indirect", "mixed")
SPEAKERS = {
    "persons": "person",
    "organizations": "organization",
    "groups": "group",
    "anonymous": "anonymous",
    "author": "author",
    "unknown": "unknown",
}
PARTS = ("outlet", "month", "speaker")
GENDERS = {"women": "female", "men": "male"}
_FORM = re.compile(
    r"share of (?P<share>.+?)(?P<quoted> quoted)?|stance (?:of (?P<whose>.+?) )?(?:toward|towards) (?P<target>.+?)",
    re.IGNORECASE,
)
_HELP = 'say "share of direct", "share of women quoted", "stance of Ada Quill toward …", and "in outlet=…" after it'
People = Mapping[str, Mapping[str, str]]  # entity_id or normal name → column → value


@dataclass(frozen=True)
class Quantity:
    """One quantity, as its text says."""

    text: str
    share: str | None
    quoted: bool
    whose: str | None
    target: str | None
    where: Mapping[str, str]
    people: People = field(default_factory=dict)

    @property
    def bounds(self) -> tuple[float, float]:
        return (-1, 1) if self.target else (0, 1)

    def rows(self, labels: pd.DataFrame, articles: pd.DataFrame) -> pd.DataFrame:
        """What is counted, a row each: article_id (and coder), its value y, and x, which is 1.

        Args:
            labels: rows of `machine_labels` or `person_labels`.
            articles: article_id, outlet, month.
        """
        for name, value in self.where.items():
            if name == "speaker":
                hit, known = self._is(labels, value)
                labels = labels[(hit & known).to_numpy(dtype=bool)]
                continue
            column = articles[name]
            fits = column.str.startswith(value) if name == "month" else column.map(normal) == normal(value)
            labels = labels[labels["article_id"].isin(articles.loc[fits, "article_id"])]
        by = _units(labels)
        rows = self._toward(labels) if self.target else self._shared(labels, by)
        return rows.loc[rows["x"] > 0, [*by, "y", "x"]]

    def sums(self, labels: pd.DataFrame, articles: pd.DataFrame) -> pd.DataFrame:
        """Sums of the `rows` of each article (and coder); none for one that has none."""
        return self.rows(labels, articles).groupby(_units(labels))[["y", "x"]].sum()

    def _toward(self, labels: pd.DataFrame) -> pd.DataFrame:
        wanted = normal(self.target or "")
        same = (labels["target_id"] == self.target) | labels["target_name"].map(_normal).eq(wanted)
        rows = labels[same & labels["score"].notna()]
        if self.whose:
            rows = rows[rows["person_id"].notna() & self._is(rows, self.whose)[0]]
        else:
            rows = rows[rows["person_id"] != rows["target_id"]]
        return rows.assign(y=rows["score"], x=1.0)

    def _shared(self, labels: pd.DataFrame, by: list[str]) -> pd.DataFrame:
        rows = labels.drop_duplicates([*by, "person_id"] if self.quoted else [*by, "statement_id"])
        hit, known = self._is(rows, self.share or "")
        return rows.assign(y=(hit & known).astype(float), x=known.astype(float))

    def _is(self, rows: pd.DataFrame, what: str) -> tuple[pd.Series, pd.Series]:
        """Whether each row is of what is named, and whether that can be told of it."""
        word = what.lower()
        every = pd.Series(True, rows.index)
        if word in KINDS:
            return rows["statement_kind"] == word, every
        if word in SPEAKERS:
            return rows["speaker_kind"] == SPEAKERS[word], every
        if word in GENDERS or "=" in what:
            name, _, value = f"gender={GENDERS[word]}".partition("=") if word in GENDERS else what.partition("=")
            found = self._attribute(rows, name.strip())
            return found.map(_normal) == normal(value), found.notna()
        named = rows["speaker_kind"].isin(NAMED)
        return named & ((rows["person_id"] == what) | rows["person_name"].map(_normal).eq(normal(what))), every

    def _attribute(self, rows: pd.DataFrame, name: str) -> pd.Series:
        """A column of the people file for each row's speaker; gender by the first name where the file is silent."""
        persons = rows["speaker_kind"].isin(("person",) if name == "gender" else NAMED)

        def of(person_id: str, person_name: str) -> str | None:
            known = self.people.get(person_id) or self.people.get(normal(person_name)) or {}
            return known.get(name) or (gender_of_name(person_name) if name == "gender" else None)

        values = [
            of(*who) if is_one else None
            for is_one, who in zip(persons, zip(rows["person_id"], rows["person_name"], strict=True), strict=True)
        ]
        return pd.Series(values, rows.index, dtype=object)


def _units(labels: pd.DataFrame) -> list[str]:
    return ["article_id", "coder"] if "coder" in labels else ["article_id"]


def quantity(text: str, people: People | None = None) -> Quantity:
    """The quantity that a text names.

    Raises:
        UsageError: it names none; the message says how to.
    """
    plain = " ".join(text.split())
    what, _, filters = plain.partition(" in ") if re.search(r" in [\w ]+=", plain) else (plain, "", "")
    found = _FORM.fullmatch(what)
    if not found:
        raise UsageError(f"{text!r} names no quantity; {_HELP}")
    where = {}
    for part in filter(None, filters.split(",")):
        name, value = (each.strip() for each in part.partition("=")[::2])
        if name not in PARTS or not value:
            raise UsageError(f"{part.strip()!r} is no part; say outlet=NAME, month=2026-03 or speaker=women")
        where[name] = value
    share, whose = found["share"], found["whose"]
    for each in filter(None, (share, whose, where.get("speaker"))):
        column = each.partition("=")[0].strip()
        columns = {c for row in (people or {}).values() for c in row} | {"gender"}
        if "=" in each and column not in columns:
            raise UsageError(f"nothing is known of {column!r}; a people file (--people) with that column says it")
    if share and share.lower() not in (*KINDS, *SPEAKERS, *GENDERS) and "=" not in share:
        raise UsageError(f"{share!r} is no kind of statement or speaker; {_HELP}")
    return Quantity(text, share, bool(found["quoted"]), whose, found["target"], where, people or {})


def read_people(path: Path) -> dict[str, dict[str, str]]:
    """A people file: CSV with a column entity_id or name, and any others.

    Raises:
        UsageError: it cannot be read, or has neither column.
    """
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    keys: dict[str, Callable[[str], str]] = {"entity_id": str, "name": normal}
    if not (held := [key for key in keys if key in rows]):
        raise UsageError(f"{path} has neither a column entity_id nor name")
    people: dict[str, dict[str, str]] = {}
    for row in rows.to_dict("records"):
        values = {str(k): str(v) for k, v in row.items() if k not in keys and v}
        people |= {keys[key](str(row[key])): values for key in held if row[key]}
    return people


def _normal(value: Any) -> str | None:
    return normal(value) if isinstance(value, str) else None


def moments(found: Quantity, labels: pd.DataFrame, articles: pd.DataFrame) -> np.ndarray:
    """(articles,) y - R x, where R is the ratio of the sums over all of them."""
    sums = found.sums(labels, articles).reindex(articles["article_id"], fill_value=0)
    y, x = sums["y"].to_numpy(dtype=float), sums["x"].to_numpy(dtype=float)
    values: np.ndarray = y - (y.sum() / x.sum() if x.sum() else 0) * x
    return values
