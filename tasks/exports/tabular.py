"""The tables as they are, for other programs: CSV, data packages, datasets of Hugging Face, DuckDB."""

import gzip
import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from sayso.tasks.exports.cells import BATCH, TABLES, about, batches, disarmed, flat_schema, unit
from sayso.tasks.questions.libraries import library
from sayso.tasks.tables import Snapshot, key_of

_TYPES = {
    pa.int32(): "integer",
    pa.int64(): "integer",
    pa.float32(): "number",
    pa.float64(): "number",
    pa.bool_(): "boolean",
    pa.date32(): "date",
}
_GZIP = 3  # half the time of the default, a tenth larger


def write_csv(lake: Snapshot, folder: Path) -> str:
    """TABLE.csv each; formulas are disarmed, nested columns are JSON."""
    for table in TABLES:
        with pa.csv.CSVWriter(folder / f"{table}.csv", flat_schema(lake.schema(table))) as file:
            for rows in batches(lake, table):
                file.write_table(disarmed(rows))
    return ""


def write_datapackage(lake: Snapshot, folder: Path) -> str:
    """A Frictionless data package: datapackage.json and gzipped CSV to the letter.

    Source: Data Package standard, v1 (https://specs.frictionlessdata.io).
    """
    data, resources = folder / "csv", []
    data.mkdir()
    for table in TABLES:
        schema = lake.schema(table)
        path = data / f"{table}.csv.gz"
        with gzip.open(path, "wb", compresslevel=_GZIP) as packed:
            with pa.csv.CSVWriter(packed, flat_schema(schema)) as file:
                for rows in batches(lake, table):
                    file.write_table(rows)
        told = {"name": table.replace("_", "-"), "title": table, "description": about(schema), "path": path.name}
        told |= {"profile": "tabular-data-resource", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8"}
        resources.append(told | {"compression": "gz", "schema": _table_schema(table, schema)})
    data = data.rename(folder / f"csv-{_digest(data)}")
    for resource in resources:
        resource["path"] = f"{data.name}/{resource['path']}"
    package = {
        "name": "sayso",
        "title": "Who said what",
        "description": "Statements in news, their speakers, and stances toward targets, as Sayso read them.",
        "profile": "tabular-data-package",
        "version": version("sayso"),
        "resources": resources,
    }
    text = json.dumps(package, indent=1, ensure_ascii=False)
    (folder / "datapackage.json").write_text(text + "\n", encoding="utf-8")
    return "datapackage.json"


def _table_schema(table: str, schema: pa.Schema) -> dict[str, Any]:
    fields = []
    for field in schema:
        kind = "array" if pa.types.is_list(field.type) else "object" if pa.types.is_map(field.type) else "string"
        kind = "datetime" if pa.types.is_timestamp(field.type) else _TYPES.get(field.type, kind)
        told = {"name": field.name, "type": kind, "description": about(field)}
        if kind == "datetime":
            told["format"] = "any"  # as ISO 8601, fractions of seconds only where there are any
        fields.append(told | ({"unit": unit(field)} if unit(field) else {}))
        if field.name in key_of(table) and not field.nullable:
            fields[-1]["constraints"] = {"required": True}
    # A key with a column that may be null is none in the standard's sense.
    key = [] if any(schema.field(name).nullable for name in key_of(table)) else key_of(table)
    return {"fields": fields, "missingValues": [""]} | ({"primaryKey": key} if key else {})


def write_huggingface(lake: Snapshot, folder: Path) -> str:
    """Parquet files and a dataset card with one config a table: `datasets.load_dataset(DIR, TABLE)`.

    Source: https://huggingface.co/docs/hub/datasets-manual-configuration.
    """
    data, sizes = folder / "parquet", {}
    data.mkdir()
    for table in TABLES:
        sizes[table] = 0
        with pq.ParquetWriter(data / f"{table}.parquet", flat_schema(lake.schema(table)), compression="zstd") as file:
            for rows in batches(lake, table):
                sizes[table] += rows.num_rows
                if rows.num_rows:  # datasets cannot read a row group without rows
                    file.write_table(rows)
    data = data.rename(folder / f"parquet-{_digest(data)}")
    (folder / "README.md").write_text(_card(lake, data.name, sizes), encoding="utf-8")
    return "README.md"


def _card(lake: Snapshot, data: str, sizes: dict[str, int]) -> str:
    head = ["---", "pretty_name: Who said what", "language:", "- en", "tags:", "- news", "- stance-detection"]
    head += ["- quotation-attribution", "configs:"]
    for table in (name for name in TABLES if sizes[name]):  # datasets has no sets without rows
        head += [f"- config_name: {table}", f"  data_files: {data}/{table}.parquet"]
        head += ["  default: true"] * (table == "quotes")
    lines = [
        *head,
        "---",
        "# Who said what",
        "",
        f"Statements in {sizes['articles']:,} news articles: who said what, about whom or what, and where they stand, "
        f"as found by Sayso {version('sayso')}. Labels come from models and can be wrong: trust aggregates over many "
        "statements more than single rows. The texts belong to their publishers; persons are named.",
        "",
        '`datasets.load_dataset(DIR)` gives the quotes, `datasets.load_dataset(DIR, "speakers")` another table.',
    ]
    for table in TABLES:
        schema = lake.schema(table)
        lines += ["", f"## {table}", "", f"{about(schema)}; {sizes[table]:,} rows.", ""]
        lines += ["| column | type | what |", "|---|---|---|"]
        for field, flat in zip(schema, flat_schema(schema), strict=True):
            kind = "JSON" if field.type != flat.type else str(field.type)
            what = about(field) + (f" ({unit(field)})" if unit(field) else "")
            lines.append(f"| {_cell(field.name)} | {kind} | {_cell(what)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").replace("<", "&lt;").split())


