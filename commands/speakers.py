"""`sayso speakers`: who is in a lake, which names were taken for one person, why, and how to undo it."""

import json
import re
from collections import Counter, defaultdict

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sayso.commands.styles import printable
from sayso.tasks.articles import UsageError
from sayso.tasks.identities import LIST_FILE, Appearance, load_list
from sayso.tasks.identities.appearances import relation
from sayso.tasks.identities.identify import EVIDENCE, PRIOR, Profile, evidence, weigh
from sayso.tasks.tables import Lake, Snapshot
from sayso.tasks.tables.people import Around, appearances
from sayso.tasks.text.names import normal

SHOWN = 30


def list_speakers(lake: Lake, search: str | None, limit: int = SHOWN) -> int:
    """Print the persons and bodies of a lake, the most heard first; 1 where a search finds none."""
    people = lake.reading(_people)
    if search:
        wanted = normal(search)
        mask = [wanted in normal(" ".join((p.person_name, p.person_id, *p.names))) for p in people.itertuples()]
        people = people[mask]
    console = Console()
    if people.empty:
        print(f"nobody named {printable(search)!r} speaks in {lake.path}" if search else "nobody speaks yet")
        return 1 if search else 0
    table = Table(box=None, pad_edge=False)
    for column, right in (("speaker", 0), ("id", 0), ("articles", 1), ("statements", 1), ("also named", 0)):
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    for p in people.head(limit).itertuples():
        others = ", ".join(f"{n} ({why})" for n, why in sorted(p.names.items()) if n != p.person_name)
        cells = (p.person_name, p.person_id, str(p.n_articles), str(p.n_statements), others)
        table.add_row(*(escape(printable(c)) for c in cells))
    console.print(table)
    if len(people) > limit:
        print(f"and {len(people) - limit:,} more; sayso speakers {lake.path} TEXT searches")
    return 0


def explain(lake: Lake, one: str, other: str) -> int:
    """Print whether and why two names are one person, and the lines of speakers.toml that change it."""
    return lake.reading(lambda snapshot: _explain(snapshot, one, other))


def _explain(lake: Snapshot, one: str, other: str) -> int:
    found = appearances(lake)
    groups = [[a for a in found if normal(a.name) == normal(name)] for name in (one, other)]
    for name, group in zip((one, other), groups, strict=True):
        if not group:
            raise UsageError(f"nobody named {name!r} speaks in {lake.path}; sayso speakers {lake.path} lists who does")
    identities = _identities(lake)
    ids = [{identities[a.article_id, a.speaker_id] for a in group} for group in groups]
    if normal(one) == normal(other):
        _explain_namesakes(lake, one, groups[0], identities)
        return 0
    merged = bool({i for i, _ in ids[0]} & {i for i, _ in ids[1]})
    verdict = "are one person" if merged else "are two"
    print(f"{printable(one)} and {printable(other)} {verdict}: {', '.join(sorted({i for i, _ in ids[0] | ids[1]}))}")
    listed = load_list(lake.path / LIST_FILE)
    if any("listed" in reason for group in ids for _, reason in group) or listed.are_apart(one, other):
        print(f"  your list {lake.path / LIST_FILE} says so")
    else:
        for line in _reasons(lake, *groups):
            print(f"  {line}")
    print(f"to change it, add to {lake.path / LIST_FILE} and run sayso speakers {lake.path} --apply:")
    print(_apart(one, other) if merged else _one(one, other))
    return 0


def _reasons(lake: Snapshot, group: list[Appearance], other: list[Appearance]) -> list[str]:
    single = min(len(a.words) for a in (*group, *other)) < 2
    why = "surname" if single else relation(group[0].name, other[0].name)
    if why is None:
        return ["their names do not go together: another first or last name, or another middle initial"]
    around = Around(lake)
    found = evidence(Profile.of(group, around), Profile.of(other, around))
    lines = [f"{why:<20} {PRIOR[why]:+.1f}", *(f"{name:<20} {EVIDENCE[name]:+.1f}" for name in found)]
    return [*lines, f"{'together':<20} {weigh(why, found):+.1f}, above 0 they are one"]


def _explain_namesakes(lake: Snapshot, name: str, group: list[Appearance], identities: dict) -> None:
    articles: dict[str, list[Appearance]] = defaultdict(list)
    for a in group:
        articles[identities[a.article_id, a.speaker_id][0]].append(a)
    print(f"{printable(name)} is {len(articles)} {'person' if len(articles) == 1 else 'persons'}")
    for person_id, mine in sorted(articles.items()):
        titles = Counter(a.job_title for a in mine if a.job_title).most_common(3)
        said = ", ".join(f"{printable(title)} ({n})" for title, n in titles) or "no title stated"
        ids = ", ".join(a.article_id for a in mine[:5]) + (" …" if len(mine) > 5 else "")
        print(f"  {printable(person_id)}: {len(mine)} articles, {said}: {ids}")
    print(f"to set the bearer of some articles apart, add to {lake.path / LIST_FILE}:")
    print(f"[[apart]]\nname = {_toml(name)}\narticles = [{_toml(group[-1].article_id)}]")


def _apart(*names: str) -> str:
    return f"[[apart]]\nnames = [{', '.join(_toml(n) for n in names)}]"


def _one(name: str, alias: str) -> str:
    return f"[[speaker]]\nname = {_toml(name)}\naliases = [{_toml(alias)}]"


def _toml(text: str) -> str:
    return json.dumps(re.sub(r"[\x00-\x1f]", " ", text), ensure_ascii=False)


def _identities(lake: Snapshot) -> dict[tuple[str, str], tuple[str, str]]:
    rows = lake.read("identities").to_pandas()
    return {(r.article_id, r.speaker_id): (r.person_id, r.reason) for r in rows.itertuples()}


def _people(lake: Snapshot) -> pd.DataFrame:
    """One row a person or body: person_id, person_name, n_articles, n_statements, names (name → reason)."""
    identities = lake.read("identities").to_pandas()
    speakers = lake.read("speakers", ["article_id", "speaker_id", "speaker_name", "n_statements"]).to_pandas()
    rows = identities[identities["reason"] != "unnamed"].merge(speakers, on=["article_id", "speaker_id"])
    people = rows.groupby(["person_id", "person_name"], as_index=False).agg(
        n_articles=("article_id", "nunique"), n_statements=("n_statements", "sum")
    )
    names = {i: dict(zip(g["speaker_name"], g["reason"], strict=True)) for i, g in rows.groupby("person_id")}
    people["names"] = [names[i] for i in people["person_id"]]
    return people.sort_values(
        ["n_statements", "n_articles", "person_id"], ascending=[False, False, True], ignore_index=True
    )
