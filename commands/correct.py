"""`sayso correct`: what people corrected, checked, stored, and where asked for laid over the tables."""

import argparse
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from sayso.commands.arguments import add_json, writable
from sayso.commands.exits import EXIT_DONE, EXIT_REJECTED
from sayso.commands.output import print_json
from sayso.commands.styles import printable
from sayso.tasks.audit.incoming import MOST_FAULTS, Checked, read_corrections
from sayso.tasks.tables import Lake, aggregate, new_run_id
from sayso.tasks.tables.corrections import Misfit, conflicts, corrections, in_force, misfits, store

EXAMPLE = "sayso correct my-lake --apply"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lake", type=Path, metavar="LAKE")
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="CORRECTIONS",
        help="files that the page of sayso audit saved, Label Studio's JSON, or the CSV",
    )
    parser.add_argument("--apply", action="store_true", help="let the corrections in force override the tables")
    parser.add_argument(
        "--coder", metavar="NAME", help="who labelled, where a file does not say; with --apply: only this coder's"
    )
    add_json(parser, "what was stored, what was not, and what no longer fits,")


def run(args: argparse.Namespace) -> int:
    lake = writable(args.lake)
    found = [read_corrections(lake, path, args.coder) for path in args.files]
    faults = [f"{path}: {fault}" for path, each in zip(args.files, found, strict=True) for fault in each.faults]
    if faults:
        for fault in faults[:MOST_FAULTS]:
            print(f"sayso: {printable(fault)}", file=sys.stderr)
        more = f" ({len(faults):,} faults, the first {MOST_FAULTS} are shown)" if len(faults) > MOST_FAULTS else ""
        print(f"sayso: nothing was stored{more}", file=sys.stderr)
        return EXIT_REJECTED
    run_id = new_run_id(datetime.now(UTC))
    stored = store(lake, run_id, [c for each in found for c in each.corrections], args.apply, args.coder)
    if stored.fresh or args.apply:
        aggregate(lake, run_id)
    left_out = [line for each in found for line in each.left_out]
    _tell(lake, args, found, stored.fresh, stored.applied, stored.left)
    return EXIT_REJECTED if left_out else EXIT_DONE


def _tell(
    lake: Lake, args: argparse.Namespace, found: list[Checked], fresh: int, applied: int, left: tuple[Misfit, ...]
) -> None:
    held = [c for group in in_force(corrections(lake.snapshot())).values() for c in group]
    stale, differing = misfits(lake.snapshot()), conflicts(held)
    left_out = [line for each in found for line in each.left_out]
    actions = dict(Counter(c.judgement.action for c in held))
    if args.json:
        told = [[_record(m) for m in each] for each in (stale, differing, left)]
        print_json(
            {"stored": fresh, "applied_to_articles": applied, "left_out": left_out, "in_force": actions}
            | dict(zip(("no_longer_fit", "coders_differ", "not_applied"), told, strict=True))
        )
        return
    for line in left_out:
        print(f"left out: {printable(line)}")
    if args.files:
        print(f"{fresh:,} judgement{'s' * (fresh != 1)} stored")
    print("in force: " + (", ".join(f"{n:,} {what}" for what, n in sorted(actions.items())) or "nothing yet"))
    for what, several in (("no longer fits", stale), ("coders differ", differing)):
        for misfit in several[:MOST_FAULTS]:
            print(f"{what}: {_line(misfit)}")
        if len(several) > MOST_FAULTS:
            print(f"{what}: {len(several) - MOST_FAULTS:,} more; --json lists them all")
    if args.apply:
        print(f"applied to {applied:,} article{'s' * (applied != 1)}; {len(left)} left as Sayso had it")


def _record(misfit: Misfit) -> dict[str, str | None]:
    c = misfit.correction
    return {"article_id": c.article_id, "statement_id": c.judgement.statement_id, "coder": c.coder, "why": misfit.why}


def _line(misfit: Misfit) -> str:
    c = misfit.correction
    what = f"statement {c.judgement.statement_id}" if c.judgement.statement_id else c.judgement.action
    return printable(f"article {c.article_id}, {what}, by {c.coder}: {misfit.why}")
