"""Weights of the evidence for linking names across articles: python -m training.identities --data DIR.

Our labels on names of PolNeAR train articles say who is one; the pipeline reads the articles. As in record linkage
(Fellegi and Sunter 1969): each kind of evidence weighs the log of how much more often it is seen of two names of one
person than of two persons, and how two names relate the log odds that they are one. What is printed is rounded by hand
into `sayso/tasks/identities/evidence.py`. --gold writes the labels with the texts, for `sayso evaluate identities`.
"""

import argparse
import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

from sayso.tasks.evaluation.identities import analysis_of, names_in
from sayso.tasks.identities import Name
from sayso.tasks.identities.evidence import EVIDENCE, PRIOR, Around, Profile, evidence
from sayso.tasks.identities.names import relation
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.reading import article_id_of
from sayso.tasks.settings import Settings

LABELS = Path(__file__).with_suffix(".jsonl")
PAIRS_OF_ONE = 10.0  # what all pairs of one person weigh together, at most
STRANGERS = 20_000
_KNOWN = {"same field": "field", "another field": "field", "same body": "body", "another body": "body"}
_KNOWN |= {f"{n} in common": "around" for n in ("nobody", "one", "several")}


def gold_rows(data: Path) -> Iterator[dict]:
    """The labelled articles with their texts: {"text", "entities"}."""
    labels = {row["article"]: row["entities"] for row in map(json.loads, LABELS.read_text().splitlines())}
    for line in (data / "polnear" / "train.jsonl").read_text(encoding="utf-8").splitlines():
        text = json.loads(line)["text"]
        if article_id_of(text) in labels:
            yield {"text": text, "entities": labels[article_id_of(text)]}


def fit(labelled: Sequence[tuple[Name, str]], around: Around) -> tuple[dict[str, float], dict[str, float]]:
    """Log odds of each relation of two names, and the weight of each evidence.

    Args:
        labelled: names with the person they mean.
    """
    profiles = {name: Profile.of([name], around) for name, _ in labelled}
    of: dict[str, list[Name]] = defaultdict(list)
    for name, label in labelled:
        of[label].append(name)
    seen = {"same": Counter(), "other": Counter()}
    odds = {"same": Counter(), "other": Counter()}
    for names in of.values():
        pairs = [(a, b) for a, b in combinations(names, 2) if a.article_id != b.article_id]
        for a, b in pairs:
            weight = min(1.0, PAIRS_OF_ONE / len(pairs))
            odds["same"][how(a, b)] += weight
            seen["same"].update(dict.fromkeys(evidence(profiles[a], profiles[b]), weight))
    for (a, of_a), (b, of_b) in combinations(labelled, 2):
        if of_a != of_b and a.article_id != b.article_id and (why := how(a, b)):
            odds["other"][why] += 1
    rng = random.Random(0)
    for _ in range(STRANGERS):
        (a, of_a), (b, of_b) = rng.sample(labelled, 2)
        if of_a != of_b and a.article_id != b.article_id:
            seen["other"].update(evidence(profiles[a], profiles[b]))
    prior = {why: math.log((odds["same"][why] + 0.5) / (odds["other"][why] + 0.5)) for why in PRIOR}
    return prior, {found: _weight(found, seen) for found in EVIDENCE if found in _KNOWN}


def how(one: Name, other: Name) -> str | None:
    """How two names relate, a key of `PRIOR`."""
    if one.key == other.key and len(one.words) > 1:
        return "same name"
    short, full = sorted((one.words, other.words), key=len)
    if len(short) == 1:
        return "surname" if len(full) > 1 and full[-1] == short[0] else None
    return relation(one.name, other.name)


def _weight(found: str, seen: dict[str, Counter[str]]) -> float:
    alike = [f for f, group in _KNOWN.items() if group == _KNOWN[found]]
    shares = [
        (seen[of][found] + 0.5) / (sum(seen[of][f] for f in alike) + 0.5 * len(alike)) for of in ("same", "other")
    ]
    return math.log(shares[0] / shares[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--gold", type=Path, help="write the labels with the texts here, and stop")
    args = parser.parse_args()
    rows = list(gold_rows(args.data))
    if args.gold:
        args.gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return
    names, around = names_in([analysis_of(row) for row in rows], Pipeline(Settings()))
    labels = {(article_id_of(row["text"]), i): label for row in rows for i, label in row["entities"].items()}
    prior, weights = fit([(n, labels[n.at]) for n in names if n.at in labels], around)
    for title, now, fitted in (("prior", PRIOR, prior), ("evidence", EVIDENCE, weights)):
        for name, value in fitted.items():
            print(f"{title:<9} {name:<18} {value:+.2f}  in force {now[name]:+.2f}")


if __name__ == "__main__":
    main()
