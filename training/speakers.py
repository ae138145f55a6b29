"""Fit the weights of the speakers' ranker on the gold speakers: python -m training.speakers --data DIR."""

import json
from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from sayso.tasks.articles import Article
from sayso.tasks.evaluation.gold import gold_articles, gold_statements
from sayso.tasks.evaluation.speakers import is_speaker
from sayso.tasks.speakers import Name, NameFinder, Ranker, resolve
from sayso.tasks.speakers.ranker import Choice, Option
from training.common import log, parser, read_jsonl, setup
from training.loglinear import Choice as Row
from training.loglinear import fit_weights

Gold = tuple[Article, list[dict], list[Name]]
Weights = dict[str, dict[str, float]]
ROUNDS = 3  # of collecting the choices that the last weights lead to
FOLDS = 6
L2 = 5e-4

# What a reader knows before any data: where the weights stay if the gold is silent.
PRIOR = {
    "noun phrase": {
        "author of a document": 4.0,
        "modifier of a document": 3.0,
        "owner of a document": 3.0,
        "of of a document": 2.0,
        "author of the source": 1.0,
        "has this title": 2.0,
        "initials of the name": 4.0,
        "was called this before": 2.0,
        "another was called this before": -2.0,
        "organization named beside this document": 1.0,
        "later of the source": -1.5,
        "new anonymous: brought up as one of its kind": 2.0,
        "owner of a plural": -2.0,
        "organization for a role": -2.0,
        "place for a role": -2.0,
        "two of them": 7.0,
        "organization for a body": 1.5,
        "new organization: definite body": -1.0,
        "new group: other": -1.0,
        "in a quotation": -1.0,
        "place for a document": -1.0,
        "new group: plural": 3.0,
        "new group: several named": 4.0,
        "new group: role": -2.0,
        "new group: document": -2.0,
        "new anonymous: role": 3.0,
        "new anonymous: definite role": -1.5,
        "new organization: body": 3.0,
        "new organization: somebody stands behind the body": 3.0,
        "new organization: last word capitalised": 1.0,
        "new person: capitalised, two words": 3.0,
    },
    "person pronoun": {"new anonymous": 1.5, "new anonymous, in this paragraph": 2.0},
    "shared name": {
        "goes by the first name": -1.5,
        "next pronoun agrees": 0.5,
        "next pronoun clashes": -1.0,
        "was meant last time": 1.0,
        "never mentioned before": -0.5,
    },
    "pronoun": {
        "group for they": 2.0,
        "organization for it": 2.0,
        "organization for its": 2.0,
        "person for it": -3.0,
        "person for they": -2.0,
        "spoke last": 1.0,
        "opens its sentence": 1.0,
    },
    "relative": {
        "right before": 3.0,
        "person for which": -2.0,
        "organization for who": -2.0,
        "in a quotation": -1.0,
    },
}


class Recorder(Ranker):
    """Notes every choice with what is right of it, and takes what is right, so that one error breeds no others."""

    def __init__(self, weights: Weights, attributions: Sequence[dict]) -> None:
        super().__init__(weights, 0.0)
        self.attributions = attributions
        self.rows: dict[str, list[Row]] = defaultdict(list)

    def choose(self, choice: Choice) -> Option | None:
        if choice.statement is None or not choice.options:
            return super().choose(choice)
        gold = self.attributions[choice.statement]
        right = {i for i, o in enumerate(choice.options) if is_speaker(gold, o.name, o.kind)}
        for better in (partial(_is_kind, gold["speaker_kind"]), _is_known):
            right = {i for i in right if better(choice.options[i])} or right
        if not right:
            return super().choose(choice)
        if len(right) < len(choice.options):
            self.rows[choice.form].append(([o.features for o in choice.options], right))
        return max((choice.options[i] for i in right), key=lambda o: self.score(choice.form, o))


def _is_known(option: Option) -> bool:
    return option.referent_id is not None


def _is_kind(kind: str, option: Option) -> bool:
    return option.kind == kind


def collect(articles: Sequence[Gold], weights: Weights) -> dict[str, list[Row]]:
    """Form → the choices that the articles pose."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for article, attributions, names in articles:
        recorder = Recorder(weights, attributions)
        resolve(article, gold_statements(article, attributions), names, recorder)
        for form, mine in recorder.rows.items():
            rows[form] += mine
    return rows


def fit(articles: Sequence[Gold]) -> Weights:
    weights: Weights = {}
    for _ in range(ROUNDS):
        rows = collect(articles, weights)
        weights = {form: fit_weights(mine, L2, PRIOR.get(form)) for form, mine in sorted(rows.items())}
    return weights


def right_of(articles: Sequence[Gold], weights: Weights, threshold: float) -> dict[str, list[bool]]:
    """Group → whether each statement's speaker is right, resolved with these weights."""
    found: dict[str, list[bool]] = defaultdict(list)
    for article, attributions, names in articles:
        resolution = resolve(article, gold_statements(article, attributions), names, Ranker(weights, threshold))
        speakers = {s.speaker_id: s for s in resolution.speakers}
        for gold, speaker_id in zip(attributions, resolution.speaker_ids, strict=True):
            right = is_speaker(gold, speakers[speaker_id].name, speakers[speaker_id].kind)
            word = " ".join(article.text[s:e] for s, e in gold["source"]).lower()
            pronoun = ["he or she"] if word in ("he", "she") else []
            for group in ("all kinds", gold["speaker_kind"], *pronoun):
                found[group].append(right)
    return found


def report(title: str, found: dict[str, list[bool]]) -> None:
    parts = [f"{group} {100 * sum(v) / len(v):.1f} % of {len(v)}" for group, v in sorted(found.items())]
    log.info("%s: %s", title, "; ".join(parts))


def load(path) -> list[Gold]:
    pairs = list(gold_articles(read_jsonl(path)))
    names = NameFinder().find(article.text for article, _ in pairs)
    return [(article, gold, found) for (article, gold), found in zip(pairs, names, strict=True)]


def main() -> None:
    args = parser("speakers", epochs=0, lr=0.0).parse_args()
    setup(args.seed, args.log)
    train, dev = (load(args.data / "gold" / f"{name}.jsonl") for name in ("train", "dev"))
    held_out: dict[float, dict[str, list[bool]]] = {t: defaultdict(list) for t in (0.0, 0.2, 0.3, 0.4, 0.5)}
    for fold in range(FOLDS):
        weights = fit([a for i, a in enumerate(train) if i % FOLDS != fold])
        for threshold, found in held_out.items():
            for group, values in right_of(train[fold::FOLDS], weights, threshold).items():
                found[group] += values
    for threshold, found in held_out.items():
        report(f"train, {FOLDS}-fold cross-validation, threshold {threshold}", found)
    weights = fit(train)
    report("train, fitted on it", right_of(train, weights, 0.0))
    report("dev", right_of(dev, weights, 0.0))
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "weights.json").write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
