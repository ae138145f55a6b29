"""`sayso audit`: a sample to check by hand, the page to do it on, and what came of it."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from sayso.commands.arguments import add_json, positive, writable
from sayso.commands.exits import EXIT_DONE
from sayso.commands.output import print_json
from sayso.commands.styles import printable
from sayso.tasks.audit.drawing import draw_audit, write_page
from sayso.tasks.audit.quantities import read_people
from sayso.tasks.tables import Lake, new_run_id
from sayso.tasks.tables.audited import Audit, audit_of

EXAMPLE = "sayso audit my-lake -o audit/"
ARTICLES = 40


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lake", type=Path, metavar="LAKE")
    parser.add_argument("-o", "--out", type=Path, default=Path("audit"), metavar="DIR", help="where to (default: audit/)")
    parser.add_argument("--articles", type=positive, metavar="N", help=f"articles to draw (default: {ARTICLES})")
    parser.add_argument("--for", dest="purpose", metavar="QUANTITY", help='draw for one, such as "share of women quoted"')
    parser.add_argument("--people", type=Path, metavar="FILE", help="CSV of persons: name or entity_id, and any attributes")
    parser.add_argument("--seed", type=int, metavar="N", help="of the draw (default: random, and kept)")
    parser.add_argument("--audit", metavar="ID", help="an audit drawn before: write its page again, draw nothing")
    add_json(parser, "the audit and its design")


def run(args: argparse.Namespace) -> int:
    lake = writable(args.lake)
    if args.audit:
        audit = audit_of(lake.snapshot(), args.audit)
    else:
        at = datetime.now(UTC)
        people = read_people(args.people) if args.people else None
        audit = draw_audit(lake, new_run_id(at), args.articles or ARTICLES, at, args.seed, args.purpose, people)
    path = write_page(lake, audit, args.out)
    if args.json:
        print_json({"audit_id": audit.audit_id, "page": str(path)} | audit.design)
        return EXIT_DONE
    _tell(lake, audit, path, args.purpose)
    return EXIT_DONE


def _tell(lake: Lake, audit: Audit, path: Path, purpose: str | None) -> None:
    design, aim = audit.design, f", for {printable(purpose)}" if purpose else ""
    print(f"audit {audit.audit_id}: {design['drawn']} of {design['articles']:,} articles in {design['strata']} strata{aim}")
    print(f"label them on {printable(path)}, save, and give the file to: sayso correct {printable(lake.path)} FILE")
