"""`sayso score`: pairs in, the same pairs with label and probabilities out."""

import argparse
import contextlib
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from sayso.commands.arguments import STDIN, add_settings, pipeline
from sayso.commands.exits import EXIT_DONE, EXIT_REJECTED
from sayso.commands.styles import printable
from sayso.tasks.articles import Span, UsageError
from sayso.tasks.runtime import PairClassifier
from sayso.tasks.runtime.pairs import Pair
from sayso.tasks.scoring.passages import bare_pair

EXAMPLE = """echo '{"text": "Ada praised the pier.", "target": "pier"}' | sayso score stance - -"""
LINE = '{"text", "target"[, "start", "end"][, "source_start", "source_end"]}'
CHUNK = 2000
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # half of a character, as of a text cut within an emoji


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=("sentiment", "stance"))
    parser.add_argument("source", metavar="IN.jsonl", help=f"a line: {LINE}; - for stdin")
    parser.add_argument("out", metavar="OUT.jsonl", help="the same lines with label and probabilities; - for stdout")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Score each line of a JSONL file.

    [start, end) is the target's mention; for a stance the statement, or where source_start and source_end tell who
    speaks, the target's mention.

    The output has the same lines in the same order with `label` and one probability a class. A line that is
    no such pair is left out, and told on stderr. The output file appears whole or not at all.
    """
    model = pipeline(args).classifier(args.kind)
    rejected, waiting = 0, []
    try:
        with _lines_of(args.source) as lines, _written(args.out) as out:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
                    waiting.append((row, _pair(row, args.kind)))
                except (ValueError, RecursionError) as error:
                    rejected += 1
                    print(f"sayso: {args.source} line {number}: {printable(error)}", file=sys.stderr)
                if len(waiting) == CHUNK:
                    _write(out, waiting, model)
                    waiting = []
            _write(out, waiting, model)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"{error.filename or args.source}: {error.strerror or error}") from error
    return EXIT_REJECTED if rejected else EXIT_DONE


@contextlib.contextmanager
def _lines_of(source: str) -> Iterator[BinaryIO]:
    if source == STDIN:
        yield sys.stdin.buffer
        return
    with open(source, "rb") as file:
        yield file


@contextlib.contextmanager
def _written(out: str) -> Iterator[BinaryIO]:
    """Standard output, or a file that appears when all of it is written."""
    if out == STDIN:
        sys.stdout.flush()
        yield sys.stdout.buffer
        return
    unfinished = Path(out).with_name(f".{Path(out).name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            yield file
        os.replace(unfinished, out)
    finally:
        unfinished.unlink(missing_ok=True)


def _pair(row: Any, kind: str) -> Pair:
    """Raises ValueError, with what is wrong."""
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or not row["text"].strip():
        raise ValueError("not an object with a text")
    text, target = _SURROGATE.sub("\ufffd", row["text"]), row.get("target")
    if target is not None and not isinstance(target, str):
        raise ValueError("its target is no text")
    target = _SURROGATE.sub("\ufffd", target) if target and target.strip() else None
    if target is None and kind == "stance":
        raise ValueError("no target; a stance is toward something, so name it in target")
    return bare_pair(kind, text, target, _span(row, "start", "end"), _span(row, "source_start", "source_end"))


def _span(row: dict[str, Any], *names: str) -> Span | None:
    start, end = (row.get(name) for name in names)
    if start is None and end is None:
        return None
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(row["text"]):
        raise ValueError(f"{' and '.join(names)} ({start!r}, {end!r}) are no span of its text")
    return Span(start, end)


def _write(out: BinaryIO, waiting: list[tuple[dict[str, Any], Pair]], model: PairClassifier) -> None:
    probabilities = model.predict([pair for _, pair in waiting])
    for (row, _), p in zip(waiting, probabilities, strict=True):
        scores = {label: round(float(value), 6) for label, value in zip(model.labels, p, strict=True)}
        line = json.dumps({**row, "label": model.labels[int(p.argmax())], **scores}, ensure_ascii=False)
        out.write(line.encode("utf-8", "backslashreplace") + b"\n")  # as JSON itself writes a lone surrogate
