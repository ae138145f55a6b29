"""Measure a model on all development data: python -m training.measure NAME --data DIR [--int8 DIR] [--float DIR].

Macro F1 of the int8 model, and of the float model it was made from where that is at hand; how often their labels agree;
how far a row's probabilities move with its neighbours in the batch; the calibration error, its temperature fitted on
other folds, and what chance alone would show there; and a calibration plot beside the model's card.
"""

import argparse
import random
from collections import defaultdict
from pathlib import Path

import numpy as np

from sayso.tasks.evaluation.metrics import calibration_error, macro_f1
from sayso.tasks.reading.layout import split_paragraphs
from sayso.tasks.runtime import PairClassifier, Tagger, load_classifier, load_tagger
from sayso.tasks.runtime.pairs import Pair
from sayso.tasks.scores import LABELS
from sayso.tasks.settings import Model
from training.common import ROOT, read_jsonl
from training.confidence import FOLDS, crossfitted, judge
from training.gold import gold, sentiment_rows
from training.pairs import fit_temperature
from training.sentiment import newsmtsc
from training.stance import CONTRAST, dev_sets, posts

THREADS = 2
ALONE_ROWS = 200
BINS = 10
Rows = list[tuple[Pair, str]]


def sentiment_sets(data: Path) -> dict[str, Rows]:
    targets, statements = sentiment_rows(gold(data, "dev"))
    persent = read_jsonl(data / "persent" / "dev.jsonl")
    paragraphs = [(p["text"], p["sentiment"], a["target"]) for a in persent for p in a["paragraphs"] if p["sentiment"]]
    sst2 = [(Pair(r["text"]), r["sentiment"]) for r in read_jsonl(data / "sst2" / "all.jsonl")]
    random.Random(0).shuffle(sst2)
    return {
        "NewsMTSC rw": newsmtsc(data, "dev_rw"),
        "NewsMTSC mt": newsmtsc(data, "dev_mt"),
        "gold targets": targets,
        "gold statements, no target": statements,
        "PerSenT paragraphs, no target": [(Pair(text), label) for text, label, _ in paragraphs],
        "PerSenT paragraphs, main entity": [(Pair(text, target), label) for text, label, target in paragraphs],
        "SST-2, not trained on": sst2[3000:4000],
    }


def stance_sets(data: Path) -> dict[str, Rows]:
    dev = dev_sets(data)["gold"]
    rng = random.Random(1)
    strangers = [(Pair(p.text, rng.choice(dev)[0].target, p.span), "neutral") for p, _ in dev]
    return {
        **dev_sets(data),
        "Perspectrum": posts(data / "perspectrum" / "dev.jsonl"),
        "gold, targets of other articles": strangers,
    }


SETS = {"sentiment": sentiment_sets, "stance": stance_sets}


