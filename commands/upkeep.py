"""`sayso forget`, `compact`, `verify` and `diff`: what they print."""

import math
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sayso.commands.styles import printable
from sayso.tasks.articles import UsageError
from sayso.tasks.tables import Lake, Snapshot, aggregate, new_run_id, recipes_of
from sayso.tasks.tables.moves import State, changes, is_cut, moves_between, present, runs_with_stances, state_after
from sayso.tasks.tables.upkeep import compact, find_articles, forget
from sayso.tasks.tables.verify import verify

SHOWN_ROWS = 5


def forget_articles(lake: Lake, names: list[str], source: str | None) -> None:
    """Take articles out of the lake, and say what went and which near copies are still there."""
    if not names and source is None:
        raise UsageError("which article? name an article_id or source_uri, or give --source GLOB")
    articles = find_articles(lake, names, source)
    columns = ["article_id", "source_uri", "duplicate_of"]
    copies = lake.reading(lambda snapshot: snapshot.read("articles", columns)).to_pylist()
    run_id = new_run_id(datetime.now(UTC))
    forget(lake, run_id, articles, source)
    aggregate(lake, run_id)
    for article_id, uri in articles.items():
        print(f"forgot {article_id} {printable(uri)}")
    print(f"{len(articles)} article{'s' * (len(articles) != 1)} gone from all tables; later runs leave them out")
    groups = {c["duplicate_of"] or c["article_id"] for c in copies if c["article_id"] in articles}
    for copy in copies:
        if copy["article_id"] not in articles and (copy["duplicate_of"] or copy["article_id"]) in groups:
            print(f"still there, nearly the same text: {copy['article_id']} {printable(copy['source_uri'])}")


def compact_lake(lake: Lake) -> None:
    before, after = compact(lake, new_run_id(datetime.now(UTC)))
    print(f"{before} files became {after}" if after < before else f"{after} files; nothing to merge")


def verify_lake(lake: Lake) -> bool:
    """Print what is wrong with a lake; whether all is well."""
    problems = verify(lake)
    for p in problems:
        rows = f": {', '.join(map(printable, p.rows[:SHOWN_ROWS]))}" if p.rows else ""
        more = f" and {len(p.rows) - SHOWN_ROWS} more" if len(p.rows) > SHOWN_ROWS else ""
        print(f"{p.table}: {p.what}{rows}{more}")
    recipes = lake.reading(recipes_of) if not problems else []
    articles = sum(n for _, n in recipes)
    trouble = f"{len(problems)} kind{'s' * (len(problems) != 1)} of trouble in {lake.path}"
    print(trouble if problems else f"{articles} article{'s' * (articles != 1)}, all is well")
    for label, n in recipes[1:]:
        print(f"{n} of them made otherwise than the rest: {printable(label)}")
    return not problems


def diff(lake: Lake, other: Lake | None, runs: list[str] | None, limit: int, as_json: bool) -> None:
    """Print how the speakers' stances moved between two runs of a lake, or from one lake to another."""
    if other is not None:
        titles = (str(lake.path), str(other.path))
        before, after = (of.reading(present) for of in (lake, other))
    else:
        titles, before, after = lake.reading(lambda snapshot: _after_runs(snapshot, runs))
    moved = moves_between(before, after)
    if as_json:
        print(moved.to_json(orient="records", indent=1))
        return
    console = Console()
    console.print(escape(f"{titles[0]} → {titles[1]}"), highlight=False)
    for change in changes(before, after):
        console.print(f"what differs may not be of the speakers: {escape(printable(change))}", highlight=False)
    if is_cut(before, after):
        console.print("articles were forgotten: who spoke in them is left out of what was before", highlight=False)
    if moved.empty:
        console.print("no stance of any speaker differs")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("speaker", "target"):
        table.add_column(name)
    for name in ("statements", "stance", "change"):
        table.add_column(name, justify="right")
    for row in moved.head(limit).itertuples():
        table.add_row(
            escape(printable(row.person_name)),
            escape(printable(row.target_name)),
            f"{row.n_before} → {row.n_after}",
            f"{_signed(row.mean_before)} → {_signed(row.mean_after)}",
            _signed(row.change),
        )
    console.print(table)
    counts = {
        "new": int((moved["n_before"] == 0).sum()),
        "gone": int((moved["n_after"] == 0).sum()),
        "moved": int((moved["change"].abs() > 0).sum()),
    }
    rest = f"; the first {limit} are shown" if len(moved) > limit else ""
    console.print(f"{len(moved)} pairs differ: " + ", ".join(f"{n} {what}" for what, n in counts.items()) + rest)


def _after_runs(lake: Snapshot, runs: list[str] | None) -> tuple[tuple[str, str], State, State]:
    kept = runs_with_stances(lake)
    if runs is None and len(kept) < 2:
        raise UsageError(f"{lake.path} has kept the stances of {len(kept)} run so far; name another lake")
    before, after = runs or kept[-2:]
    return (before, after), state_after(lake, before), state_after(lake, after)


def _signed(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:+.2f}"
