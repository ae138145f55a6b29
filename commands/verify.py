"""`sayso verify`: whether a lake holds together."""

import argparse
from dataclasses import asdict
from pathlib import Path

from sayso.commands.arguments import add_json
from sayso.commands.exits import EXIT_DONE, EXIT_REJECTED
from sayso.commands.output import print_json
from sayso.commands.styles import printable
from sayso.tasks.tables import Lake, recipes_of
from sayso.tasks.tables.verify import Problem, verify

EXAMPLE = "sayso verify my-lake"
SHOWN_ROWS = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lake", type=Path, metavar="LAKE")
    add_json(parser, "whether all is well, and every trouble with all its rows,")


def run(args: argparse.Namespace) -> int:
    lake = Lake.existing(args.lake)
    problems = verify(lake)
    recipes = [] if problems else lake.reading(recipes_of)
    articles = None if problems else sum(n for _, n in recipes)
    if args.json:
        others = [{"differs": label, "articles": n} for label, n in recipes[1:]]
        found = [asdict(p) for p in problems]
        print_json({"ok": not problems, "articles": articles, "made_otherwise": others, "problems": found})
    else:
        for problem in problems:
            _print(problem)
        trouble = f"{len(problems)} kind{'s' * (len(problems) != 1)} of trouble in {lake.path}"
        print(trouble if problems else f"{articles} article{'s' * (articles != 1)}, all is well")
        for label, n in recipes[1:]:
            print(f"{n} of them made otherwise than the rest: {printable(label)}")
    return EXIT_REJECTED if problems else EXIT_DONE


def _print(problem: Problem) -> None:
    rows = f": {', '.join(map(printable, problem.rows[:SHOWN_ROWS]))}" if problem.rows else ""
    more = f" and {len(problem.rows) - SHOWN_ROWS} more" if len(problem.rows) > SHOWN_ROWS else ""
    print(f"{problem.table}: {problem.what}{rows}{more}")
