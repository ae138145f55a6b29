"""`sayso compact`: the small files of a lake merged."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from sayso.commands.arguments import add_json, writable
from sayso.commands.exits import EXIT_DONE
from sayso.commands.output import print_json
from sayso.tasks.tables import new_run_id
from sayso.tasks.tables.upkeep import compact

EXAMPLE = "sayso compact my-lake"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lake", type=Path, metavar="LAKE")
    add_json(parser, "the numbers of files")


def run(args: argparse.Namespace) -> int:
    before, after = compact(writable(args.lake), new_run_id(datetime.now(UTC)))
    if args.json:
        print_json({"files_before": before, "files_after": after})
    else:
        print(f"{before} files became {after}" if after < before else f"{after} files; nothing to merge")
    return EXIT_DONE
