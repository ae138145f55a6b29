"""`sayso models`: the models in force."""

import argparse

from rich.markup import escape

from sayso.commands.arguments import add_json, add_settings, pipeline
from sayso.commands.exits import EXIT_DONE
from sayso.commands.output import Console, new_table, print_json, print_table
from sayso.tasks.runtime import describe

EXAMPLE = "sayso models --settings sayso.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    add_settings(parser)
    add_json(parser, "them")


def run(args: argparse.Namespace) -> int:
    in_force = pipeline(args)
    rows = [describe(info) for info in in_force.models()]
    names = {"model": "names", "from": in_force.settings.names.model, "runtime": "spaCy", "licence": "MIT"}
    rows.append(dict.fromkeys(rows[0], "") | names | {"quality": "as its package says"})
    if args.json:
        print_json(rows)
        return EXIT_DONE
    table = new_table(*rows[0])
    for row in rows:
        table.add_row(*map(escape, row.values()))
    print_table(table, Console())
    return EXIT_DONE
