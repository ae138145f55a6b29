"""`sayso export`: a lake for other programs."""

import argparse
from pathlib import Path

from sayso.commands.arguments import add_json
from sayso.commands.exits import EXIT_DONE
from sayso.commands.output import print_json
from sayso.commands.styles import printable

EXAMPLE = "sayso export my-lake -o shared/ --as datapackage"
KINDS = ("huggingface", "datapackage", "duckdb", "xlsx", "csv", "graphml", "gexf", "dna", "jsonld")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lake", type=Path, metavar="LAKE")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="where to; other files there stay")
    parser.add_argument("--as", dest="kind", choices=KINDS, required=True, help="as what")
    add_json(parser, "what was written")


def run(args: argparse.Namespace) -> int:
    from sayso.tasks.exports import export
    from sayso.tasks.tables import Lake

    made = export(Lake.existing(args.lake), args.out, args.kind)
    if args.json:
        print_json({"files": [str(path) for path in made.files], "size": made.size})
    else:
        for path in made.files:
            print(printable(path))
        print(f"{len(made.files):,} files, {made.size / 1e6:.1f} MB")
    return EXIT_DONE
