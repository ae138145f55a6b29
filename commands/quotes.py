"""`sayso quotes`: quotes by filters."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
from rich.markup import escape

from sayso.commands.arguments import add_limit
from sayso.commands.exits import EXIT_DONE
from sayso.commands.output import Console, new_table, print_table
from sayso.commands.styles import printable
from sayso.tasks.exports.cells import disarmed
from sayso.tasks.questions import KINDS, Filters, quotes
from sayso.tasks.scores import LABELS
from sayso.tasks.tables import Lake

EXAMPLE = "sayso quotes my-lake --speaker okafor --stance against --since 2026-03-01"
SHOWN = ("published_at", "outlet", "person_name", "content", "target_name", "stance", "confidence")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lake", type=Path, metavar="LAKE")
    parser.add_argument("--speaker", metavar="TEXT", help="in the name or id of who speaks")
    parser.add_argument("--target", metavar="TEXT", help="in the name or id of the target")
    parser.add_argument("--stance", choices=LABELS["stance"], help="toward the target")
    parser.add_argument("--outlet", metavar="TEXT", help="in the outlet's name")
    parser.add_argument("--since", metavar="DAY", help="first day of publication, such as 2026-03-01")
    parser.add_argument("--until", metavar="DAY", help="last day of publication")
    parser.add_argument("--kind", choices=KINDS, help="of the statement or of the speaker")
    parser.add_argument("--min-confidence", type=float, default=0.0, metavar="P", help="of the statement, 0 to 1")
    parser.add_argument("--as", dest="form", choices=("table", "csv", "jsonl"), default="table", help="default: table")
    add_limit(parser)


def run(args: argparse.Namespace) -> int:
    names = ("speaker", "target", "stance", "outlet", "since", "until", "kind", "min_confidence")
    wanted = Filters(**{name: getattr(args, name) for name in names})
    frames = quotes(Lake.existing(args.lake).snapshot(), wanted)
    if args.form == "table":
        _table(frames, args.limit)
    elif args.form == "csv":
        sys.stdout.flush()
        for i, frame in enumerate(frames):
            options = pa.csv.WriteOptions(include_header=not i)
            rows = pa.Table.from_pandas(frame, preserve_index=False)
            pa.csv.write_csv(disarmed(rows), sys.stdout.buffer, options)
    else:
        for frame in frames:
            for row in pa.Table.from_pandas(frame, preserve_index=False).to_pylist():
                print(json.dumps(row, ensure_ascii=False, default=lambda v: v.isoformat()))
    return EXIT_DONE


def _table(frames: Iterator[pd.DataFrame], limit: int) -> None:
    table, left = new_table(*SHOWN, right=("confidence",)), 0
    for frame in frames:
        row: Any
        room = max(0, limit - table.row_count)
        left += len(frame) - min(room, len(frame))
        for row in frame[[*SHOWN]].head(room).itertuples(index=False):
            day = row.published_at.date().isoformat() if row.published_at == row.published_at else ""
            texts = ["" if not isinstance(v, str) else v for v in row[1:-1]]
            table.add_row(*(escape(printable(v)) for v in (day, *texts, f"{row.confidence:.0%}")))
    print_table(table, Console())
    if left:
        print(f"and {left:,} more; --limit N or --as csv shows them", file=sys.stderr)
