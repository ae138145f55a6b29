"""The command `sayso`."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sayso.tasks.articles import RunFailed, UsageError

EXIT_DONE, EXIT_REJECTED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; errors are one line, and the exit code says what happened."""
    args = _parser().parse_args(argv)
    try:
        return args.run(args)
    except UsageError as error:
        if args.debug:
            raise
        print(f"sayso: {_line(error)}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        print("sayso: interrupted; what was committed stays, the same command goes on from there", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except RunFailed as error:
        if args.debug:
            raise
        print(f"sayso: {_line(error)}", file=sys.stderr)
        return EXIT_REJECTED
    except OSError as error:
        if args.debug:
            raise
        where = f": {error.filename}" if error.filename else ""
        print(f"sayso: {_line(error.strerror or error)}{_line(where)}; what was committed stays", file=sys.stderr)
        return EXIT_REJECTED
    except Exception as error:
        if args.debug:
            raise
        print(f"sayso: {type(error).__name__}: {_line(error)} (--debug shows where)", file=sys.stderr)
        return EXIT_REJECTED


def _line(text: object) -> str:
    """One line that a terminal may show, whatever file names and texts are in it."""
    from sayso.tasks.reading.cleaning import one_line

    return one_line(str(text))[:500]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sayso", description="Read news, write tables: who said what, about whom, and where they stand."
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show tracebacks and Prefect's log")
    settings = argparse.ArgumentParser(add_help=False)
    settings.add_argument("--settings", type=Path, metavar="FILE", help="a TOML file of settings (see sayso.toml)")
    settings.add_argument("--workers", type=_positive, metavar="N", help="processor cores to use (default: all)")
    targets = argparse.ArgumentParser(add_help=False)
    targets.add_argument("--targets", type=Path, metavar="FILE", help="a TOML file of targets of your own")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: object, what: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=what, description=what, parents=[common, *parents])
        sub.set_defaults(run=run)
        return sub

    sub = command("analyze", _analyze, "Analyse articles into a lake of Parquet tables.", settings, targets)
    sub.add_argument(
        "inputs", nargs="+", metavar="INPUT", help="files, folders or globs; JSONL, CSV, Parquet of articles"
    )
    sub.add_argument("--lake", default="data/processed", metavar="DIR", help="the lake (default: data/processed)")
    sub = command("show", _show, "Show one article with its statements, in the terminal.", settings, targets)
    sub.add_argument("input", metavar="INPUT", help="a file with one article, or the first article of a file of many")
    sub.add_argument("--svg", type=Path, metavar="FILE", help="write what is shown to an SVG picture as well")
    sub = command("speakers", _speakers, "List who speaks in a lake, and say which names were taken for one person.")
    sub.add_argument("lake", type=Path, metavar="LAKE")
    sub.add_argument("search", nargs="?", metavar="TEXT", help="only those whose name or id holds this")
    sub.add_argument("--limit", type=_positive, default=30, metavar="N", help="how many to list (default: 30)")
    sub.add_argument(
        "--why",
        nargs=2,
        metavar="NAME",
        help="why two names, of speakers or targets, are or are not one; how to undo it",
    )
    sub.add_argument("--apply", action="store_true", help="link all speakers anew, by LAKE/speakers.toml as it is now")
    sub = command("diff", _diff, "Show how speakers' stances moved: between two runs of a lake, or two lakes.")
    sub.add_argument("lake", type=Path, metavar="LAKE")
    sub.add_argument("other", nargs="?", type=Path, metavar="OTHER", help="another lake (default: the last two runs)")
    sub.add_argument("--runs", nargs=2, metavar="RUN", help="run_ids of the two runs")
    sub.add_argument("--limit", type=_positive, default=30, metavar="N", help="how many to list (default: 30)")
    sub.add_argument("--json", action="store_true", help="print all of them as JSON")
    sub = command(
        "report", _report, "Write a lake as static pages for a browser: speakers, stances, annotated articles."
    )
    sub.add_argument("lake", type=Path, metavar="LAKE")
    sub.add_argument(
        "-o", "--out", type=Path, default=Path("report"), metavar="DIR", help="where to (default: report/)"
    )
    sub = command("forget", _forget, "Take articles out of a lake for good: of all tables, and off the disk.")
    sub.add_argument("articles", nargs="*", metavar="ARTICLE", help="article_ids or source_uris")
    sub.add_argument("--source", metavar="GLOB", help="every article whose source_uri matches, such as '*/wire/*'")
    sub.add_argument("--lake", default="data/processed", metavar="DIR", help="the lake (default: data/processed)")
    sub = command("compact", _compact, "Merge the small files of a lake.")
    sub.add_argument("lake", type=Path, metavar="LAKE")
    sub = command("verify", _verify, "Check that a lake holds together; exit code 1 where it does not.")
    sub.add_argument("lake", type=Path, metavar="LAKE")
    sub = command("score", _score, "Score pairs of text and target from a JSONL file.", settings)
    sub.add_argument("kind", choices=("sentiment", "stance"))
    sub.add_argument("source", type=Path, metavar="IN.jsonl")
    sub.add_argument("out", type=Path, metavar="OUT.jsonl")
    sub = command("evaluate", _evaluate, "Measure a model on a labelled JSONL file, with 95 %% intervals.", settings)
    sub.add_argument("kind", choices=("attribution", "speakers", "identities", "sentiment", "stance"))
    sub.add_argument("gold", type=Path, metavar="GOLD.jsonl")
    sub.add_argument("--json", action="store_true", help="print the figures as JSON")
    command("models", _models, "List the models in force: where from, sha256, licence, measured quality.", settings)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _pipeline(args: argparse.Namespace):
    from sayso.tasks.pipeline import Pipeline
    from sayso.tasks.settings import load_settings, with_workers
    from sayso.tasks.targets import load_targets

    settings = with_workers(load_settings(args.settings), args.workers)
    return Pipeline(settings, load_targets(getattr(args, "targets", None)))


