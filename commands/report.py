"""`sayso report`: a lake as static pages."""

import argparse
from dataclasses import asdict
from pathlib import Path

from sayso.commands.arguments import add_json
from sayso.commands.exits import EXIT_DONE
from sayso.commands.output import print_json
from sayso.commands.styles import printable
from sayso.tasks.report import write_report
from sayso.tasks.tables import Lake

EXAMPLE = "sayso report my-lake -o report/"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lake", type=Path, metavar="LAKE")
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("report"), metavar="DIR", help="where to (default: report/)"
    )
    add_json(parser, "what was written, and what is missing,")


def run(args: argparse.Namespace) -> int:
    written = write_report(Lake.existing(args.lake), args.out)
    if args.json:
        print_json(asdict(written))
        return EXIT_DONE
    for note in written.notes:
        print(printable(note))
    articles = f"{written.articles:,} article{'s' * (written.articles != 1)}"
    speakers = f"{written.speakers:,} speaker{'s' * (written.speakers != 1)}"
    print(f"{articles}, {speakers}: {written.files:,} files, {written.size / 1e6:.1f} MB")
    print(f"open {printable(written.index)}")
    return EXIT_DONE
