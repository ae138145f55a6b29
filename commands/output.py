"""How commands print: tables that fold in a terminal and nowhere else, and JSON."""

import io
import json
import sys
from datetime import date

from rich.console import Console as RichConsole
from rich.table import Table

UNFOLDED = 1_000_000  # columns


class Console(RichConsole):
    """Standard output, or error; lines are folded in a terminal alone. Rich honours NO_COLOR."""

    def __init__(self, stderr: bool = False) -> None:
        is_terminal = (sys.stderr if stderr else sys.stdout).isatty()
        super().__init__(stderr=stderr, width=None if is_terminal else UNFOLDED)

    def on_broken_pipe(self) -> None:
        """Leave it to `cli.main`; Rich would end the process as if something had failed."""
        raise BrokenPipeError


def new_table(*names: str, right: tuple[str, ...] = (), title: str | None = None) -> Table:
    """An empty table; the columns `right` hold numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return table


def print_table(table: Table, console: RichConsole) -> None:
    """Print a table; one line a row, however long, where it does not go to a terminal."""
    if console.file.isatty():
        console.print(table)
        return
    text = io.StringIO()
    plain = RichConsole(file=text, width=UNFOLDED, force_terminal=console.is_terminal, no_color=console.no_color)
    plain.print(table)
    for line in text.getvalue().rstrip("\n").split("\n"):
        console.file.write(f"{line.rstrip()}\n")


def print_json(value: object) -> None:
    """Print a value; dates and times as ISO 8601."""
    print(json.dumps(value, indent=1, default=_text, allow_nan=False))


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
