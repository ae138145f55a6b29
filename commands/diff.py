"""`sayso diff`: how speakers' stances moved."""

import argparse
import json
import math
from pathlib import Path

import pandas as pd
from rich.markup import escape

from sayso.commands.arguments import add_json, add_limit
from sayso.commands.exits import EXIT_DONE
from sayso.commands.output import Console, new_table, print_json, print_table
from sayso.commands.styles import printable
from sayso.tasks.articles import UsageError
from sayso.tasks.tables import Lake
from sayso.tasks.tables.moves import moves, runs_with_stances, stances_after

EXAMPLE = "sayso diff my-lake other-lake"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lake", type=Path, metavar="LAKE")
    parser.add_argument("other", nargs="?", type=Path, metavar="OTHER", help="another lake (else the last two runs)")
    parser.add_argument("--runs", nargs=2, metavar="RUN", help="run_ids of two runs of one lake")
    add_limit(parser)
    add_json(parser, "all of them")


def run(args: argparse.Namespace) -> int:
    if args.other and args.runs:
        raise UsageError("--runs compares two runs of one lake; leave out --runs, or the other lake")
    lake = Lake.existing(args.lake)
    titles, moved = _between_lakes(lake, Lake.existing(args.other)) if args.other else _between_runs(lake, args.runs)
    if args.json:
        print_json(json.loads(moved.to_json(orient="records")))  # what is no number becomes null
    else:
        _print(titles, moved, args.limit)
    return EXIT_DONE


def _between_lakes(lake: Lake, other: Lake) -> tuple[tuple[str, str], pd.DataFrame]:
    return (str(lake.path), str(other.path)), moves(_stances(lake), _stances(other))


def _stances(lake: Lake) -> pd.DataFrame:
    stances: pd.DataFrame = lake.steady(lambda: lake.read("speaker_stances")).to_pandas()
    return stances


def _between_runs(lake: Lake, runs: list[str] | None) -> tuple[tuple[str, str], pd.DataFrame]:
    """Of two runs, or the last two."""
    kept = runs_with_stances(lake)
    if runs is None and len(kept) < 2:
        raise UsageError(f"{lake.path} has kept the stances of {len(kept)} run so far; name another lake")
    first, second = runs or kept[-2:]
    return (first, second), moves(stances_after(lake, first), stances_after(lake, second))


def _print(titles: tuple[str, str], moved: pd.DataFrame, limit: int) -> None:
    console = Console()
    console.print(escape(f"{titles[0]} → {titles[1]}"), highlight=False)
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
