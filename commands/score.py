"""`sayso score`: pairs in, the same pairs with label and probabilities out."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from sayso.tasks.articles import UsageError
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.runtime.pairs import Pair

CHUNK = 2000


def score_file(kind: str, source: Path, out: Path, pipeline: Pipeline) -> int:
    """Score each line `{"id", "text", "target"[, "start", "end"]}` of a JSONL file.

    The output has the same lines in the same order with `label` and one probability a class. A line that is
    no such pair is left out, and told on stderr. The output file appears whole or not at all.

    Returns:
        the number of lines left out.

    Raises:
        UsageError: a file cannot be read or written.
    """
    model = pipeline.classifier(kind)
    unfinished = out.with_name(f".{out.name}.unfinished")
    rejected, waiting = 0, []
    try:
        with open(source, encoding="utf-8") as lines, open(unfinished, "w", encoding="utf-8") as file:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                    waiting.append((row, _pair(row)))
                except ValueError as error:
                    rejected += 1
                    print(f"sayso: {source} line {number}: {' '.join(str(error).split())}", file=sys.stderr)
                if len(waiting) == CHUNK:
                    _write(file, waiting, model)
                    waiting = []
            _write(file, waiting, model)
        os.replace(unfinished, out)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{getattr(error, 'filename', None) or source}: {getattr(error, 'strerror', None) or error}"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return rejected


def _pair(row: Any) -> Pair:
    """Raises ValueError, with what is wrong."""
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or not row["text"].strip():
        raise ValueError("not an object with a text")
    target = row.get("target")
    if target is not None and not isinstance(target, str):
        raise ValueError("its target is no text")
    if row.get("start") is None and row.get("end") is None:
        return Pair(row["text"], target)
    start, end = row.get("start"), row.get("end")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(row["text"]):
        raise ValueError(f"start and end ({start!r}, {end!r}) are no span of its text")
    return Pair(row["text"], target, (start, end))


def _write(file: Any, waiting: list[tuple[dict, Pair]], model: Any) -> None:
    probabilities = model.predict([pair for _, pair in waiting])
    for (row, _), p in zip(waiting, probabilities, strict=True):
        scores = {label: round(float(value), 6) for label, value in zip(model.labels, p, strict=True)}
        label = model.labels[int(p.argmax())]
        file.write(json.dumps({**row, "label": label, **scores}, ensure_ascii=False) + "\n")
