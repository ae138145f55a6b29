"""The command `sayso`: each module of this folder that `COMMANDS` names is a command, loaded when it is asked for.

Such a module has `EXAMPLE` (an example that works), `arguments(parser)` and `run(args)`, which gives the exit code.
"""

import argparse
import contextlib
import errno
import importlib
import os
import select
import sys
import traceback
from collections.abc import Sequence

from sayso import __version__
from sayso.commands.exits import EXIT_BUSY, EXIT_DONE, EXIT_INTERRUPTED, EXIT_REJECTED, EXIT_USAGE
from sayso.commands.surroundings import low_memory, open_streams
from sayso.tasks.articles import LakeBusy, RunFailed, UsageError

COMMANDS = {
    "analyze": "Analyse articles into a lake of Parquet tables.",
    "show": "Show one article with its statements, in the terminal.",
    "speakers": "List who speaks in a lake, and say which names were taken for one person.",
    "diff": "Show how speakers' stances moved: between two runs of a lake, or two lakes.",
    "report": "Write a lake as static pages for a browser: speakers, stances, annotated articles.",
    "audit": "Draw articles to check by hand, and write the page to label them on; or show the scorecard.",
    "correct": "Take in what people corrected; with --apply it overrides the tables.",
    "estimate": "Estimate a share or a mean stance over all articles, corrected by an audit, with its interval.",
    "export": "Write a lake for other programs: Hugging Face, data package, DuckDB, Excel, networks, DNA …",
    "query": "Ask a lake a question in SQL; it reads the lake's tables and nothing else.",
    "quotes": "List quotes by speaker, target, stance, outlet, time, kind and confidence.",
    "forget": "Take articles out of a lake for good: of all tables, and off the disk.",
    "compact": "Merge the small files of a lake.",
    "verify": "Check that a lake holds together; exit code 1 where it does not.",
    "score": "Score pairs of text and target from a JSONL file.",
    "evaluate": "Measure a model on a labelled JSONL file, with 95 % intervals.",
    "models": "List the models in force: where from, sha256, licence, measured quality.",
}
CODES = (
    "exit codes: 0 all done; 1 some inputs rejected, or a failure; 2 wrong use; "
    "3 the lake is busy, another run holds its lock; 130 interrupted"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; errors are one line, and the exit code says what happened."""
    open_streams()
    try:
        try:
            return _run(sys.argv[1:] if argv is None else argv)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE


def _run(argv: Sequence[str]) -> int:
    args = _parse(argv)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        print("sayso: interrupted; what was committed stays, the same command goes on from there", file=sys.stderr)
        return EXIT_INTERRUPTED
    except Exception as error:
        if isinstance(error, BrokenPipeError) and _nobody_reads():
            raise
        if args.debug:
            traceback.print_exc()
        code, message = _told(error)
        print(f"sayso: {message}", file=sys.stderr)
        return code


def _nobody_reads() -> bool:
    """Whether the other end of standard output is closed."""
    with contextlib.suppress(OSError):
        output = select.poll()
        output.register(sys.stdout, 0)
        return bool(output.poll(0))
    return False


def _told(error: Exception) -> tuple[int, str]:
    """Exit code, and one line of what is wrong."""
    if isinstance(error, LakeBusy):
        return EXIT_BUSY, _line(error)
    if isinstance(error, UsageError):
        return EXIT_USAGE, _line(error)
    if isinstance(error, RunFailed):
        return EXIT_REJECTED, _line(error)
    if _is_want_of_memory(error):
        wanted = "a run takes about 2 GB; see ulimit -v, ulimit -u and the memory of the container"
        return (
            EXIT_REJECTED,
            f"not enough memory, or too few processes allowed ({_line(error) or 'MemoryError'}); {wanted}",
        )
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return EXIT_REJECTED, f"{_line(error.strerror or error)}{_line(where)}; what was committed stays"
    limited = low_memory()
    return (
        EXIT_REJECTED,
        f"{type(error).__name__}: {_line(error)} ({f'perhaps {limited}; ' if limited else ''}--debug shows where)",
    )


def _is_want_of_memory(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOMEM, errno.EAGAIN)
    return isinstance(error, MemoryError) or "can't start new thread" in str(error) or "bad_alloc" in str(error)


def _line(text: object) -> str:
    """One line that a terminal may show, whatever file names and texts are in it."""
    from sayso.tasks.reading.cleaning import one_line

    return one_line(str(text))[:500]


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="sayso",
        description="Read news, write tables: who said what, about whom, and where they stand.",
        epilog=CODES,
    )
    parser.add_argument("--version", action="version", version=f"sayso {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked = next((arg for arg in argv if not arg.startswith("-")), None)
    for name, what in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=what.replace("%", "%%"),
            description=what,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == asked:
            module = importlib.import_module(f"sayso.commands.{name}")
            module.arguments(command)
            command.add_argument("--debug", action="store_true", help="show tracebacks and Prefect's log")
            command.set_defaults(run=module.run)
            command.epilog = f"example:\n  {module.EXAMPLE}"
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