def _analyze(args: argparse.Namespace) -> int:
    from sayso.tasks.identities import LIST_FILE, load_list
    from sayso.tasks.reading import check_urls
    from sayso.tasks.tables import Lake

    # What is wrong with the command is said before Prefect takes seconds to start.
    check_urls(args.inputs)
    _pipeline(args).fingerprints()
    load_list(Lake.open(args.lake).path / LIST_FILE)
    for name, value in (_NO_TELEMETRY if args.debug else _NO_TELEMETRY | _QUIET).items():
        os.environ.setdefault(name, value)
    from sayso.commands.terminal import run_analyze

    summary = run_analyze(
        inputs=args.inputs,
        lake=args.lake,
        targets=str(args.targets) if args.targets else None,
        settings=str(args.settings) if args.settings else None,
        workers=args.workers,
    )
    return EXIT_REJECTED if summary.n_rejected else EXIT_DONE


def _show(args: argparse.Namespace) -> int:
    from sayso.commands.show import show

    return show(args.input, _pipeline(args), args.svg)


def _speakers(args: argparse.Namespace) -> int:
    from sayso.commands.speakers import explain, list_speakers
    from sayso.tasks.tables import Lake, aggregate, new_run_id

    lake = _writable(args.lake) if args.apply else Lake.existing(args.lake)
    if args.apply:
        aggregate(lake, new_run_id(datetime.now(UTC)))
    if args.why:
        return explain(lake, *args.why)
    return list_speakers(lake, args.search, args.limit)


def _diff(args: argparse.Namespace) -> int:
    from sayso.commands.upkeep import diff
    from sayso.tasks.tables import Lake

    other = Lake.existing(args.other) if args.other else None
    diff(Lake.existing(args.lake), other, args.runs, args.limit, args.json)
    return EXIT_DONE


def _report(args: argparse.Namespace) -> int:
    from sayso.commands.report import report
    from sayso.tasks.tables import Lake

    report(Lake.existing(args.lake), args.out)
    return EXIT_DONE


def _forget(args: argparse.Namespace) -> int:
    from sayso.commands.upkeep import forget_articles

    forget_articles(_writable(args.lake), args.articles, args.source)
    return EXIT_DONE


def _compact(args: argparse.Namespace) -> int:
    from sayso.commands.upkeep import compact_lake

    compact_lake(_writable(args.lake))
    return EXIT_DONE


def _verify(args: argparse.Namespace) -> int:
    from sayso.commands.upkeep import verify_lake
    from sayso.tasks.tables import Lake

    return EXIT_DONE if verify_lake(Lake.existing(args.lake)) else EXIT_REJECTED


def _writable(where: str | Path):
    """A lake that is there already, brought to this version's format."""
    from sayso.tasks.tables import Lake

    return Lake.open(Lake.existing(where).path)


def _score(args: argparse.Namespace) -> int:
    from sayso.commands.score import score_file

    return EXIT_REJECTED if score_file(args.kind, args.source, args.out, _pipeline(args)) else EXIT_DONE


def _evaluate(args: argparse.Namespace) -> int:
    import json
    from dataclasses import asdict

    from sayso.tasks.evaluation import evaluate

    figures = evaluate(args.kind, args.gold, _pipeline(args))
    if args.json:
        print(json.dumps([asdict(f) for f in figures], indent=1))
        return EXIT_DONE
    width = max(len(f.name) for f in figures)
    print(f"{args.kind} on {args.gold}, 95 % bootstrap intervals")
    for f in figures:
        print(f"  {f.name:<{width}}  {f.value:.3f}  [{f.low:.3f}, {f.high:.3f}]  n={f.n}")
    return EXIT_DONE


def _models(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.table import Table

    from sayso.tasks.runtime import describe

    pipeline = _pipeline(args)
    table = Table(box=None, pad_edge=False)
    rows = [describe(info) for info in pipeline.models()]
    rows.append(
        dict.fromkeys(rows[0], "")
        | {
            "model": "names",
            "from": pipeline.settings.names.model,
            "runtime": "spaCy",
            "licence": "MIT",
            "quality": "as its package says",
        }
    )
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row.values())
    Console().print(table)
    return EXIT_DONE


if __name__ == "__main__":
    sys.exit(main())