def rescaled(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Probabilities at temperatures that were each fitted on the other folds."""
    logits, fold = np.log(np.maximum(probabilities, 1e-9)), np.arange(len(truth)) % FOLDS
    np.random.default_rng(0).shuffle(fold)
    out = np.empty_like(probabilities)
    for k in range(FOLDS):
        scaled = logits[fold == k] / fit_temperature(logits[fold != k], truth[fold != k])
        out[fold == k] = np.exp(scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True))
    return out


def chance_error(confidence: np.ndarray) -> float:
    """Mean calibration error of as many rows that are right exactly as often as their confidence says: no estimate on
    so few rows is lower but by luck."""
    rng = np.random.default_rng(0)
    return float(np.mean([calibration_error(confidence, rng.random(len(confidence)) < confidence) for _ in range(500)]))


def measure_classifier(name: str, data: Path, model: Model, float_folder: Path | None) -> None:
    labels = LABELS[name]
    sets = SETS[name](data)
    small = load_classifier(name, model, THREADS)
    large = load_classifier(name, Model(str(float_folder), "torch"), THREADS) if float_folder else None
    print("| set | rows | float | int8 | labels agree | ECE, folds (by chance) |\n|---|---|---|---|---|---|")
    curves, same, total = {}, 0, 0
    for what, rows in sets.items():
        pairs, truth = [pair for pair, _ in rows], np.array([labels.index(label) for _, label in rows])
        mine = small.predict(pairs)
        theirs = large.predict(pairs) if large else None
        agree = (mine.argmax(1) == theirs.argmax(1)) if large else np.ones(0, bool)
        same, total = same + agree.sum(), total + len(agree)
        classes = sorted(set(truth))  # SST-2 knows no neutral
        scores = [_f1(truth, p, classes) if p is not None else "" for p in (theirs, mine)]
        error, right = "", mine.argmax(1) == truth
        if len(classes) == len(labels):
            error = _calibration(rescaled(mine, truth).max(1), right)
            if "," not in what:
                curves[what] = (mine.max(1), right)
        if what == CONTRAST:
            whole = _statements_right(pairs, right)
            print(f"| {what}: all targets of a statement | | | {whole:.3f} (share that is right) | | |")
        print(f"| {what} | {len(rows)} | {scores[0]} | {scores[1]} | {_percent(agree)} | {error} |", flush=True)
    if total:
        print(f"\nlabels agree on {same / total:.2%} of {total:,} rows")
    print(f"with its neighbours in the batch a row's probabilities move by at most {_moved(small, sets):.4f}")
    if not model.model:
        plot(name, curves)


def _f1(truth: np.ndarray, probabilities: np.ndarray, classes: list[int]) -> str:
    """Macro F1; where some classes never occur the choice is among the others, and one class alone counts as recall."""
    predicted = probabilities.argmax(1)
    if len(classes) == 1:
        return f"{(predicted == truth).mean():.3f} (recall)"
    if len(classes) < probabilities.shape[1]:
        predicted = np.array(classes)[probabilities[:, classes].argmax(1)]
        truth, predicted = np.searchsorted(classes, truth), np.searchsorted(classes, predicted)
    return f"{macro_f1(truth, predicted, len(classes)):.3f}"


def _statements_right(pairs: list[Pair], right: np.ndarray) -> float:
    """The share of passages of which every pair is right."""
    of: defaultdict[str, list[bool]] = defaultdict(list)
    for pair, hit in zip(pairs, right, strict=True):
        of[pair.text].append(bool(hit))
    return float(np.mean([all(hits) for hits in of.values()]))


def _calibration(confidence: np.ndarray, right: np.ndarray) -> str:
    return f"{calibration_error(confidence, right):.3f} ({chance_error(confidence):.3f})"


def _percent(agree: np.ndarray) -> str:
    return f"{agree.mean():.1%}" if len(agree) else ""


def _moved(model: PairClassifier, sets: dict[str, Rows]) -> float:
    """The largest change of a probability between a row alone and the same row among all others."""
    pairs = [pair for rows in sets.values() for pair, _ in rows]
    chosen = random.Random(0).sample(range(len(pairs)), ALONE_ROWS)
    together = model.predict(pairs)
    return max(float(np.abs(model.predict([pairs[i]])[0] - together[i]).max()) for i in chosen)


def measure_tagger(data: Path, model: Model, float_folder: Path | None) -> None:
    texts = [
        article["text"][start:end]
        for article in read_jsonl(data / "polnear" / "dev.jsonl")
        for start, end in split_paragraphs(article["text"])
    ]
    small = load_tagger(model, THREADS)
    judged = judge(data, small)
    right = np.array([one.right for one in judged])
    print(f"ECE of the confidence, folds (by chance): {_calibration(crossfitted(judged), right)}")
    if not model.model:
        plot("attribution", {"PolNeAR dev": (np.array([one.confidence for one in judged]), right)}, "confidence")
    together = small.tag(texts)
    if float_folder:
        large: Tagger = load_tagger(Model(str(float_folder), "torch"), THREADS)
        agree = np.concatenate(
            [
                a.probabilities.argmax(1) == b.probabilities.argmax(1)
                for a, b in zip(together, large.tag(texts), strict=True)
            ]
        )
        print(f"tags agree on {agree.mean():.2%} of {len(agree):,} tokens")
    chosen = random.Random(0).sample(range(len(texts)), ALONE_ROWS)
    moved = max(
        float(np.abs(small.tag([texts[i]])[0].probabilities - together[i].probabilities).max(initial=0)) for i in chosen
    )
    print(f"with its neighbours in the batch a token's probabilities move by at most {moved:.4f}")
    print("F1 and recall: sayso evaluate attribution")


def plot(name: str, curves: dict[str, tuple[np.ndarray, np.ndarray]], xlabel: str = "probability of the label") -> None:
    """Share of right labels against the model's confidence, as shipped; beside the model's card."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, len(curves), figsize=(3 * len(curves), 3), sharey=True, squeeze=False)
    for ax, (what, (confidence, right)) in zip(axes[0], curves.items(), strict=True):
        which = np.minimum((confidence * BINS).astype(int), BINS - 1)
        bins = [b for b in range(BINS) if (which == b).sum() >= 10]
        share = np.array([right[which == b].mean() for b in bins])
        n = np.array([(which == b).sum() for b in bins])
        low = 0.0 if confidence.min() < 0.3 else 0.3  # the likeliest of three labels has a third at least
        ax.plot([low, 1], [low, 1], color="#888888", lw=0.8)
        x = [confidence[which == b].mean() for b in bins]
        ax.errorbar(x, share, 1.96 * np.sqrt(share * (1 - share) / n), fmt="o", color="#1565a8", ms=4, lw=1)
        ax.set(xlim=(low, 1), ylim=(max(0.0, low - 0.1), 1.02), xlabel=xlabel, title=what)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0][0].set_ylabel("share that is right (95 % interval)")
    fig.tight_layout()
    fig.savefig(ROOT / "models" / name / "calibration.png", dpi=90)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=("attribution", "sentiment", "stance"))
    parser.add_argument("--data", type=Path, required=True, help="the folder with the datasets, one folder each")
    parser.add_argument("--int8", type=Path, help="the int8 model's folder (default: the bundled one)")
    parser.add_argument("--float", type=Path, help="the float model's folder, to compare with")
    args = parser.parse_args()
    model = Model(str(args.int8)) if args.int8 else Model()
    if args.name == "attribution":
        measure_tagger(args.data, model, args.float)
    else:
        measure_classifier(args.name, args.data, model, args.float)


if __name__ == "__main__":
    main()
