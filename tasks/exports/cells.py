"""Rows of the lake's tables as programs without nested types want them."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sayso.tasks.tables import SCHEMAS, Snapshot

BATCH = 10_000  # rows in memory at a time
FORMULA = re.compile(r"[=+\-@\t\r]")  # what a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)
TABLES = tuple(name for name in SCHEMAS if not name.startswith("."))


def batches(lake: Snapshot, table: str) -> Iterator[pa.Table]:
    """All rows of a table, some at a time, nested columns as JSON; at least one batch, which may be empty."""
    empty = True
    for rows in lake.batches(table, BATCH):
        empty = False
        yield flattened(rows)
    if empty:
        yield flattened(lake.schema(table).empty_table())


def flattened(rows: pa.Table) -> pa.Table:
    """The same rows, nested columns as JSON."""
    return pa.table([_flat(column) for column in rows.columns], schema=flat_schema(rows.schema))


def flat_schema(schema: pa.Schema) -> pa.Schema:
    """The same fields; lists and maps are text that holds JSON."""
    return pa.schema([f.with_type(pa.string()) if pa.types.is_nested(f.type) else f for f in schema], schema.metadata)


def disarmed(rows: pa.Table) -> pa.Table:
    """Rows whose texts no spreadsheet takes for formulas: where one begins like one, an apostrophe stands before it."""
    for i, field in enumerate(rows.schema):
        if pa.types.is_string(field.type):
            column = rows.column(i)
            risky = pc.match_substring_regex(column, r"^[=+\-@\t\r]")
            if pc.any(risky).as_py():
                armed = pc.binary_join_element_wise("'", column, "")
                rows = rows.set_column(i, field, pc.if_else(pc.fill_null(risky, False), armed, column))
    return rows


def about(item: pa.Schema | pa.Field) -> str:
    """The description that a table or field carries."""
    return str((item.metadata or {}).get(b"description", b""), "utf-8")


def unit(field: pa.Field) -> str:
    return str((field.metadata or {}).get(b"unit", b""), "utf-8")


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_nested(column.type):
        return column
    is_map = pa.types.is_map(column.type)
    texts = [None if value is None else _json(dict(value) if is_map else value) for value in column.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
