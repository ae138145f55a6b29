"""The labelled sentences of statements.txt, as the rows that `sayso evaluate` reads."""

import re
from pathlib import Path

FILE = Path(__file__).with_name("statements.txt")
_PIECE = re.compile(r"\[(?P<source>[^\]]+)\]|\*(?P<cue>[^*]+)\*|\{(?P<content>[^}]+)\}")


def articles() -> list[dict]:
    """Articles with gold attributions: spans, speaker, tone, and targets with stance and sentiment."""
    made: list[dict] = []
    for block in FILE.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.strip().split("\n") if not line.startswith("# ")]
        if len(lines) == 1:  # a title begins an article
            made.append({"text": lines[0], "attributions": []})
        elif lines:
            _add(made[-1], *lines)
    return made


def _add(article: dict, marked: str, labels: str) -> None:
    start = len(article["text"]) + 2
    text, at = "", 0
    spans: dict[str, list] = {"source": [], "cue": [], "content": []}
    for piece in _PIECE.finditer(marked):
        text += marked[at : piece.start()]
        spans[piece.lastgroup].append([start + len(text), start + len(text) + len(piece[piece.lastgroup])])
        text += piece[piece.lastgroup]
        at = piece.end()
    text += marked[at:]
    who, *targets = [part.strip() for part in labels.strip("| ").split("|")]
    speaker, kind, tone = who.rsplit(", ", 2)
    article["text"] += "\n\n" + text
    article["attributions"].append(
        {**spans, "speaker": speaker, "speaker_kind": kind, "sentiment": tone, "targets": [_target(t) for t in targets]}
    )


def _target(label: str) -> dict:
    name, stance, sentiment = re.fullmatch(r"(.+): (\w+) (\w+)", label).groups()
    kind = "issue" if name.startswith("#") else "entity"
    return {
        "target": name.lstrip("#"),
        "target_kind": kind,
        "stance": stance,
        "sentiment": sentiment,
        "confident": True,
    }


def target_sentiments() -> list[dict]:
    """Pairs of a paragraph and an entity that the statement in it names, the mention marked."""
    pairs = []
    for article in articles():
        for attribution in article["attributions"]:
            low = article["text"].rindex("\n\n", 0, min(s for s, _ in attribution["content"])) + 2
            paragraph = article["text"][low:].split("\n\n")[0]
            for target in attribution["targets"]:
                for start, end in attribution["content"]:
                    at = article["text"].find(target["target"], start, end)
                    if target["target_kind"] == "entity" and at >= 0:
                        span = {"start": at - low, "end": at - low + len(target["target"])}
                        pairs.append(
                            {"text": paragraph, "target": target["target"], "sentiment": target["sentiment"], **span}
                        )
    return pairs
