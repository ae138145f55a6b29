"""`sayso report`: a lake as static pages."""

from pathlib import Path

from sayso.commands.styles import printable
from sayso.tasks.report import write_report
from sayso.tasks.tables import Lake


def report(lake: Lake, out: Path) -> None:
    """Write the pages, and say what is in them and what is missing."""
    written = write_report(lake, out)
    for note in written.notes:
        print(printable(note))
    articles = f"{written.articles:,} article{'s' * (written.articles != 1)}"
    speakers = f"{written.speakers:,} speaker{'s' * (written.speakers != 1)}"
    print(f"{articles}, {speakers}: {written.files:,} files, {written.size / 1e6:.1f} MB")
    print(f"open {printable(written.index)}")
