"""A workbook for Excel: quotes, speakers and stances, within its limits."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from sayso.tasks.exports.cells import FORMULA
from sayso.tasks.questions import quotes
from sayso.tasks.questions.libraries import library
from sayso.tasks.tables import Snapshot

ROWS, CHARS = 1_048_576, 32_767  # of a sheet; of a cell
_QUOTES = (
    *("person_name", "job_title", "affiliation", "statement_kind", "content", "target_name", "stance"),
    *("stance_against", "stance_neutral", "stance_favor", "confidence", "outlet", "published_at", "title"),
    *("source_uri", "statement_id", "article_id", "person_id"),
)


def write_xlsx(lake: Snapshot, folder: Path) -> str:
    """sayso.xlsx; texts are cells of text, whatever they begin with, and cut where Excel has no room for them."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with library("xlsxwriter", "xlsxwriter").Workbook(str(folder / "sayso.xlsx"), options) as book:
        _fill(book, "quotes", [*_QUOTES], (rows[[*_QUOTES]] for rows in quotes(lake)))
        for sheet, table in (("speakers", "speakers"), ("stances", "speaker_stances")):
            columns = [f.name for f in lake.schema(table) if f.name != "run_id"]
            _fill(book, sheet, columns, (rows.to_pandas() for rows in lake.batches(table, 10_000, columns)))
    return ""


def _fill(book: Any, name: str, columns: list[str], frames: Iterator[pd.DataFrame]) -> None:
    """A sheet of rows, and further ones where it is full."""
    guarded = book.add_format({"quote_prefix": True})
    sheets, row = 0, ROWS
    for frame in frames:
        for values in frame.itertuples(index=False, name=None):
            if row == ROWS:
                sheets, row = sheets + 1, 1
                sheet = book.add_worksheet(name if sheets == 1 else f"{name} {sheets}")
                sheet.write_row(0, 0, columns)
            for i, value in enumerate(values):
                if isinstance(value, str):
                    text = value if len(value) <= CHARS else value[: CHARS - 1] + "…"
                    sheet.write_string(row, i, text, guarded if FORMULA.match(text) else None)
                elif isinstance(value, float | int) and value == value:
                    sheet.write_number(row, i, value)
                elif not isinstance(value, float | int) and value is not None and value is not pd.NaT:
                    sheet.write_string(row, i, ", ".join(value) if hasattr(value, "__len__") else value.isoformat())
            row += 1
    if not sheets:
        book.add_worksheet(name).write_row(0, 0, columns)
