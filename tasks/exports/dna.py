"""Documents and statements for Discourse Network Analyzer (DNA) and its R package, rDNA."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from sayso.tasks.questions import quotes
from sayso.tasks.tables import Snapshot

DOCUMENTS = ("ID", "title", "text", "author", "source", "section", "type", "notes", "date_time")
STATEMENTS = ("ID", "document_id", "start", "stop", "person", "organization", "concept", "agreement")
_UNDATED = "1970-01-01 00:00:00"  # DNA has no documents without a date
_IMPORT = """# Puts dna-documents.csv and dna-statements.csv into an open DNA database, whose statement type
# "DNA Statement" has the variables person, organization, concept and agreement:
#   library("rDNA"); dna_init(); dna_openDatabase(db_url = "mine.dna", coderId = 1, coderPassword = "...")
documents <- read.csv("dna-documents.csv", encoding = "UTF-8", stringsAsFactors = FALSE, na.strings = NULL)
statements <- read.csv("dna-statements.csv", encoding = "UTF-8", stringsAsFactors = FALSE, na.strings = NULL)
ids <- dna_addDocuments(
  coder_id = 1, title = documents$title, text = documents$text, author = documents$author, source = documents$source,
  section = documents$section, type = documents$type, notes = documents$notes,
  date_time = as.POSIXct(documents$date_time, tz = "UTC")
)
for (i in seq_len(nrow(statements))) {
  s <- statements[i, ]
  dna_addStatement(
    documentID = ids[match(s$document_id, documents$ID)], startCaret = s$start, endCaret = s$stop,
    statementType = "DNA Statement", coder = 1,
    person = s$person, organization = s$organization, concept = s$concept, agreement = s$agreement
  )
}
"""


def write_dna(lake: Snapshot, folder: Path) -> str:
    """dna-documents.csv, dna-statements.csv and dna-import.R, which puts them into a database.

    A statement is a quote that is for (agreement 1) or against (0) its target, the concept; DNA's agreement knows no
    third value, so neutral ones are left out. Places are in UTF-16 units, as Java counts. Columns are those of rDNA's
    dna_addDocuments and dna_getStatements (https://github.com/leifeld/dna).
    """
    document_ids: dict[str, int] = {}
    with _writer(folder / "dna-documents.csv", _documents_schema()) as file:
        columns = ["article_id", "title", "text", "byline", "outlet", "source_uri", "published_at"]
        for rows in lake.batches("articles", 2_000, columns):
            frame = rows.to_pandas()
            first = len(document_ids) + 1
            document_ids |= {a: n for n, a in enumerate(frame["article_id"], start=first)}
            dates = frame["published_at"].dt.strftime("%Y-%m-%d %H:%M:%S").fillna(_UNDATED)
            made = pd.DataFrame(
                {
                    "ID": range(first, first + len(frame)),
                    "title": frame["title"],
                    "text": frame["text"],
                    "author": ["; ".join(names) for names in frame["byline"]],
                    "source": frame["outlet"].fillna(""),
                    "section": "",
                    "type": "article",
                    "notes": frame["article_id"] + " " + frame["source_uri"],
                    "date_time": dates,
                }
            )
            file.write_table(pa.Table.from_pandas(made[[*DOCUMENTS]], _documents_schema(), preserve_index=False))
    number = 0
    with _writer(folder / "dna-statements.csv", _statements_schema()) as file:
        for shard in lake.names("articles"):
            starts = _places(lake, shard)
            for frame in quotes(lake.only("quotes", shard)):
                frame = frame[frame["stance"].isin(["favor", "against"]) & frame["statement_id"].isin(starts)]
                is_body = frame["speaker_kind"] == "organization"
                made = pd.DataFrame(
                    {
                        "ID": range(number + 1, number + 1 + len(frame)),
                        "document_id": frame["article_id"].map(document_ids),
                        "start": [starts[s][0] for s in frame["statement_id"]],
                        "stop": [starts[s][1] for s in frame["statement_id"]],
                        "person": frame["person_name"].mask(is_body, ""),
                        "organization": frame["affiliation"].fillna("").mask(is_body, frame["person_name"]),
                        "concept": frame["target_name"],
                        "agreement": (frame["stance"] == "favor").astype("int32"),
                    }
                )
                number += len(frame)
                file.write_table(pa.Table.from_pandas(made[[*STATEMENTS]], _statements_schema(), preserve_index=False))
    (folder / "dna-import.R").write_text(_IMPORT, encoding="utf-8")
    return ""


def _places(lake: Snapshot, shard: str) -> dict[str, tuple[int, int]]:
    """statement_id → where its content begins and ends in the article's text, in UTF-16 units."""
    texts = dict(zip(*lake.load("articles", shard, ["article_id", "text"]).to_pydict().values(), strict=True))
    rows = lake.load("statements", shard, ["statement_id", "article_id", "content_spans"]).to_pydict()
    found = {}
    for statement_id, article_id, spans in zip(*rows.values(), strict=True):
        text, start, end = texts[article_id], spans[0]["start"], spans[-1]["end"]
        found[statement_id] = _utf16(text, start), _utf16(text, end)
    return found


def _utf16(text: str, place: int) -> int:
    return place if text.isascii() else place + sum(c > "\uffff" for c in text[:place])


def _writer(path: Path, schema: pa.Schema) -> pa.csv.CSVWriter:
    return pa.csv.CSVWriter(path, schema)


def _documents_schema() -> pa.Schema:
    return pa.schema([(name, pa.int32() if name == "ID" else pa.string()) for name in DOCUMENTS])


def _statements_schema() -> pa.Schema:
    text = ("person", "organization", "concept")
    return pa.schema([(name, pa.string() if name in text else pa.int32()) for name in STATEMENTS])
