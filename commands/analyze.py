"""`sayso analyze`: the flow, with a progress bar while it runs and a summary when it is done."""

import argparse
import os

from sayso.commands.arguments import STDIN, add_json, add_settings, add_targets, pipeline, stdin_as_file
from sayso.commands.exits import EXIT_DONE, EXIT_REJECTED
from sayso.commands.surroundings import fit_for_prefect

EXAMPLE = "sayso analyze data/raw --lake my-lake --targets data/targets.toml"
# For Prefect; whoever sets these variables is obeyed.
_NO_TELEMETRY = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "DO_NOT_TRACK": "1",
}
_QUIET = {
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="files, folders, globs: texts, pages, exports, feeds, and JSON, CSV or Parquet of articles; - for stdin",
    )
    parser.add_argument("--lake", default="data/processed", metavar="DIR", help="the lake (default: data/processed)")
    parser.add_argument(
        "--collection", metavar="NAME", help="a name for the inputs: their articles keep their ids when moved"
    )
    parser.add_argument(
        "--recipe-change", action="store_true", help="analyse by other settings, targets or models than the lake's"
    )
    add_targets(parser)
    add_settings(parser)
    add_json(parser, "what the run did and every reject of it")


def run(args: argparse.Namespace) -> int:
    from sayso.tasks.identities import LIST_FILE, load_list
    from sayso.tasks.intake import check_recipe
    from sayso.tasks.reading import check_urls
    from sayso.tasks.tables import Lake

    # What is wrong with the command is said before Prefect takes seconds to start.
    check_urls(args.inputs)
    recipe, lake = pipeline(args).recipe(), Lake.open(args.lake)
    if not args.recipe_change:
        check_recipe(lake, recipe)
    load_list(lake.path / LIST_FILE)
    fit_for_prefect()
    for name, value in (_NO_TELEMETRY if args.debug else _NO_TELEMETRY | _QUIET).items():
        os.environ.setdefault(name, value)
    from sayso.commands.output import Console, print_json
    from sayso.commands.terminal import print_summary, print_tracebacks, run_flow, summary_row

    with stdin_as_file(args.inputs) as inputs:
        summary = run_flow(
            inputs=inputs,
            lake=args.lake,
            targets=str(args.targets) if args.targets else None,
            settings=str(args.settings) if args.settings else None,
            workers=args.workers,
            collection=args.collection or ("stdin" if args.inputs == [STDIN] else None),
            recipe_change=args.recipe_change,
        )
    if args.json:
        print_json(summary_row(summary))
    else:
        print_summary(summary, Console())
    if args.debug:
        print_tracebacks(summary.rejects)
    return EXIT_REJECTED if summary.n_rejected else EXIT_DONE
