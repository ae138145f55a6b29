"""Fit how sure to be of a statement on PolNeAR dev: python -m training.confidence --data DIR.

Logistic regression of "content and source are right" on the linker's log odds (Platt 1999) and on which rule found the
statement; written beside the linker's other weights. Wants the exported tagger and the linker.
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sayso.tasks.attribution import Attributor
from sayso.tasks.attribution.linker import Features, Linker
from sayso.tasks.evaluation.gold import gold_articles, gold_statements, read_gold
from sayso.tasks.evaluation.metrics import calibration_error, match_statements
from sayso.tasks.runtime import Tagger, load_tagger
from sayso.tasks.settings import Model
from training.common import ROOT, log, parser, setup
from training.loglinear import fit_weights

FOLDS = 5
L2 = 1e-3  # a rule found 7 statements and another 28: they stay nearer to one half than to their share


class Judged(NamedTuple):
    """A statement of the article with that number; its confidence is by the weights that ship."""

    article: int
    features: Features
    confidence: float
    right: bool


class _Recorder(Linker):
    """A linker that keeps the features of every statement, in order."""

    def __init__(self, linker: Linker) -> None:
        super().__init__(linker.weights)
        self.seen: list[Features] = []

    def confidence(self, features: Features) -> float:
        self.seen.append(features)
        return super().confidence(features)


def judge(data: Path, tagger: Tagger) -> list[Judged]:
    """Every statement found in PolNeAR dev, and whether gold has it."""
    attributor = Attributor(tagger)
    pairs = list(gold_articles(list(read_gold(data / "polnear" / "dev.jsonl"))))
    attributor.linker = recorder = _Recorder(attributor.linker)
    found = attributor.attribute([article for article, _ in pairs])
    features, judged = iter(recorder.seen), []
    for number, ((article, attributions), statements) in enumerate(zip(pairs, found, strict=True)):
        right = {i for i, _ in match_statements(statements, gold_statements(article, attributions))}
        judged += [Judged(number, next(features), s.confidence, i in right) for i, s in enumerate(statements)]
    return judged


def fit(judged: list[Judged]) -> dict[str, float]:
    """The `confidence` weights of linker.json."""
    return fit_weights([((one.features, {}), {0 if one.right else 1}) for one in judged], L2)


def crossfitted(judged: list[Judged]) -> np.ndarray:
    """(statements,) confidence of each by weights fitted on the articles of the other folds."""
    articles = np.array([one.article for one in judged])
    fold = np.random.default_rng(0).permutation(articles.max() + 1)[articles] % FOLDS
    out = np.empty(len(judged))
    for k in range(FOLDS):
        others = Linker({"confidence": fit([one for one, f in zip(judged, fold, strict=True) if f != k])})
        out[fold == k] = [others.confidence(one.features) for one, f in zip(judged, fold, strict=True) if f == k]
    return out


def main() -> None:
    args = parser("confidence", epochs=0, lr=0.0).parse_args()
    setup(args.seed, args.log)
    judged = judge(args.data, load_tagger(Model(), threads=2))
    right = np.array([one.right for one in judged])
    error = calibration_error(crossfitted(judged), right)
    log.info("%d statements, %.3f of them right; calibration error on folds %.3f", len(right), right.mean(), error)
    file = ROOT / "models" / "attribution" / "linker.json"
    weights = json.loads(file.read_text(encoding="utf-8")) | {"confidence": fit(judged)}
    file.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
