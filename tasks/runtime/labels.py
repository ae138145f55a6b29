"""Map the labels of any model to ours."""

from collections.abc import Sequence

from sayso.tasks.articles import UsageError
from sayso.tasks.runtime.folder import ModelInfo

_SAME = {
    "negative": {"negative", "neg", "against", "oppose", "con", "anti", "contradiction", "label_0", "0", "-1"},
    "neutral": {"neutral", "neu", "none", "neither", "unrelated", "comment", "no stance", "label_1", "1"},
    "positive": {"positive", "pos", "favor", "favour", "support", "pro", "entailment", "label_2", "2"},
}
_ORDER = ("negative", "neutral", "positive")


def labels_of(info: ModelInfo) -> tuple[str, ...]:
    """BIO tags of an attribution model, in the order of its outputs, as B-SOURCE and the like in any case.

    Raises:
        UsageError: a tag is not one over source, cue and content.
    """
    id2label = {int(i): str(label) for i, label in info.config.get("id2label", {}).items()}
    labels = []
    for i in sorted(id2label):
        label = id2label[i].upper().replace("_", "-")
        prefix, _, kind = label.partition("-")
        if label == "O":
            labels.append("O")
        elif prefix in ("B", "I") and kind.lower() in ("source", "cue", "content"):
            labels.append(f"{prefix}-{kind.lower()}")
        else:
            raise UsageError(
                f"[{info.name}] label {id2label[i]!r} of {info.origin} is no tag over source, cue, content"
            )
    if not labels:
        raise UsageError(f"[{info.name}] {info.origin} names no labels (id2label in its config.json)")
    return tuple(labels)


def label_columns(info: ModelInfo, labels: Sequence[str]) -> list[int]:
    """For each of our labels the column of the model's output.

    Raises:
        UsageError: a label has no column, or the model has more labels than ours.
    """
    id2label = {str(label).lower(): int(i) for i, label in info.config.get("id2label", {}).items()}
    columns = []
    for ours, kind in zip(labels, _ORDER, strict=True):
        names = [name for name in id2label if name == ours or name in _SAME[kind]]
        if len(names) != 1:
            raise UsageError(
                f"[{info.name}] {info.origin} has the labels {', '.join(id2label)}; none of them is plainly {ours!r}"
            )
        columns.append(id2label[names[0]])
    if len(id2label) != len(labels):
        raise UsageError(f"[{info.name}] {info.origin} has {len(id2label)} labels; {len(labels)} are needed")
    return columns
