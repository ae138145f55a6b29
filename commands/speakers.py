"""`sayso speakers`: who is in a lake, which names were taken for one, why, and how to undo it."""

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from rich.markup import escape

from sayso.commands.arguments import add_json, add_limit, writable
from sayso.commands.exits import EXIT_DONE, EXIT_REJECTED
from sayso.commands.output import Console, new_table, print_json, print_table
from sayso.commands.styles import printable
from sayso.tasks.articles import UsageError
from sayso.tasks.identities import LIST_FILE, Decision, Name, identify, load_list
from sayso.tasks.identities.evidence import EVIDENCE, PRIOR
from sayso.tasks.tables import Lake, Snapshot, aggregate, new_run_id
from sayso.tasks.tables.derived import left_out
from sayso.tasks.tables.people import UNNAMED, Around, names
from sayso.tasks.text.names import normal

EXAMPLE = "sayso speakers my-lake okafor"


class _Person(NamedTuple):
    """A person or body that speaks; near copies count as in speaker_stances."""

    person_id: str
    person_name: str
    n_articles: int
    n_statements: int
    names: dict[str, str]  # name → reason


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lake", type=Path, metavar="LAKE")
    parser.add_argument("search", nargs="?", metavar="TEXT", help="only those whose name or id holds this")
    add_limit(parser)
    parser.add_argument("--why", nargs=2, metavar="NAME", help="why two names, of speakers or targets, are one or two")
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
    elif not people:
        print(f"nobody named {printable(args.search)!r} speaks in {lake.path}" if args.search else "nobody speaks yet")
    else:
        _print_list(people, args.limit, lake)
    return EXIT_REJECTED if args.search and not people else EXIT_DONE


def _found(lake: Lake, search: str | None) -> list[_Person]:
    """The persons and bodies of a lake, or those whose name or id holds a text; the most heard first."""
    people = lake.reading(_people)
    if not search:
        return people
    wanted = normal(search)
    return [p for p in people if wanted in normal(" ".join((p.person_name, p.person_id, *p.names)))]


def _print_list(people: list[_Person], limit: int, lake: Lake) -> None:
    table = new_table("speaker", "id", "articles", "statements", "also named", right=("articles", "statements"))
    for p in people[:limit]:
        others = ", ".join(f"{n} ({why})" for n, why in sorted(p.names.items()) if n != p.person_name)
        cells = (p.person_name, p.person_id, str(p.n_articles), str(p.n_statements), others)
        table.add_row(*(escape(printable(c)) for c in cells))
    print_table(table, Console())
    if len(people) > limit:
        print(f"and {len(people) - limit:,} more; sayso speakers {lake.path} TEXT searches")


def _print_records(people: list[_Person]) -> None:
    named = [[{"name": n, "reason": why} for n, why in sorted(p.names.items())] for p in people]
    print_json([p._asdict() | {"names": names} for p, names in zip(people, named, strict=True)])


def explain(lake: Lake, one: str, other: str) -> int:
    """Print whether and why two names of speakers or targets are one, and the lines of speakers.toml that change it."""
    return lake.reading(lambda snapshot: _explain(snapshot, one, other))


def _explain(lake: Snapshot, one: str, other: str) -> int:
    found = names(lake)
    groups = [[n for n in found if n.key == normal(name)] for name in (one, other)]
    for name, group in zip((one, other), groups, strict=True):
        if not group:
            raise UsageError(f"nobody named {name!r} is in {lake.path}; sayso speakers {lake.path} lists who speaks")
    rows = lake.read("identities").to_pandas()
    ids = {(r.article_id, r.local_id): r.entity_id for r in rows.itertuples()}
    if normal(one) == normal(other):
        _explain_namesakes(lake, one, groups[0], ids)
        return 0
    theirs = [{ids[n.at] for n in group if n.at in ids} for group in groups]
    merged = bool(theirs[0] & theirs[1])
    verdict = "are one" if merged else "are two"
    print(f"{printable(one)} and {printable(other)} {verdict}: {', '.join(sorted(theirs[0] | theirs[1]))}")
    for line in _told(lake, found, one, other, merged):
        print(f"  {line}")
    print(f"to change it, add to {lake.path / LIST_FILE} and run sayso speakers {lake.path} --apply:")
    print(_apart(one, other) if merged else _one(one, other))
    return 0


