"""How often estimates that an audit corrects hold the truth: audits drawn from labelled articles, where it is known.

    python -m benchmarks.coverage --gold FOLDER [--draws 1000] [--cache FOLDER]

The articles of FOLDER's files are the population, their labels what a person would say, Sayso's output the machine's
labels (computed once, and cached). Each draw is an audit as `sayso audit` draws it, by outlet and month.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sayso.tasks.articles import Analysis, Article, Span
from sayso.tasks.audit.design import draw
from sayso.tasks.audit.quantities import Quantity, moments, quantity
from sayso.tasks.estimates import Estimate, mean_by
from sayso.tasks.evaluation.gold import Gold, read_gold
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.reading.layout import paragraphs_of, read_layout
from sayso.tasks.settings import Settings
from sayso.tasks.surveys import Ratio, Sums, corrected_difference, corrected_ratio
from sayso.tasks.tables.audited import LABELS, label_rows, named
from sayso.tasks.tables.judgements import Label, Toward, Who, kind_of, labels_of
from sayso.tasks.tables.kept import kept, restored
from sayso.tasks.targets import ConfiguredTarget
from sayso.tasks.text.names import normal

FILES = ("train.jsonl", "dev.jsonl", "bbc_train.jsonl", "bbc_dev.jsonl")
SIZES = (20, 40, 60)
TARGETS = (
    ConfiguredTarget("Donald Trump", "entity", ("Trump", "Donald J. Trump")),
    ConfiguredTarget("Hillary Clinton", "entity", ("Clinton", "Hillary Rodham Clinton")),
)
QUANTITIES = ("share of women quoted", "share of direct", "share of organizations")
STANCES = tuple(f"stance toward {target.name}" for target in TARGETS)
DIFFERENCE = "the first minus the second"
_NOBODY = pd.DataFrame(columns=["article_id", "local_id", "entity_id", "entity_name"])


@dataclass(frozen=True, slots=True)
class Population:
    """Articles with what a machine and a person say of each: the frame of an audit, and sums by quantity."""

    frame: pd.DataFrame
    told: pd.DataFrame
    machine: dict[str, np.ndarray]
    person: dict[str, np.ndarray]
    naive: dict[str, Estimate]


@dataclass(frozen=True, slots=True)
class Line:
    """What draws gave: mean error and spread of the values; of the intervals given how many hold, and their width."""

    bias: float
    spread: float
    covered: float
    given: float
    width: float


def population(folder: Path, cache: Path) -> Population:
    rows = [row for name in FILES for row in read_gold(folder / name)]
    articles = [_article(row) for row in rows]
    analyses = _analysed(articles, cache)
    machine = _labels([(a.article.article_id, labels_of(a).values()) for a in analyses])
    person = _labels([(a.article_id, _gold(a, row)) for a, row in zip(articles, rows, strict=True)])
    frame = pd.DataFrame([_facts(a) for a in analyses]).sort_values("article_id", ignore_index=True)
    wanted = [quantity(text) for text in (*QUANTITIES, *STANCES)]
    told = pd.DataFrame({q.text: moments(q, machine, frame) for q in wanted})
    counted = [q.rows(machine, frame) for q in wanted]
    naive = {q.text: mean_by(r["y"], r["article_id"], bounds=q.bounds) for q, r in zip(wanted, counted, strict=True)}
    return Population(frame, told, *({q.text: _sums(q, of, frame) for q in wanted} for of in (machine, person)), naive)


def _article(row: Gold) -> Article:
    layout = read_layout(row["text"])
    return Article(row["doc"], "", "", layout.title, row["text"], paragraphs_of(layout), layout.byline)


def _analysed(articles: Sequence[Article], cache: Path) -> list[Analysis]:
    """What the pipeline makes of the articles; once for each version of it."""
    pipeline = Pipeline(Settings(), TARGETS)
    made_by = json.dumps([pipeline.fingerprints(), [a.article_id for a in articles]], sort_keys=True)
    path = cache / f"audits-{hashlib.sha256(made_by.encode()).hexdigest()[:12]}.jsonl"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        lines = [kept(a) for i in range(0, len(articles), 20) for a in pipeline.analyse(articles[i : i + 20])]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [restored(line, article.text) for line, article in zip(lines, articles, strict=True)]
    return [analysis for analysis in found if analysis]


def _facts(analysis: Analysis) -> dict[str, object]:
    """The frame's row of an article: the outlet and month that its name tells, and how unsure the run was."""
    outlet, when = analysis.article.article_id.split("_")[:2]
    month = when[:7] if re.match(r"\d{4}-\d\d", when) else when
    doubt = round(sum(1 - s.confidence for s in analysis.statements), 6)
    return {"article_id": analysis.article.article_id, "outlet": outlet, "month": month, "doubt": doubt}


