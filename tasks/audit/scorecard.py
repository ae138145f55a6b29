"""How good Sayso is on the user's own articles, by an audit: shares weighted by its design, intervals over articles."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sayso.tasks.articles import Analysis, Span, UsageError
from sayso.tasks.audit.agreement import Agreement, agreement
from sayso.tasks.estimates import MIN_CLUSTERS, MIN_VALUES
from sayso.tasks.surveys import Ratio, corrected_ratio
from sayso.tasks.tables import Snapshot
from sayso.tasks.tables.audited import Audit
from sayso.tasks.tables.calibration import Calibration, calibration_of, fitted
from sayso.tasks.tables.judgements import Label, Toward, Who, labels_of
from sayso.tasks.text.names import normal
from sayso.tasks.text.spans import match

BINS = 5
_OUTLETS = 8


@dataclass(frozen=True, slots=True)
class Score:
    """A share of all articles' statements, as the audit tells it; `n` is counted in the articles read."""

    what: str
    ratio: Ratio
    n: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Statements whose confidence lies within bounds: how many were read, their mean confidence, the share right."""

    low: float
    high: float
    n: float
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What an audit says of Sayso, and of its coders.

    Attributes:
        calibration_error: expected, over the bins (Guo et al. 2017).
        agreements: of coders who read the same articles.
    """

    audit_id: str
    n_read: int
    n_drawn: int
    coders: tuple[str, ...]
    scores: tuple[Score, ...]
    bins: tuple[Bin, ...]
    calibration_error: float | None
    agreements: tuple[Agreement, ...]


Counts = dict[str, tuple[float, float]]  # what → (right, of)


def scorecard(lake: Snapshot, audit: Audit) -> Scorecard:
    """The scorecard of an audit, of the statements that Sayso finds now.

    Raises:
        UsageError: no article was read to its end yet.
    """
    if not audit.read:
        raise UsageError(f"no article of audit {audit.audit_id} is finished yet; label, save, and run sayso correct")
    made = {i: analysis for i, (analysis, _) in lake.analyses(audit.labelled).items()}
    outlets = {i: a.article.outlet for i, a in made.items()}
    shown = set(pd.Series([o for o in outlets.values() if o]).value_counts().head(_OUTLETS).index)
    found: dict[str, dict[tuple[str, str], tuple[float, float]]] = defaultdict(dict)
    for (article_id, coder), labels in audit.read.items():
        if article_id in made:
            outlet = outlets[article_id] if outlets[article_id] in shown else None
            for what, pair in _counts(made[article_id], labels, outlet).items():
                found[what][article_id, coder] = pair
    scores = [_score(audit, what, pairs) for what, pairs in found.items()]
    order = sorted(scores, key=lambda s: (s.what.count(","), _ORDER.index(s.what.split(",")[0]), s.what))
    judged = confidences(audit, made)
    if in_force := calibration_of(lake.path):
        judged[:, 0] = [in_force(value) for value in judged[:, 0]]
    bins = tuple(_bins(judged))
    total = sum(b.n for b in bins)
    error = sum(b.n * abs(b.confidence - b.right) for b in bins) / total if total else None
    drawn = int(audit.frame["sampled"].sum())
    return Scorecard(
        audit.audit_id,
        len(audit.labelled),
        drawn,
        tuple(audit.coders),
        tuple(order),
        bins,
        error,
        tuple(agreements(audit, made)),
    )


_ORDER = (
    *("statements that are right", "statements that are found", "speaker right", "tone right"),
    *("targets that are right", "targets that are found", "stance right", "portrayal right"),
)


def _counts(analysis: Analysis, gold: Sequence[Label], outlet: str | None) -> Counts:
    """Of one article by one coder."""
    mine = list(labels_of(analysis).values())
    hits = match([(s.content, s.source) for s in mine], [(s.content, s.source) for s in gold])
    tally: dict[str, list[bool]] = defaultdict(list)
    hit_mine, hit_gold = {i for i, _ in hits}, {j for _, j in hits}

    def count(what: str, right: bool, *groups: str | None) -> None:
        for group in ("", *filter(None, groups)):
            tally[f"{what}, {group}" if group else what].append(right)

    for i, s in enumerate(mine):
        count("statements that are right", i in hit_mine, outlet, s.statement_kind)
    for j, s in enumerate(gold):
        count("statements that are found", j in hit_gold, outlet, s.statement_kind, _spoken(s))
    for i, j in hits:
        one, other = mine[i], gold[j]
        count("speaker right", same_speaker(one.speaker, other.speaker), outlet, other.statement_kind, _spoken(other))
        count("tone right", one.sentiment == other.sentiment, outlet)
        pairs = [(t, u) for t in one.targets for u in other.targets if same_target(t, u)]
        for t in one.targets:
            count("targets that are right", any(t is p for p, _ in pairs), outlet)
        for u in other.targets:
            count("targets that are found", any(u is q for _, q in pairs), outlet)
        for t, u in pairs:
            count("stance right", t.stance == u.stance, outlet, other.statement_kind, _spoken(other))
            count("portrayal right", t.target_sentiment == u.target_sentiment, outlet)
    return {what: (float(sum(values)), float(len(values))) for what, values in tally.items()}


def _spoken(label: Label) -> str:
    return f"speaker: {label.speaker.kind}"


