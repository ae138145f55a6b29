"""`sayso speakers`: who is in a lake, which names were taken for one person, why, and how to undo it."""

import argparse
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from rich.markup import escape

from sayso.commands.arguments import add_json, add_limit, writable
from sayso.commands.exits import EXIT_DONE, EXIT_REJECTED
from sayso.commands.output import Console, new_table, print_json, print_table
from sayso.commands.styles import printable
from sayso.tasks.articles import UsageError
from sayso.tasks.identities import LIST_FILE, Appearance, load_list
from sayso.tasks.identities.appearances import relation
from sayso.tasks.identities.identify import EVIDENCE, PRIOR, Profile, evidence, weigh
from sayso.tasks.tables import Lake, Snapshot, aggregate, new_run_id
from sayso.tasks.tables.derived import left_out
from sayso.tasks.tables.people import Around, appearances
from sayso.tasks.text.names import normal

EXAMPLE = "sayso speakers my-lake okafor"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lake", type=Path, metavar="LAKE")
    parser.add_argument("search", nargs="?", metavar="TEXT", help="only those whose name or id holds this")
    add_limit(parser)
    parser.add_argument("--why", nargs=2, metavar="NAME", help="why two names are one person or two; how to undo it")
    parser.add_argument("--apply", action="store_true", help="link all speakers anew, by LAKE/speakers.toml as it is")
    add_json(parser, "all of them")


def run(args: argparse.Namespace) -> int:
    if args.why and args.json:
        raise UsageError("--why explains in words; --json is for the list")
    lake = writable(args.lake) if args.apply else Lake.existing(args.lake)
    if args.apply:
        aggregate(lake, new_run_id(datetime.now(UTC)))
    if args.why:
        return explain(lake, *args.why)
    people = _found(lake, args.search)
    if args.json:
        _print_records(people)
    elif people.empty:
        print(f"nobody named {printable(args.search)!r} speaks in {lake.path}" if args.search else "nobody speaks yet")
    else:
        _print_list(people, args.limit, lake)
    return EXIT_REJECTED if args.search and people.empty else EXIT_DONE


def _found(lake: Lake, search: str | None) -> pd.DataFrame:
    """The persons and bodies of a lake, or those whose name or id holds a text; the most heard first."""
    people = lake.reading(_people)
    if not search:
        return people
    wanted = normal(search)
    return people[[wanted in normal(" ".join((p.person_name, p.person_id, *p.names))) for p in people.itertuples()]]


def _print_list(people: pd.DataFrame, limit: int, lake: Lake) -> None:
    table = new_table("speaker", "id", "articles", "statements", "also named", right=("articles", "statements"))
    for p in people.head(limit).itertuples():
        others = ", ".join(f"{n} ({why})" for n, why in sorted(p.names.items()) if n != p.person_name)
        cells = (p.person_name, p.person_id, str(p.n_articles), str(p.n_statements), others)
        table.add_row(*(escape(printable(c)) for c in cells))
    print_table(table, Console())
    if len(people) > limit:
        print(f"and {len(people) - limit:,} more; sayso speakers {lake.path} TEXT searches")


def _print_records(people: pd.DataFrame) -> None:
    records = people.to_dict("records")
    names = [[{"name": n, "reason": why} for n, why in sorted(r["names"].items())] for r in records]
    print_json([r | {"names": named} for r, named in zip(records, names, strict=True)])


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
    """One row a person or body: person_id, person_name, n_articles, n_statements, names (name → reason).

    Near copies count as in speaker_stances.
    """
    identities = lake.read("identities").to_pandas()
    identities = identities[~identities["article_id"].isin(left_out(lake))]
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