def _told(lake: Snapshot, found: list[Name], one: str, other: str, merged: bool) -> Iterator[str]:
    """What the rule itself says of two names, as it links those of the lake anew."""
    told: list[Decision] = []
    listed = load_list(lake.path / LIST_FILE)
    fresh, _ = identify(found, Around(lake), listed, tell=told.append)
    key = {n.at: n.key for n in found}
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)  # entity → (key of a name, why it is here)
    for row in fresh:
        groups[row.entity_id].append((key[row.article_id, row.local_id], row.reason))
    wanted = {normal(one), normal(other)}
    shared = [members for members in groups.values() if wanted <= {k for k, _ in members}]
    if any(why == "listed" and k in wanted for members in groups.values() for k, why in members):
        yield f"your list {lake.path / LIST_FILE} says so"
    if merged and not shared:
        yield "an earlier run linked them, and what is linked stays; today's rule would not"
    about = [d for d in told if _is_about(d, normal(one), normal(other))]
    for decision in sorted(about, key=lambda d: (-d.linked, -d.score)):
        yield from _lines(decision)
    if not about and not shared and not merged:
        yield "their names do not go together: another first or last name, or another middle initial"


def _is_about(decision: Decision, one: str, other: str) -> bool:
    a, b = ({normal(name) for name in side} for side in decision.names)
    return (one in a and other in b) or (other in a and one in b)


def _lines(decision: Decision) -> Iterator[str]:
    if decision.why in PRIOR:
        yield f"{decision.why:<20} {PRIOR[decision.why]:+.1f}"
        yield from (f"{name:<20} {EVIDENCE[name]:+.1f}" for name in decision.found)
        yield f"{'together':<20} {decision.score:+.1f}, above 0 they are one"
    else:
        yield decision.why
    if decision.against:
        yield f"yet apart: {printable(decision.against)}"


def _explain_namesakes(lake: Snapshot, name: str, group: list[Name], ids: dict[tuple[str, str], str]) -> None:
    articles: dict[str, list[Name]] = defaultdict(list)
    for n in group:
        articles[ids[n.at]].append(n)
    print(f"{printable(name)} is {len(articles)} {'entity' if len(articles) == 1 else 'entities'}")
    for entity_id, mine in sorted(articles.items()):
        titles = Counter(n.job_title for n in mine if n.job_title).most_common(3)
        said = ", ".join(f"{printable(title)} ({n})" for title, n in titles) or "no title stated"
        places = ", ".join(n.article_id for n in mine[:5]) + (" …" if len(mine) > 5 else "")
        print(f"  {printable(entity_id)}: {len(mine)} articles, {said}: {places}")
    print(f"to set the bearer of some articles apart, add to {lake.path / LIST_FILE}:")
    print(f"[[apart]]\nname = {_toml(name)}\narticles = [{_toml(group[-1].article_id)}]")


def _apart(*names: str) -> str:
    return f"[[apart]]\nnames = [{', '.join(_toml(n) for n in names)}]"


def _one(name: str, alias: str) -> str:
    return f"[[speaker]]\nname = {_toml(name)}\naliases = [{_toml(alias)}]"


def _toml(text: str) -> str:
    return json.dumps(re.sub(r"[\x00-\x1f]", " ", text), ensure_ascii=False)


def _people(lake: Snapshot) -> list[_Person]:
    """Who speaks in a lake, the most heard first."""
    identities = lake.read("identities").to_pandas()
    identities = identities[~identities["article_id"].isin(left_out(lake))]
    speakers = lake.read("speakers", ["article_id", "speaker_id", "speaker_name", "n_statements"]).to_pandas()
    rows = identities[identities["reason"] != UNNAMED].rename(columns={"local_id": "speaker_id"})
    rows = rows.merge(speakers, on=["article_id", "speaker_id"])
    people = rows.groupby(["entity_id", "entity_name"], as_index=False).agg(
        n_articles=("article_id", "nunique"), n_statements=("n_statements", "sum")
    )
    found = {i: dict(zip(g["speaker_name"], g["reason"], strict=True)) for i, g in rows.groupby("entity_id")}
    people["names"] = [found[i] for i in people["entity_id"]]
    people = people.sort_values(["n_statements", "n_articles", "entity_id"], ascending=[False, False, True])
    return [_Person(*row) for row in people.itertuples(index=False)]
