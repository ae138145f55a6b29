"""What a run leaves in the Prefect UI: pages of markdown."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd
from prefect.artifacts import create_markdown_artifact

from sayso.flows.summary import RunSummary
from sayso.tasks.tables import Lake, Snapshot
from sayso.tasks.tables.moves import latest_changes, latest_moves
from sayso.tasks.tables.verify import Problem

SHOWN_MOVES, SHOWN_ROWS = 10, 5


def publish_run(summary: RunSummary, lake: Lake) -> None:
    """Counts, rejects by reason, and the largest moves of speakers' stances since the run before."""
    changed = summary.n_new + summary.n_updated
    moved, otherwise = lake.reading(_compared) if changed else (None, [])
    create_markdown_artifact(
        key="analyze",
        markdown=_run_page(summary, moved, otherwise),
        description=f"Run {summary.run_id}: {summary.status}",
    )


def _compared(lake: Snapshot) -> tuple[pd.DataFrame, list[str]]:
    return latest_moves(lake), latest_changes(lake)


def _run_page(summary: RunSummary, moved: pd.DataFrame | None, otherwise: Sequence[str]) -> str:
    changed = summary.n_new + summary.n_updated
    lines = [
        f"# {changed} article{'s' * (changed != 1)} analysed",
        "",
        f"Lake {_cell(summary.lake)}, run {summary.run_id}, {summary.status}.",
        "",
        *_table(
            ["seen", "new", "updated", "unchanged", "rejected", "statements"],
            [
                [
                    summary.n_seen,
                    summary.n_new,
                    summary.n_updated,
                    summary.n_skipped,
                    summary.n_rejected,
                    summary.n_statements,
                ]
            ],
        ),
    ]
    if summary.rejects:
        reasons = Counter(r.code for r in summary.rejects).most_common()
        lines += ["", "## Rejected", "", *_table(["reason", "inputs"], reasons)]
    if moved is not None and len(moved):
        rows = [
            [m.person_name, m.target_name, f"{m.n_before} → {m.n_after}", f"{m.mean_before:+.2f} → {m.mean_after:+.2f}"]
            for m in moved.head(SHOWN_MOVES).itertuples()
        ]
        head = ["speaker", "toward", "statements", "mean stance"]
        lines += ["", "## What moved since the run before", "", *_table(head, rows)]
    if otherwise:
        lines += ["", "## Not compared with the run before", "", "What differs may not be of the speakers:", ""]
        lines += [f"- {_cell(change)}" for change in otherwise]
    seconds = [[stage, f"{value:.1f}"] for stage, value in summary.seconds.items()]
    if seconds:
        lines += ["", "## Time", "", *_table(["stage", "seconds"], seconds)]
    return "\n".join(lines)


def publish_check(lake: Lake, problems: list[Problem], written: str) -> None:
    """What a check of the lake found, and where the report is."""
    lines = [f"# {'All is well' if not problems else 'The lake needs a look'}", "", f"Lake {_cell(str(lake.path))}."]
    if problems:
        rows = [[p.table, p.what, ", ".join(p.rows[:SHOWN_ROWS]), len(p.rows)] for p in problems]
        lines += ["", *_table(["table", "trouble", "for example", "rows"], rows)]
    lines += ["", f"The report is at {_cell(written)}"]
    create_markdown_artifact(key="weekly", markdown="\n".join(lines), description=f"Lake {lake.path.name}")


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(_cell(str(value)) for value in row)} |" for row in lines]


def _cell(text: str) -> str:
    """Text out of articles, as markdown that stays text."""
    text = "".join(c if c.isprintable() else " " for c in text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{c}" if c in "\\`*_[]()|!#~" else c for c in text)
