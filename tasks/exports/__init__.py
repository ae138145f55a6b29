"""A lake for other programs: `export(lake, out, kind)`; each kind is a consistent snapshot, written in flat memory."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sayso.tasks.articles import UsageError
from sayso.tasks.exports import folder
from sayso.tasks.exports.dna import write_dna
from sayso.tasks.exports.jsonld import write_jsonld
from sayso.tasks.exports.networks import write_gexf, write_graphml
from sayso.tasks.exports.tabular import write_csv, write_datapackage, write_duckdb, write_huggingface
from sayso.tasks.exports.workbook import write_xlsx
from sayso.tasks.tables import Lake, Snapshot

__all__ = ["KINDS", "Exported", "export"]

KINDS: dict[str, tuple[str, Callable[[Snapshot, Path], str]]] = {
    "huggingface": ("Parquet with a dataset card, for datasets.load_dataset", write_huggingface),
    "datapackage": ("a Frictionless data package", write_datapackage),
    "duckdb": ("one database file, with views and comments", write_duckdb),
    "xlsx": ("a workbook of quotes, speakers and stances", write_xlsx),
    "csv": ("a file a table", write_csv),
    "graphml": ("networks of people and targets, and of people", write_graphml),
    "gexf": ("the same for Gephi, with a time line", write_gexf),
    "dna": ("documents and statements for Discourse Network Analyzer and rDNA", write_dna),
    "jsonld": ("schema.org Quotations", write_jsonld),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """The files that were written, and their size in bytes."""

    files: tuple[Path, ...]
    size: int


def export(lake: Lake, out: Path, kind: str) -> Exported:
    """Write a lake in another form into a folder, in place of an earlier export of the same kind.

    Files that no export of the kind put there are never touched.

    Args:
        kind: of `KINDS`.

    Raises:
        UsageError: an unknown kind, a library that is missing, a folder that will not do, or a damaged lake.
    """
    if kind not in KINDS:
        raise UsageError(f"no export as {kind!r}; there are {', '.join(KINDS)}")
    out = out.expanduser().absolute()
    folder.check(lake.path, out)
    write = KINDS[kind][1]
    try:
        files = lake.reading(lambda snapshot: folder.put(out, kind, lambda new: write(snapshot, new)))
    except pa.ArrowInvalid as error:
        raise UsageError(f"a file of {lake.path} cannot be read ({error}); sayso verify tells which") from error
    return Exported(tuple(files), sum(path.stat().st_size for path in files))
