"""What an audit says: its frame, the articles that were read to their end, and both sets of labels as rows."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sayso.tasks.articles import UsageError
from sayso.tasks.surveys import MIN_LABELLED, Ratio, Sums, corrected_ratio
from sayso.tasks.tables.corrections import Correction, corrections, in_force, texts_of
from sayso.tasks.tables.judgements import Label, labels_of, new_speaker_id, new_target_id
from sayso.tasks.tables.people import by_entity
from sayso.tasks.tables.snapshot import Snapshot

# A row is a statement toward one target; a statement without any has one row with nulls, as in quotes.
LABELS = ["article_id", "statement_id", "statement_kind", "speaker_id", "speaker_name", "speaker_kind"]
LABELS += ["target_id", "target_name", "target_kind", "stance"]


@dataclass(frozen=True)
class Audit:
    """An audit and what came of it.

    Attributes:
        frame: article_id, stratum, sampled, inclusion_probability, position of every article that could be drawn.
        design: how it was drawn.
        read: (article_id, coder) → the statements that the coder says are there, for drawn articles that the coder
            read to their end and whose text is still the same.
    """

    audit_id: str
    frame: pd.DataFrame
    design: dict[str, Any]
    read: dict[tuple[str, str], list[Label]] = field(default_factory=dict)

    @property
    def labelled(self) -> list[str]:
        """Articles that somebody read to their end."""
        return sorted({article_id for article_id, _ in self.read})

    @property
    def coders(self) -> list[str]:
        return sorted({coder for _, coder in self.read})

    def sums(self, machine: pd.DataFrame, person: pd.DataFrame) -> Sums:
        """Numerators and denominators of all articles; of several coders of an article the mean.

        Args:
            machine: y and x by article_id.
            person: y and x by article_id and coder.
        """
        ids = self.frame["article_id"]
        keys = pd.MultiIndex.from_tuples(list(self.read), names=["article_id", "coder"])
        mine = person.reindex(keys, fill_value=0).groupby("article_id").mean()
        return Sums(
            self.frame["stratum"].to_numpy(),
            ids.isin(self.labelled).to_numpy(),
            machine.reindex(ids, fill_value=0)[["y", "x"]].to_numpy(dtype=float),
            mine.reindex(ids, fill_value=0)[["y", "x"]].to_numpy(dtype=float),
        )


def audits(lake: Snapshot) -> list[Audit]:
    """Every audit of a lake, oldest first, with what was read for it."""
    rows = lake.read("audits").to_pandas()
    if rows.empty:
        return []
    force = in_force(corrections(lake))
    texts = texts_of(lake, {article_id for article_id, _ in force})
    found = []
    for audit_id, group in rows.groupby("audit_id"):
        drawn = set(group.loc[group["sampled"], "article_id"])
        read = {
            (article_id, coder): _labels(judged)
            for (article_id, coder), judged in force.items()
            if article_id in drawn
            and texts.get(article_id) == judged[0].text_sha256
            and any(c.judgement.action == "finished" and c.audit_id == audit_id for c in judged)
        }
        columns = ["article_id", "stratum", "sampled", "inclusion_probability", "position"]
        design = json.loads(group["design"].iloc[0]) | {"drawn_at": group["drawn_at"].iloc[0]}
        found.append(Audit(str(audit_id), group[columns].reset_index(drop=True), design, read))
    return sorted(found, key=lambda audit: (audit.design["drawn_at"], audit.audit_id))


def audit_of(lake: Snapshot, audit_id: str | None = None) -> Audit:
    """An audit by its id; by default the newest for which an article was read, else the newest.

    Raises:
        UsageError: there is none.
    """
    found = audits(lake)
    if not found:
        raise UsageError(f"{lake.path} has no audit; sayso audit {lake.path} -o audit/ draws one")
    if audit_id is None:
        return ([a for a in found if a.read] or found)[-1]
    named = [a for a in found if a.audit_id == audit_id]
    if not named:
        known = ", ".join(a.audit_id for a in found[-5:])
        raise UsageError(f"{lake.path} has no audit {audit_id!r}; it has {known}")
    return named[0]


def _labels(judged: Iterable[Correction]) -> list[Label]:
    said = [j.before if j.action == "accepted" else j.after for j in (c.judgement for c in judged)]
    return [label for label in said if label]


def label_rows(article_id: str, labels: Iterable[Label]) -> list[dict[str, Any]]:
    """Statements as rows of `LABELS`; ids are the article's own."""
    rows = []
    for number, label in enumerate(labels):
        who = label.speaker
        common = {
            "article_id": article_id,
            "statement_id": f"{article_id} {number}",
            "statement_kind": label.statement_kind,
            "speaker_id": who.speaker_id or new_speaker_id(article_id, who),
            "speaker_name": who.name,
            "speaker_kind": who.kind,
        }
        targets = [
            {"target_id": t.target_id or new_target_id(t), "target_name": t.name, "target_kind": t.kind}
            | {"stance": t.stance}
            for t in label.targets
        ]
        nobody: dict[str, Any] = {"target_id": None, "target_name": None, "target_kind": None, "stance": None}
        rows += [common | toward for toward in targets or [nobody]]
    return rows


