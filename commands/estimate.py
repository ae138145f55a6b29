"""`sayso estimate`: a share or a mean stance over all articles, naive and corrected."""

import argparse
from dataclasses import asdict
from pathlib import Path

from rich.markup import escape

from sayso.commands.arguments import add_json
from sayso.commands.exits import EXIT_DONE
from sayso.commands.output import Console, new_table, print_json, print_table
from sayso.commands.styles import printable
from sayso.tasks.articles import UsageError
from sayso.tasks.audit import quantities
from sayso.tasks.audit.estimating import Estimated, Estimator
from sayso.tasks.audit.quantities import PARTS, quantity, read_people
from sayso.tasks.estimates import Estimate
from sayso.tasks.surveys import Ratio
from sayso.tasks.tables import Lake, Snapshot
from sayso.tasks.tables.audited import Audit, audit_of, audits

EXAMPLE = 'sayso estimate my-lake "share of women quoted" --by outlet'


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n{quantities.__doc__}"
    parser.add_argument("lake", type=Path, metavar="LAKE")
    parser.add_argument("quantity", metavar="QUANTITY", help='such as "share of direct"')
    parser.add_argument("--minus", metavar="QUANTITY", help="the difference from another one")
    parser.add_argument("--by", choices=PARTS, help="in each outlet, month or kind of speaker")
    parser.add_argument(
        "--people", type=Path, metavar="FILE", help="CSV of persons: name or entity_id, and any attributes"
    )
    parser.add_argument(
        "--audit", metavar="ID", help="the audit that corrects it (default: the newest that was labelled)"
    )
    add_json(parser, "the estimates")


def run(args: argparse.Namespace) -> int:
    if args.by and args.minus:
        raise UsageError("--by lists parts, --minus compares two quantities; give one of them")
    lake = Lake.existing(args.lake)
    people = read_people(args.people) if args.people else None
    wanted, minus = quantity(args.quantity, people), quantity(args.minus, people) if args.minus else None
    if minus and minus.bounds != wanted.bounds:
        raise UsageError("a share and a stance cannot be compared")
    snapshot = lake.snapshot()
    audit = _audit(snapshot, args.audit)
    estimator = Estimator(snapshot, audit)
    found = [estimator.estimate(wanted, minus)]
    if args.by:
        found += estimator.by(wanted, args.by)
    if args.json:
        rows = [asdict(each) | {"note": each.note} for each in found]
        print_json(
            {"audit_id": audit.audit_id if audit else None, "later_articles": estimator.later, "estimates": rows}
        )
        return EXIT_DONE
    _print(found, audit, estimator.later)
    return EXIT_DONE


def _audit(lake: Snapshot, audit_id: str | None) -> Audit | None:
    if audit_id is None and not audits(lake):
        return None
    return audit_of(lake, audit_id)


def _print(found: list[Estimated], audit: Audit | None, later: int) -> None:
    console = Console()
    table = new_table(
        "quantity", "as Sayso has it", "corrected (95 %)", "the sample alone", "articles", "", right=("articles",)
    )
    for each in found:
        cells = (each.quantity, shown(each.naive), shown(each.corrected), shown(each.alone), _read(each), each.note)
        table.add_row(*(escape(printable(cell)) for cell in cells))
    print_table(table, console)
    if audit is None:
        print("no audit corrects this (sayso audit LAKE draws one); intervals of Sayso's labels leave its errors out")
    elif later:
        print(f"{later:,} articles came after audit {audit.audit_id} was drawn and are left out")


def _read(each: Estimated) -> str:
    return f"{each.corrected.n_informative} of {each.corrected.n_labelled}" if each.corrected else "–"


def shown(value: Estimate | Ratio | None) -> str:
    """A value with its interval, where there is one."""
    if value is None or value.value is None:
        return "–"
    bounds = f" [{value.low:.3f}, {value.high:.3f}]" if value.low is not None and value.high is not None else ""
    return f"{value.value:.3f}{bounds}"
