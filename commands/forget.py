"""`sayso forget`: articles taken out of a lake for good."""

import argparse
from datetime import UTC, datetime

from sayso.commands.arguments import add_json, writable
from sayso.commands.exits import EXIT_DONE
from sayso.commands.output import print_json
from sayso.commands.styles import printable
from sayso.tasks.articles import UsageError
from sayso.tasks.tables import Lake, aggregate, new_run_id
from sayso.tasks.tables.upkeep import find_articles, forget

EXAMPLE = "sayso forget --lake my-lake --source '*/harbor-toll-vote.txt'"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("articles", nargs="*", metavar="ARTICLE", help="article_ids or source_uris")
    parser.add_argument("--source", metavar="GLOB", help="every article whose source_uri matches, such as '*/wire/*'")
    parser.add_argument("--lake", default="data/processed", metavar="DIR", help="the lake (default: data/processed)")
    add_json(parser, "what went, and the near copies that are left,")


def run(args: argparse.Namespace) -> int:
    lake = writable(args.lake)
    if not args.articles and args.source is None:
        raise UsageError("which article? name an article_id or source_uri, or give --source GLOB")
    articles = find_articles(lake, args.articles, args.source)
    left = _near_copies(lake, articles)
    run_id = new_run_id(datetime.now(UTC))
    forget(lake, run_id, articles, args.source)
    aggregate(lake, run_id)
    if args.json:
        gone = [{"article_id": article_id, "source_uri": uri} for article_id, uri in articles.items()]
        print_json({"forgotten": gone, "near_copies_left": left})
        return EXIT_DONE
    for article_id, uri in articles.items():
        print(f"forgot {article_id} {printable(uri)}")
    print(f"{len(articles)} article{'s' * (len(articles) != 1)} gone from all tables; later runs leave them out")
    for copy in left:
        print(f"still there, nearly the same text: {copy['article_id']} {printable(copy['source_uri'])}")
    return EXIT_DONE


def _near_copies(lake: Lake, articles: dict[str, str]) -> list[dict[str, str]]:
    """article_id and source_uri of the near copies of articles, those themselves aside."""
    columns = ["article_id", "source_uri", "duplicate_of"]
    rows = lake.reading(lambda snapshot: snapshot.read("articles", columns)).to_pylist()
    group_of = {row["article_id"]: row["duplicate_of"] or row["article_id"] for row in rows}
    groups = {group_of[i] for i in articles if i in group_of}
    return [
        {key: row[key] for key in ("article_id", "source_uri")}
        for row in rows
        if row["article_id"] not in articles and group_of[row["article_id"]] in groups
    ]