def _gold(article: Article, row: Gold) -> list[Label]:
    """The labels of a file as those of a coder."""
    names = {normal(form): target.name for target in TARGETS for form in target.forms}
    labels = []
    for a in row["attributions"]:
        content = tuple(sorted(Span(*pair) for pair in a["content"]))
        if not content:
            continue
        kind = "unknown" if a["speaker_kind"] == "none" else a["speaker_kind"]
        toward = {names.get(normal(t["target"]), t["target"]): t for t in a.get("targets", [])}
        targets = [Toward(None, n, t["target_kind"], None, t["stance"], t["sentiment"]) for n, t in toward.items()]
        who = Who(None, a["speaker"] or "unknown", kind)
        labels.append(Label(content, None, None, kind_of(article, content), who, a["sentiment"], tuple(targets)))
    return labels


def _labels(found: Sequence[tuple[str, Sequence[Label]]]) -> pd.DataFrame:
    rows = [row for article_id, labels in found for row in label_rows(article_id, labels)]
    labels = named(pd.DataFrame(rows, columns=LABELS), _NOBODY)
    # A person whose name one of the two spells out further is the same within an article; here names are compared.
    return labels.assign(person_id=labels["person_name"].map(normal))


def _sums(wanted: Quantity, labels: pd.DataFrame, frame: pd.DataFrame) -> np.ndarray:
    return wanted.sums(labels, frame).reindex(frame["article_id"], fill_value=0).to_numpy(dtype=float)


def simulate(of: Population, n: int, draws: int) -> dict[str, tuple[float, Estimate, Line, Line]]:
    """Quantity → truth, the naive estimate, the corrected one, the sample alone."""
    found: dict[str, list[tuple[Ratio, Ratio]]] = {}
    for seed in range(draws):
        drawn = draw(of.frame, n, seed, ["outlet", "month", "doubt"], of.told)
        labelled, stratum = drawn["sampled"].to_numpy(), drawn["stratum"].to_numpy()
        sums = {q: Sums(stratum, labelled, of.machine[q], of.person[q]) for q in of.machine}
        for q in sums:
            bounds = (-1, 1) if q in STANCES else (0, 1)
            found.setdefault(q, []).append(tuple(corrected_ratio(sums[q], bounds, t) for t in (True, False)))
        pair = [sums[q] for q in STANCES]
        both = tuple(corrected_difference(*pair, (-1, 1), t) for t in (True, False))
        found.setdefault(DIFFERENCE, []).append(both)
    lines = {}
    for q, ratios in found.items():
        truth, naive = _truth(of, q)
        lines[q] = (truth, naive, *(_line([pair[i] for pair in ratios], truth) for i in (0, 1)))
    return lines


def _truth(of: Population, q: str) -> tuple[float, Estimate]:
    if q == DIFFERENCE:
        (a, one), (b, other) = (_truth(of, each) for each in STANCES)
        return a - b, Estimate(one.value - other.value, None, None, one.n_clusters, None)
    y, x = of.person[q].sum(axis=0)
    return float(y / x), of.naive[q]


def _line(ratios: Sequence[Ratio], truth: float) -> Line:
    values = np.array([r.value for r in ratios if r.value is not None])
    bounds = np.array([(r.low, r.high) for r in ratios if r.method], dtype=float).reshape(-1, 2)
    held = (bounds[:, 0] <= truth) & (truth <= bounds[:, 1])
    nothing = not len(bounds)
    return Line(
        float(values.mean() - truth),
        float(values.std()),
        float("nan") if nothing else float(held.mean()),
        len(bounds) / len(ratios),
        float("nan") if nothing else float((bounds[:, 1] - bounds[:, 0]).mean()),
    )


def report(folder: Path, draws: int, cache: Path | None = None) -> None:
    """Print the table: a line for each quantity and size of the audit."""
    of = population(folder, cache or Path(tempfile.gettempdir()) / "sayso-benchmarks")
    print(f"{len(of.frame)} articles; {draws} audits of each size. Bias in standard errors of the sample alone.")
    heads = (
        "articles",
        "truth",
        "naive",
        "holds",
        "bias",
        "covered",
        "given",
        "width",
        "bias alone",
        "covered",
        "width",
    )
    print(f"{'quantity':34}" + "".join(f"{head:>11}" for head in heads))
    for n in SIZES:
        for q, (truth, naive, mine, alone) in simulate(of, n, draws).items():
            holds = "–" if naive.low is None else "yes" if naive.low <= truth <= naive.high else "no"
            numbers = (mine.bias / alone.spread, mine.covered, mine.given, mine.width)
            numbers += (alone.bias / alone.spread, alone.covered, alone.width)
            cells = f"{n:>11}{truth:>11.3f}{naive.value:>11.3f}{holds:>11}"
            print(f"{q:34}{cells}" + "".join(f"{x:>11.3f}" if x == x else f"{'–':>11}" for x in numbers))
