"""`sayso evaluate`: the figures of the field, on labels of the user's own."""

import argparse
from dataclasses import asdict
from pathlib import Path

from sayso.commands.arguments import add_json, add_settings, pipeline, stdin_as_file
from sayso.commands.exits import EXIT_DONE
from sayso.commands.output import Console, new_table, print_json, print_table
from sayso.tasks.evaluation import KINDS, evaluate

EXAMPLE = """echo '{"text": "Ada praised the pier.", "target": "pier", "stance": "favor"}' | sayso evaluate stance -"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=tuple(KINDS))
    parser.add_argument("gold", metavar="GOLD.jsonl", help="labelled articles or pairs; - for stdin")
    add_settings(parser)
    add_json(parser, "the figures")


def run(args: argparse.Namespace) -> int:
    with stdin_as_file([args.gold]) as [gold]:
        figures = evaluate(args.kind, Path(gold), pipeline(args))
    if args.json:
        print_json([asdict(f) for f in figures])
        return EXIT_DONE
    unit = figures[0].unit
    print(f"{args.kind} on {args.gold}, 95 % intervals over {unit} (each left out in turn)")
    table = new_table("figure", "value", "interval", "n", unit, right=("value", "interval", "n", unit))
    for f in figures:
        interval = f"\\[{f.low:.3f}, {f.high:.3f}]" if f.low is not None else "none"
        table.add_row(f.name, f"{f.value:.3f}", interval, str(f.n), str(f.n_units))
    print_table(table, Console())
    return EXIT_DONE
