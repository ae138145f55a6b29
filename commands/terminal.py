"""What `sayso analyze` shows: a progress bar while the flow runs, a summary when it is done."""

import json
import signal
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_API_URL
from rich.console import Console as RichConsole
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from sayso.commands.output import Console, new_table, print_table
from sayso.commands.processes import end_with_this_process
from sayso.commands.styles import KIND_NOTE, STANCE_STYLE, printable, printable_lines
from sayso.commands.surroundings import check_server, no_server, not_in_silence
from sayso.flows.analyze import analyze
from sayso.flows.progress import Progress, watch
from sayso.flows.summary import RunSummary
from sayso.tasks.articles import Reject, RunFailed
from sayso.tasks.tables import Lake, Snapshot
from sayso.tasks.tables.derived import Clear, counts_copies, left_out, pooled_stances, strongest
from sayso.tasks.tables.people import is_named

TOP_SPEAKERS = 8
PORT_TAKEN = 3  # exit code of the server; it is started anew on another


def run_flow(**parameters: Any) -> RunSummary:
    """Run the flow with a progress bar on stderr."""
    shown = [
        SpinnerColumn(),
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("articles"),
        TimeElapsedColumn(),
    ]
    with Bar(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting a server", total=None)

        def listen(progress: Progress) -> None:
            bar.update(task, description=progress.stage, completed=progress.done, total=progress.total)

        _start_server()
        try:
            with watch(listen):
                summary = analyze(**parameters)
        except RuntimeError as error:
            if (url := PREFECT_API_URL.value()) and str(error).startswith("Failed to reach API"):
                raise no_server(url, "somebody else does") from error
            raise
    assert isinstance(summary, RunSummary)  # a state is what scheduled runs give
    return summary


def _start_server() -> None:
    """Start Prefect's temporary server, where no other is configured, deaf to Ctrl-C.

    A terminal sends Ctrl-C to every process of the command. A server that died of it could not be told how the
    run ended, and Prefect would try to tell it for more than a minute.

    Raises:
        UsageError: nothing answers where Prefect's settings say that a server is.
        RunFailed: the temporary server ends by itself.
    """
    if url := PREFECT_API_URL.value():
        check_server(url)
        return
    server = SubprocessASGIServer()
    failed: list[Exception] = []

    def start() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            server.start()
        except Exception as error:
            failed.append(error)

    starting = threading.Thread(target=start, daemon=True)
    with not_in_silence("starting a server of its own, which keeps account of the run; this takes some seconds"):
        starting.start()
        while starting.is_alive():
            starting.join(0.2)
            code = server.server_process.poll() if server.server_process else None
            if code not in (None, PORT_TAKEN):
                why = "it is killed where memory or processes are few" if code < 0 else "see --debug"
                raise RunFailed(f"Prefect's temporary server ended with code {code} before it answered; {why}")
    if failed:
        raise RunFailed(f"Prefect's temporary server did not start: {failed[0]}")
    if server.server_process:
        end_with_this_process(server.server_process.pid)


def print_summary(summary: RunSummary, console: RichConsole) -> None:
    """What the run did, what the lake holds, and how to read it."""
    changed = summary.n_new + summary.n_updated
    assert summary.finished_at is not None
    seconds = (summary.finished_at - summary.started_at).total_seconds()
    if changed:
        parts = [f"[bold]{changed}[/] article{'s' * (changed != 1)} analysed in {seconds:.1f} s"]
        parts += [f"{summary.n_updated} of them replaced"] * bool(summary.n_updated)
        parts += [f"{summary.n_statements} statements found"]
    else:
        parts = ["nothing new"]
    unchanged = summary.n_skipped - summary.n_forgotten
    parts += [f"{unchanged} unchanged"] * bool(unchanged)
    parts += [f"{summary.n_forgotten} left out (forgotten.txt)"] * bool(summary.n_forgotten)
    parts += [f"[red]{summary.n_rejected} rejected[/]"] * bool(summary.n_rejected)
    console.print(" · ".join(parts), highlight=False)
    for note in summary.notes:
        console.print(f"[dim]{escape(printable(note))}[/]", highlight=False)
    _print_rejects(summary, console)
    Lake.existing(summary.lake).reading(lambda lake: _print_lake(lake, console))
    _print_opening(Path(summary.lake), console)


def summary_row(summary: RunSummary) -> dict[str, Any]:
    """The run as its row in the table `runs`, settings and models aside, and all its rejects."""
    row = summary.as_row()
    rejects = [{key: value for key, value in asdict(r).items() if key != "traceback"} for r in summary.rejects]
    del row["settings"], row["models"]
    return row | {
        "lake": summary.lake,
        "seconds": json.loads(row["seconds"]),
        "rejects": rejects,
        "notes": summary.notes,
    }


def print_tracebacks(rejects: Sequence[Reject]) -> None:
    """Print where stages crashed, on stderr."""
    for reject in rejects:
        if reject.traceback:
            where = f"{printable(reject.source_uri)}, {reject.stage}:"
            print(where, printable_lines(reject.traceback.rstrip()), sep="\n", file=sys.stderr)


def _print_rejects(summary: RunSummary, console: RichConsole) -> None:
    for reject in summary.rejects[:10]:
        name, message = unquote(reject.source_uri).rstrip("/").rsplit("/", 1)[-1], reject.message
        if not message.startswith(name.split("#")[0]):
            message = f"{name}: {message}"
        console.print(f"  [red]{reject.code}[/] {escape(printable(message))}", highlight=False)
    if len(summary.rejects) > 10:
        rest = Counter(r.code for r in summary.rejects[10:])
        more = ", ".join(f"{n} {code}" for code, n in rest.most_common())
        console.print(f"  and {more}; all of them are in the table rejects", highlight=False)


def _print_lake(lake: Snapshot, console: RichConsole) -> None:
    """How much the lake holds, who is quoted most, and where they stand most firmly."""
    articles = lake.read("articles", ["article_id", "duplicate_of"]).to_pandas()
    columns = ["article_id", "speaker_id", "speaker_kind", "job_title", "affiliation", "n_statements"]
    speakers = lake.read("speakers", columns).to_pandas()
    people = lake.read("identities").to_pandas()
    people.columns = ["article_id", "speaker_id", "person_id", "person_name", "reason"]
    clear = strongest(pooled_stances(lake))
    if speakers.empty:
        return
    copies, plural = int(articles["duplicate_of"].notna().sum()), "s" * (len(articles) != 1)
    counted = "counted too" if counts_copies(lake) else "counted once"
    note = f", {copies} of them near copies of others ({counted})" * bool(copies)
    statements = speakers["n_statements"].sum()
    size = f"[bold]{statements}[/] statements from [bold]{len(articles)}[/] article{plural}"
    console.print(f"\nThe lake holds {size}{note}.")
    named = speakers[is_named(speakers)]
    named = named[~named["article_id"].isin(left_out(lake))]
    named = named.merge(people, on=["article_id", "speaker_id"])
    top = named.groupby("person_id")["n_statements"].sum().sort_values(ascending=False, kind="stable")
    table = new_table("speaker", "said", "strongest stances", right=("said",), title="Most quoted")
    for person_id, count in top.head(TOP_SPEAKERS).items():
        who = _who(named[named["person_id"] == person_id])
        table.add_row(who, str(count), _stances(clear.get(person_id, [])))
    print_table(table, console)


def _who(rows: pd.DataFrame) -> str:
    name = rows["person_name"].iloc[0]
    job = rows["job_title"].dropna()
    body = rows["affiliation"].dropna()
    note = ", ".join([*job.head(1), *body.head(1)])
    return f"[bold]{escape(printable(name))}[/]" + (f" [dim]{escape(printable(note))}[/]" if note else "")


def _stances(clear: list[Clear]) -> str:
    """In colour what is certain; behind each the statements and articles that it rests on."""
    parts = []
    for stance in clear:
        label = "favor" if stance.mean > 0 else "against"
        word = f"[{STANCE_STYLE[label]}]{label}[/]" if stance.certain else label
        rests = f"({stance.n_statements} in {stance.n_articles} articles)"
        parts.append(f"{word} {escape(printable(stance.target_name))} [dim]{rests}[/]")
    return ", ".join(parts) or f"[dim]{KIND_NOTE}[/]"


def _print_opening(lake: Path, console: RichConsole) -> None:
    try:
        shown = lake.relative_to(Path.cwd())
    except ValueError:
        shown = lake
    console.print(f"\nThe tables are in [bold]{escape(str(shown))}[/]. In Python:", highlight=False)
    console.print("  import pandas as pd", highlight=False)
    console.print(f'  quotes = pd.read_parquet("{escape(str(shown / "quotes"))}")', highlight=False)
    console.print('  quotes.groupby("speaker_name").statement_id.nunique().nlargest(10)', highlight=False)
