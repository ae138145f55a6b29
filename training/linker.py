"""Fit the linker's weights on the gold spans of PolNeAR: python -m training.linker --data DIR."""

import json

import torch

from tasks.attribution.linker import NONE, Features, Scene, content_features, source_features
from tasks.attribution.quotations import find_quotations
from tasks.attribution.tags import KINDS, Span
from tasks.reading.layout import split_paragraphs
from training.common import arguments, log, read_jsonl, setup

Choice = tuple[list[Features], int]


def choices(articles: list[dict]) -> dict[str, list[Choice]]:
    """For each content and each cue the features of its options (the last: none) and the right one."""
    found: dict[str, list[Choice]] = {"content": [], "source": []}
    for article in articles:
        for begin, stop in split_paragraphs(article["text"]):
            groups = []
            for attribution in article["attributions"]:
                parts = {
                    kind: [
                        Span(kind, s - begin, e - begin, 1.0) for s, e in attribution[kind] if begin <= s and e <= stop
                    ]
                    for kind in KINDS
                }
                if parts["cue"]:
                    groups.append(parts)
            spans = {kind: sorted({s for g in groups for s in g[kind]}, key=lambda s: s.start) for kind in KINDS}
            text = article["text"][begin:stop]
            scene = Scene(text, spans["cue"], spans["source"], spans["content"], find_quotations(text))
            cue_of = {content: g["cue"][0] for g in groups for content in g["content"]}
            previous = None
            for content in scene.contents:
                options = [content_features(scene, content, c, previous, cue_of.get(previous)) for c in scene.cues]
                found["content"].append(([*options, {NONE: 1.0}], scene.cues.index(cue_of[content])))
                previous = content
            for group in groups:
                cue = group["cue"][0]
                options = [source_features(scene, s, cue, group["content"]) for s in scene.sources]
                right = scene.sources.index(group["source"][0]) if group["source"] else len(options)
                found["source"].append(([*options, {NONE: 1.0}], right))
    return found


def fit_weights(rows: list[Choice]) -> dict[str, float]:
    """Multinomial logistic regression over options, L2-regularised, by L-BFGS."""
    names = sorted({name for options, _ in rows for option in options for name in option})
    column = {name: i for i, name in enumerate(names)}
    width = max(len(options) for options, _ in rows)
    matrix = torch.zeros(len(rows), width, len(names))
    mask = torch.full((len(rows), width), -1e9)
    for r, (options, _) in enumerate(rows):
        mask[r, : len(options)] = 0.0
        for o, option in enumerate(options):
            for name, value in option.items():
                matrix[r, o, column[name]] = value
    gold = torch.tensor([right for _, right in rows])
    weights = torch.zeros(len(names), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(matrix @ weights + mask, gold) + 1e-4 * weights.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return {name: round(float(weights.detach()[i]), 3) for name, i in column.items()}


def accuracy(rows: list[Choice], weights: dict[str, float]) -> float:
    def score(option: Features) -> float:
        return sum(weights.get(name, 0.0) * value for name, value in option.items())

    right = sum(max(range(len(options)), key=lambda i: score(options[i])) == gold for options, gold in rows)
    return right / len(rows)


def main() -> None:
    args = arguments("linker", epochs=0, lr=0.0)
    setup(args.seed, args.log)
    train = choices(read_jsonl(args.data / "polnear" / "train.jsonl"))
    dev = choices(read_jsonl(args.data / "polnear" / "dev.jsonl"))
    weights = {}
    for kind, rows in train.items():
        weights[kind] = fit_weights(rows)
        log.info(
            "%s: right on dev, given the gold spans: %.4f of %d",
            kind,
            accuracy(dev[kind], weights[kind]),
            len(dev[kind]),
        )
    out = args.out.parent / "attribution" / "linker.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
