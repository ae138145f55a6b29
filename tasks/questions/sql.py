"""SQL over a lake, by DuckDB: its tables are all that a query can read, and it can write nothing."""

from collections.abc import Callable
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.dataset as ds

from sayso.tasks.articles import RunFailed, UsageError
from sayso.tasks.questions.libraries import library
from sayso.tasks.tables import SCHEMAS, Snapshot
from sayso.tasks.tables.snapshot import OutOfDate

T = TypeVar("T")
_CONFIG = {
    "enable_external_access": "false",  # no files, no network, no attaching, no extensions from elsewhere
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",  # variables of this program are no tables
    "temp_directory": "",
    "threads": "2",
}
_BATCH = 10_000


def query(lake: Snapshot, sql: str, use: Callable[[pa.RecordBatchReader], T]) -> T:
    """What `use` makes of the rows of one SELECT over the tables of a lake, which come as a stream.

    Raises:
        UsageError: no single SELECT, faulty SQL, or something that a query may not do.
        RunFailed: it needs more memory than there is.
    """
    duckdb = library("duckdb", "duckdb")
    with duckdb.connect(":memory:", config=_CONFIG) as database:
        statement = _one_select(duckdb, database, sql)
        for table in SCHEMAS:
            if not table.startswith("."):
                database.register(table, _dataset(lake, table))
        database.execute("SET lock_configuration = true")
        try:
            return use(database.sql(statement).to_arrow_reader(_BATCH))
        except FileNotFoundError as error:
            raise OutOfDate(f"{lake.path} was changed while it was read; run the same command again") from error
        except duckdb.OutOfMemoryException as error:
            raise RunFailed(f"the query needs more memory than there is: {_first_line(error)}") from error
        except duckdb.Error as error:
            if "No such file" in str(error):  # a commit moved it meanwhile
                raise OutOfDate(f"{lake.path} was changed while it was read; run the same command again") from error
            raise UsageError(f"the query fails: {_first_line(error)}") from error


def _one_select(duckdb: Any, database: Any, sql: str) -> Any:
    try:
        statements = database.extract_statements(sql)
    except duckdb.Error as error:
        raise UsageError(f"the query fails: {_first_line(error)}") from error
    allowed = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
    if len(statements) != 1 or statements[0].type not in allowed:
        raise UsageError("a query is one SELECT; it reads the tables of the lake and changes nothing")
    return statements[0]


def _dataset(lake: Snapshot, table: str) -> ds.Dataset:
    schema = lake.schema(table)
    files = [str(path) for path in lake.files(table)]
    return ds.dataset(files, schema=schema, format="parquet") if files else ds.dataset(schema.empty_table())


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return " ".join(lines[:1] + [line for line in lines[1:] if line.startswith(("Did you mean", "Candidate"))])