def machine_labels(
    lake: Snapshot, article_ids: Iterable[str] | None = None, known: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What Sayso itself says of articles, of all by default: rows of `LABELS` with person_id and person_name.

    Corrections that override rows do not count here: an estimate that they correct must not see them.

    Args:
        known: rows of identities; by default the lake's.
    """
    overridden = {c.article_id for c in corrections(lake) if c.applied}
    quotes = lake.read("quotes", LABELS).to_pandas()
    made = lake.analyses(overridden)
    quotes = quotes[~quotes["article_id"].isin(made)]
    rows = [row for i, (analysis, _) in made.items() for row in label_rows(i, labels_of(analysis).values())]
    if rows:
        quotes = pd.concat([quotes, pd.DataFrame(rows, columns=LABELS)])
    if article_ids is not None:
        quotes = quotes[quotes["article_id"].isin(set(article_ids))]
    return named(quotes, lake.read("identities").to_pandas() if known is None else known)


def person_labels(lake: Snapshot, audit: Audit, known: pd.DataFrame | None = None) -> pd.DataFrame:
    """What people say of the articles that they read: the same rows, and the coder of each."""
    rows = [row | {"coder": c} for (i, c), labels in audit.read.items() for row in label_rows(i, labels)]
    found = pd.DataFrame(rows, columns=[*LABELS, "coder"])
    return named(found, lake.read("identities").to_pandas() if known is None else known)


def named(labels: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Rows of labels with speakers and targets under the ids that they have across articles."""
    labels = by_entity(labels.astype({"target_id": object, "target_name": object}), known)
    return labels.assign(score=labels["stance"].map({"favor": 1.0, "neutral": 0.0, "against": -1.0}).astype(np.float64))


def corrected_stances(lake: Snapshot, known: pd.DataFrame, periods: pd.Series) -> dict[tuple[str, str, str], Ratio]:
    """(person_id, target_id, period) → mean stance as the newest audit that was labelled corrects it.

    Only where the articles that were read have enough on it; there is no entry for the rest.

    Args:
        known: rows of identities.
        periods: article_id → first of its month as text, "" for undated.
    """
    found = [audit for audit in audits(lake) if audit.read]
    if not found:
        return {}
    key = ["person_id", "target_id", "period"]
    audit = found[-1]
    machine = machine_labels(lake, audit.frame["article_id"], known)
    person = person_labels(lake, audit, known)
    machine, person = (
        each[each["target_id"].notna() & (each["person_id"] != each["target_id"])].assign(
            period=each["article_id"].map(periods), y=each["score"], x=1.0
        )
        for each in (machine, person)
    )
    read = person.groupby(key)["article_id"].nunique()
    groups = machine.groupby(key)
    told = {}
    for cell in read.index[read >= MIN_LABELLED]:
        here = groups.get_group(cell) if cell in groups.groups else machine.iloc[:0]
        mine = person[(person[key] == pd.Series(dict(zip(key, cell, strict=True)))).all(axis=1)]
        sums = audit.sums(
            here.groupby("article_id")[["y", "x"]].sum(), mine.groupby(["article_id", "coder"])[["y", "x"]].sum()
        )
        told[cell] = corrected_ratio(sums, (-1, 1))
    return told