def write_duckdb(lake: Snapshot, folder: Path) -> str:
    """sayso.duckdb: every table with comments, and views: quotes_by_person, stances_overall."""
    duckdb = library("duckdb", "duckdb")
    with duckdb.connect(str(folder / "sayso.duckdb"), config={"threads": 2, "memory_limit": "1GB"}) as database:
        for table in TABLES:
            schema = lake.schema(table)
            rows = pa.RecordBatchReader.from_batches(
                schema, (batch for part in lake.batches(table, BATCH) for batch in part.to_batches())
            )
            database.register("rows_of_table", rows)
            database.execute(f"CREATE TABLE {_quoted(table)} AS SELECT * FROM rows_of_table")
            database.unregister("rows_of_table")
            database.execute(f"COMMENT ON TABLE {_quoted(table)} IS {_literal(about(schema))}")
            for field in schema:
                what = about(field) + (f" [{unit(field)}]" if unit(field) else "")
                database.execute(f"COMMENT ON COLUMN {_quoted(table)}.{_quoted(field.name)} IS {_literal(what)}")
        for name, (what, query) in VIEWS.items():
            database.execute(f"CREATE VIEW {name} AS {query}")
            database.execute(f"COMMENT ON VIEW {name} IS {_literal(what)}")
    return ""


VIEWS = {
    "quotes_by_person": (
        "quotes, with who the speaker is across articles",
        "SELECT q.*, i.entity_id AS person_id, i.entity_name AS person_name FROM quotes q LEFT JOIN identities i "
        "ON i.article_id = q.article_id AND i.local_id = q.speaker_id",
    ),
    "stances_overall": (
        "speaker_stances with all months together",
        "SELECT person_id, any_value(person_name) AS person_name, target_id, any_value(target_name) AS target_name, "
        "sum(n_statements) AS n_statements, sum(n_favor) AS n_favor, sum(n_neutral) AS n_neutral, "
        "sum(n_against) AS n_against, (sum(n_favor) - sum(n_against)) / sum(n_statements) AS stance_mean "
        "FROM speaker_stances GROUP BY person_id, target_id",
    ),
}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:12]
