"""`sayso query`: a question in SQL."""

import argparse
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
from rich.markup import escape

from sayso.commands.arguments import add_limit
from sayso.commands.exits import EXIT_DONE
from sayso.commands.output import Console, new_table, print_json, print_table
from sayso.commands.styles import printable
from sayso.tasks.exports.cells import disarmed, flattened
from sayso.tasks.questions import query
from sayso.tasks.tables import Lake

EXAMPLE = 'sayso query my-lake "SELECT speaker_name, count(*) AS n FROM quotes GROUP BY ALL ORDER BY n DESC"'


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lake", type=Path, metavar="LAKE")
    parser.add_argument("sql", metavar="SQL", help="one SELECT over the tables of the lake")
    parser.add_argument("--as", dest="form", choices=("table", "csv", "json"), default="table", help="default: table")
    add_limit(parser)


def run(args: argparse.Namespace) -> int:
    write = {"table": lambda rows: _table(rows, args.limit), "csv": _csv, "json": _json}[args.form]
    Lake.existing(args.lake).reading(lambda snapshot: query(snapshot, args.sql, write))
    return EXIT_DONE


def _table(rows: pa.RecordBatchReader, limit: int) -> None:
    table, shown, more = new_table(*rows.schema.names), 0, False
    for batch in rows:
        for row in batch.to_pylist():
            if shown == limit:
                more = True
                break
            table.add_row(*("" if v is None else escape(printable(v)) for v in row.values()))
            shown += 1
        if more:
            break
    print_table(table, Console())
    if more:
        print(f"and more; --limit shows them, --as csv all of them (here {limit})")


def _csv(rows: pa.RecordBatchReader) -> None:
    sys.stdout.flush()
    head = True
    for part in (pa.Table.from_batches([b]) for b in rows):
        options = pa.csv.WriteOptions(include_header=head)
        pa.csv.write_csv(disarmed(flattened(part)), sys.stdout.buffer, options)
        head = False
    if head:
        pa.csv.write_csv(flattened(rows.schema.empty_table()), sys.stdout.buffer)


def _json(rows: pa.RecordBatchReader) -> None:
    print_json([row for batch in rows for row in batch.to_pylist()])
