"""Arguments that commands share, and what is made of them."""

import argparse
import contextlib
import hashlib
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sayso.tasks.articles import Rejected

if TYPE_CHECKING:
    from sayso.tasks.pipeline import Pipeline
    from sayso.tasks.tables import Lake

STDIN = "-"


def add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--settings", type=Path, metavar="FILE", help="a TOML file of settings (see sayso.toml)")
    parser.add_argument("--workers", type=positive, metavar="N", help="processor cores to use (default: all)")


def add_targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--targets", type=Path, metavar="FILE", help="a TOML file of targets of your own")


def add_limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=positive, default=30, metavar="N", help="how many to list (default: 30)")


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON")


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def pipeline(args: argparse.Namespace) -> "Pipeline":
    """The stages and models as `--settings`, `--workers` and `--targets` say."""
    from sayso.tasks.pipeline import Pipeline
    from sayso.tasks.settings import load_settings, with_workers
    from sayso.tasks.targets import load_targets

    settings = with_workers(load_settings(args.settings), args.workers)
    return Pipeline(settings, load_targets(getattr(args, "targets", None)))


def writable(where: str | Path) -> "Lake":
    """A lake that is there already, brought to this version's format."""
    from sayso.tasks.tables import Lake

    return Lake.open(Lake.existing(where).path)


@contextlib.contextmanager
def stdin_as_file(inputs: Sequence[str]) -> Iterator[list[str]]:
    """The inputs, `-` replaced by a file of what standard input holds, which is deleted afterwards."""
    if STDIN not in inputs:
        yield list(inputs)
        return
    with tempfile.TemporaryDirectory(prefix="sayso-") as folder:
        held = str(_spooled(Path(folder)))
        yield [held if given == STDIN else given for given in inputs]


def _spooled(folder: Path) -> Path:
    """JSONL where the first line is a JSON object, a page where it begins like one, else the text of one article.

    What has no name of its own is known by what it says: two texts from standard input are two articles.
    """
    from sayso.tasks.reading.cleaning import decode

    head = b""
    while not head.strip() and (line := sys.stdin.buffer.readline()):
        head = line
    records = folder / "stdin.jsonl"
    if _is_object(head):
        with records.open("wb") as file:
            file.write(head)
            shutil.copyfileobj(sys.stdin.buffer, file)
        return records
    data = head + sys.stdin.buffer.read()
    unnamed = folder / "stdin.txt"
    if re.match(rb"\s*<(!doctype|html)\b", data.removeprefix(b"\xef\xbb\xbf"), re.IGNORECASE):
        unnamed = folder / f"stdin-{hashlib.sha256(data).hexdigest()[:16]}.html"
    elif data.strip():
        with contextlib.suppress(Rejected):
            records.write_text(json.dumps({"text": decode(data)}), encoding="utf-8")
            return records
    unnamed.write_bytes(data)
    return unnamed


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line.decode("utf-8-sig")), dict)
    except (ValueError, RecursionError):
        return False
