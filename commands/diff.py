"""`sayso diff`: how speakers' stances moved."""

import argparse
import json
import math
from pathlib import Path

import pandas as pd
from rich.console import Console as RichConsole
from rich.markup import escape

from sayso.commands.arguments import add_json, add_limit
from sayso.commands.exits import EXIT_DONE
from sayso.commands.output import Console, new_table, print_json, print_table
from sayso.commands.styles import printable
from sayso.tasks.articles import UsageError
from sayso.tasks.tables import Lake, Snapshot
from sayso.tasks.tables.moves import State, changes, is_cut, moves_between, present, runs_with_stances, state_after

EXAMPLE = "sayso diff my-lake other-lake"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lake", type=Path, metavar="LAKE")
    parser.add_argument("other", nargs="?", type=Path, metavar="OTHER", help="another lake (else the last two runs)")
    parser.add_argument("--runs", nargs=2, metavar="RUN", help="run_ids of two runs of one lake")
    add_limit(parser)
    add_json(parser, "all of them, what else changed, and whether articles were forgotten")


def run(args: argparse.Namespace) -> int:
    if args.other and args.runs:
        raise UsageError("--runs compares two runs of one lake; leave out --runs, or the other lake")
    lake = Lake.existing(args.lake)
    if args.other:
        titles = (str(args.lake), str(args.other))
        before, after = lake.reading(present), Lake.existing(args.other).reading(present)
    else:
        titles, before, after = lake.reading(lambda snapshot: _of_runs(snapshot, args.runs))
    moved = moves_between(before, after)
    if args.json:
        print_json(
            {
                "before": titles[0],
                "after": titles[1],
                "changes": changes(before, after),
                "cut": is_cut(before, after),
                "moves": json.loads(moved.to_json(orient="records")),  # what is no number becomes null
            }
        )
        return EXIT_DONE
    console = Console()
    console.print(escape(f"{titles[0]} → {titles[1]}"), highlight=False)
    for change in changes(before, after):
        console.print(f"what differs may not be of the speakers: {escape(printable(change))}", highlight=False)
    if is_cut(before, after):
        console.print("articles were forgotten: who spoke in them is left out of what was before", highlight=False)
    _print(console, moved, args.limit)
    return EXIT_DONE


def _of_runs(lake: Snapshot, runs: list[str] | None) -> tuple[tuple[str, str], State, State]:
    """What two runs, or the last two, left behind."""
    kept = runs_with_stances(lake)
    if runs is None and len(kept) < 2:
        raise UsageError(f"{lake.path} has kept the stances of {len(kept)} run so far; name another lake")
    first, second = runs or kept[-2:]
    return (first, second), state_after(lake, first), state_after(lake, second)


def _print(console: RichConsole, moved: pd.DataFrame, limit: int) -> None:
    if moved.empty:
        console.print("no stance of any speaker differs")
        return
    names = ("speaker", "target", "statements", "stance", "change")
    table = new_table(*names, right=names[2:])
    for row in moved.head(limit).to_dict("records"):
        table.add_row(
            escape(printable(row["person_name"])),
            escape(printable(row["target_name"])),
            f"{row['n_before']} → {row['n_after']}",
            f"{_signed(row['mean_before'])} → {_signed(row['mean_after'])}",
            _signed(row["change"]),
        )
    print_table(table, console)
    counts = {
        "new": int((moved["n_before"] == 0).sum()),
        "gone": int((moved["n_after"] == 0).sum()),
        "moved": int((moved["change"].abs() > 0).sum()),
    }
    rest = f"; the first {limit} are shown" if len(moved) > limit else ""
    console.print(f"{len(moved)} pairs differ: " + ", ".join(f"{n} {what}" for what, n in counts.items()) + rest)


def _signed(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:+.2f}"
