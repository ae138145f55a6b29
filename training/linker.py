"""Fit the linker's weights on the gold spans of PolNeAR and on our dialogues: python -m training.linker --data DIR."""

import json

from sayso.tasks.attribution.linker import NONE, Scene, content_features, source_features
from sayso.tasks.attribution.quotations import find_quotations
from sayso.tasks.attribution.tags import KINDS, Span
from sayso.tasks.reading.layout import split_paragraphs
from training.common import log, parser, read_jsonl, setup
from training.dialogues import dialogues
from training.loglinear import Choice, accuracy, fit_weights


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
                found["content"].append(([*options, {NONE: 1.0}], {scene.cues.index(cue_of[content])}))
                previous = content
            for group in groups:
                cue = group["cue"][0]
                options = [source_features(scene, s, cue, group["content"]) for s in scene.sources]
                right = scene.sources.index(group["source"][0]) if group["source"] else len(options)
                found["source"].append(([*options, {NONE: 1.0}], {right}))
    return found


def main() -> None:
    args = parser("linker", epochs=0, lr=0.0).parse_args()
    setup(args.seed, args.log)
    train = choices([*read_jsonl(args.data / "polnear" / "train.jsonl"), *dialogues()])
    dev = choices(read_jsonl(args.data / "polnear" / "dev.jsonl"))
    weights = {"confidence": {"linked, log odds": 1.0}}  # until training.confidence has seen the statements
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
