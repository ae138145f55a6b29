"""Lakes of older versions: what has to change in their files."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sayso.tasks.articles import UsageError
from sayso.tasks.tables.journal import Commit
from sayso.tasks.tables.schemas import DERIVED, FORMAT_VERSION, HISTORY_TABLE, SCHEMAS

# Ids that were given once are kept: {table: {column before: column now}}.
_RENAMED = {"identities": {"speaker_id": "local_id", "person_id": "entity_id", "person_name": "entity_name"}}


def upgrade(lake: Path) -> Commit:
    """The commit that brings a lake of an older format to this one.

    Columns that were added since are null in old rows; derived tables of another form are emptied, to be rebuilt
    by the next run.

    Raises:
        UsageError: a file is damaged, or lacks what cannot be made up; nothing has been touched.
    """
    commit = Commit(write={"lake.json": json.dumps({"format_version": FORMAT_VERSION}) + "\n"})
    for table, schema in SCHEMAS.items():
        files = sorted((lake / table).glob("*.parquet"))
        if not files and table != HISTORY_TABLE:
            commit.put[table, "0000-empty"] = schema.empty_table()
        for path in files:
            rows = _upgraded(path, table, schema)
            if rows is not None:
                commit.put[table, path.stem] = rows
    return commit


def _upgraded(path: Path, table: str, schema: pa.Schema) -> pa.Table | None:
    """The rows of a file in the form of a schema; None where they are in it already."""
    try:
        found = pq.read_schema(path)
        if found.equals(schema):
            return None
        if table in DERIVED and not {*_RENAMED.get(table, {"": ""}), "reason"} <= set(found.names):
            return schema.empty_table()
        rows = pq.read_table(path, partitioning=None)
    except (pa.ArrowInvalid, OSError) as error:
        raise UsageError(f"{path} is damaged ({error}); restore it, or take it out of the lake") from error
    rows = rows.rename_columns([_RENAMED.get(table, {}).get(name, name) for name in rows.column_names])
    for field in schema:
        if field.name not in rows.column_names:
            if not field.nullable:
                raise UsageError(f"{path} has no {field.name}, and that cannot be made up; use a new lake")
            rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    try:
        return rows.select(schema.names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise UsageError(f"{path} cannot be upgraded ({error}); use a new lake") from error