def same_speaker(one: Who, other: Who) -> bool:
    """Whether two labels name the same speaker."""
    if one.speaker_id and one.speaker_id == other.speaker_id:
        return True
    alike = one.kind in ("author", "unknown") or normal(one.name) == normal(other.name)
    return one.kind == other.kind and alike


def same_target(one: Toward, other: Toward) -> bool:
    """Whether two labels are toward the same target."""
    return (one.target_id is not None and one.target_id == other.target_id) or normal(one.name) == normal(other.name)


def _score(audit: Audit, what: str, pairs: Mapping[tuple[str, str], tuple[float, float]]) -> Score:
    keys = pd.MultiIndex.from_tuples(list(pairs), names=["article_id", "coder"])
    person = pd.DataFrame(list(pairs.values()), index=keys, columns=["y", "x"])
    nothing = person.iloc[:0].groupby("article_id").sum()
    return Score(what, corrected_ratio(audit.sums(nothing, person), (0, 1), tuned=False), float(person["x"].sum()))


def confidences(audit: Audit, made: Mapping[str, Analysis]) -> np.ndarray:
    """(statements, 3) confidence, whether it is right, weight of the design; of the articles that were read."""
    weights = _weights(audit)
    readers: dict[str, list[list[Label]]] = defaultdict(list)
    for (article_id, _), labels in audit.read.items():
        readers[article_id].append(labels)
    rows = []
    for article_id, several in readers.items():
        if article_id not in made:
            continue
        analysis = made[article_id]
        for gold in several:
            pairs = match([(s.content, s.source) for s in analysis.statements], [(s.content, s.source) for s in gold])
            hits = {i for i, _ in pairs}
            weight = weights[article_id] / len(several)
            rows += [(s.confidence, i in hits, weight) for i, s in enumerate(analysis.statements)]
    return np.array(rows, dtype=float).reshape(-1, 3)


def calibration(lake: Snapshot, audit: Audit) -> Calibration:
    """What makes the confidence fit the articles that were read.

    Raises:
        UsageError: too few were read, or all that was found in them is right, or none of it.
    """
    made = {i: analysis for i, (analysis, _) in lake.analyses(audit.labelled).items()}
    judged = confidences(audit, made)
    if len(made) < MIN_CLUSTERS or len(judged) < MIN_VALUES or len(set(judged[:, 1])) < 2:
        few = f"{len(made)} articles and {len(judged)} statements were read"
        raise UsageError(
            f"{few}; a calibration wants {MIN_CLUSTERS} and {MIN_VALUES}, some of them right and some wrong"
        )
    marks = Counter(lake.index()[i].fingerprints.get("attribution", "") for i in made)
    return fitted(judged, marks.most_common(1)[0][0], audit.audit_id)


def _weights(audit: Audit) -> dict[str, float]:
    """Articles that each one read stands for."""
    frame = audit.frame.assign(read=audit.frame["article_id"].isin(audit.labelled))
    share = frame.groupby("stratum")["read"].transform("mean")
    kept = frame[frame["read"]]
    return dict(zip(kept["article_id"], 1 / share[frame["read"]], strict=True))


def _bins(judged: np.ndarray) -> Iterator[Bin]:
    which = np.minimum((judged[:, 0] * BINS).astype(int), BINS - 1)
    for b in range(BINS):
        rows = judged[which == b]
        if len(rows):
            confidence, right = np.average(rows[:, :2], axis=0, weights=rows[:, 2])
            yield Bin(b / BINS, (b + 1) / BINS, float(rows[:, 2].sum()), float(confidence), float(right))


def agreements(audit: Audit, made: Mapping[str, Analysis]) -> Iterator[Agreement]:
    """Of coders who read the same articles: which words are said; of what both found, speaker and labels."""
    readers: dict[str, list[list[Label]]] = defaultdict(list)
    for (article_id, _), labels in audit.read.items():
        readers[article_id].append(labels)
    units: dict[str, dict[str, list[tuple[object, ...]]]] = defaultdict(lambda: defaultdict(list))
    for article_id, several in readers.items():
        if len(several) < 2 or article_id not in made:
            continue
        units["words that are said"][article_id] = list(_words(made[article_id].article.text, several))
        for one, other in ((several[a], several[b]) for a in range(len(several)) for b in range(a)):
            for i, j in match([(s.content, s.source) for s in one], [(s.content, s.source) for s in other], False):
                a, b = one[i], other[j]
                name = _name(a.speaker)
                speakers = name, name if same_speaker(a.speaker, b.speaker) else _name(b.speaker)
                units["speaker"][article_id].append(speakers)
                units["tone"][article_id].append((a.sentiment, b.sentiment))
                pairs = [(t, u) for t in a.targets for u in b.targets if same_target(t, u)]
                units["stance"][article_id] += [(t.stance, u.stance) for t, u in pairs]
    for what, of in units.items():
        if found := agreement(what, of):
            yield found


def _name(who: Who) -> str:
    return f"{who.kind} {normal(who.name)}"


def _words(text: str, several: Sequence[Sequence[Label]]) -> Iterator[tuple[bool, ...]]:
    """For each word whether each coder has it as part of what is said."""
    said = [{at for s in labels for span in s.content for at in range(*Span(*span))} for labels in several]
    at = 0
    for word in text.split():
        at = text.index(word, at)
        yield tuple(at in each for each in said)
        at += len(word)
