"""The lake and its tables: `Lake`, `shard_tables` for rows, `aggregate` for what is derived from all of them."""

from sayso.tasks.tables.derived import aggregate, is_current, is_stale
from sayso.tasks.tables.lake import Lake, Written, new_run_id
from sayso.tasks.tables.recipes import Recipe
from sayso.tasks.tables.rows import shard_tables
from sayso.tasks.tables.schemas import DERIVED, PER_ARTICLE, REJECTS, RUNS, SCHEMAS, key_of
from sayso.tasks.tables.snapshot import OutOfDate, Snapshot, recipe_changes, recipes_of

__all__ = [
    "DERIVED",
    "PER_ARTICLE",
    "REJECTS",
    "RUNS",
    "SCHEMAS",
    "VERSION",
    "Lake",
    "OutOfDate",
    "Recipe",
    "Snapshot",
    "Written",
    "aggregate",
    "is_current",
    "is_stale",
    "key_of",
    "new_run_id",
    "recipe_changes",
    "recipes_of",
    "shard_tables",
]

VERSION = 5  # raise it when the same analyses would give other rows
