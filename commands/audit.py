"""`sayso audit`: a sample to check by hand, the page to do it on, and what came of it."""

import argparse
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console as RichConsole
from rich.markup import escape

from sayso.commands.arguments import add_json, positive, writable
from sayso.commands.estimate import shown
from sayso.commands.exits import EXIT_DONE
from sayso.commands.output import Console, new_table, print_json, print_table
from sayso.commands.styles import printable
from sayso.tasks.audit.drawing import draw_audit, put, sample, write_page
from sayso.tasks.audit.exchange import CONFIG, as_csv, label_studio
from sayso.tasks.audit.quantities import read_people
from sayso.tasks.audit.scorecard import Scorecard, calibration, scorecard
from sayso.tasks.tables import Lake, new_run_id
from sayso.tasks.tables.audited import Audit, audit_of
from sayso.tasks.tables.calibration import keep

EXAMPLE = "sayso audit my-lake -o audit/"
ARTICLES = 40


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lake", type=Path, metavar="LAKE")
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("audit"), metavar="DIR", help="where to (default: audit/)"
    )
    parser.add_argument("--articles", type=positive, metavar="N", help=f"articles to draw (default: {ARTICLES})")
    parser.add_argument(
        "--for", dest="purpose", metavar="QUANTITY", help='draw for one, such as "share of women quoted"'
    )
    parser.add_argument(
        "--people", type=Path, metavar="FILE", help="CSV of persons: name or entity_id, and any attributes"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="of the draw (default: random, and kept)")
    parser.add_argument("--audit", metavar="ID", help="an audit drawn before: write its page again, draw nothing")
    parser.add_argument(
        "--label-studio", action="store_true", help="write tasks and configuration for Label Studio too"
    )
    parser.add_argument("--csv", action="store_true", help="write the statements as CSV too")
    parser.add_argument(
        "--recalibrate", action="store_true", help="fit the confidence of statements to what was labelled"
    )
    parser.add_argument(
        "--scorecard", action="store_true", help="show how good Sayso is on the articles that were labelled"
    )
    add_json(parser, "the audit and its design, or the scorecard,")


def run(args: argparse.Namespace) -> int:
    if args.scorecard and not args.recalibrate:
        return _scorecard(args)
    lake = writable(args.lake)
    if args.recalibrate:
        return _recalibrate(lake, args)
    if args.audit:
        audit = audit_of(lake.snapshot(), args.audit)
    else:
        at = datetime.now(UTC)
        people = read_people(args.people) if args.people else None
        audit = draw_audit(lake, new_run_id(at), args.articles or ARTICLES, at, args.seed, args.purpose, people)
    path = write_page(lake, audit, args.out)
    files = {}
    if args.label_studio:
        files = {"label-studio.json": label_studio(audit.audit_id, sample(lake, audit)), "label-studio.xml": CONFIG}
    if args.csv:
        files["statements.csv"] = as_csv(sample(lake, audit))
    for name, text in files.items():
        put(path.with_name(name), text)
    if args.json:
        print_json({"audit_id": audit.audit_id, "page": str(path)} | audit.design)
        return EXIT_DONE
    _tell(lake, audit, path, args.purpose)
    return EXIT_DONE


def _recalibrate(lake: Lake, args: argparse.Namespace) -> int:
    snapshot = lake.snapshot()
    audit = audit_of(snapshot, args.audit)
    before = scorecard(snapshot, audit) if audit.read else None
    made = calibration(snapshot, audit)
    n = keep(lake, new_run_id(datetime.now(UTC)), made)
    after = scorecard(lake.snapshot(), audit)
    if args.json:
        print_json(asdict(made) | {"statements": n, "calibration_error": after.calibration_error})
    elif before:
        was, now = before.calibration_error or 0, after.calibration_error or 0
        print(f"calibration error on the articles read: {was:.3f}, now {now:.3f}; {n:,} statements and all later ones")
    return EXIT_DONE


def _scorecard(args: argparse.Namespace) -> int:
    card = Lake.existing(args.lake).reading(lambda lake: scorecard(lake, audit_of(lake, args.audit)))
    if args.json:
        print_json(asdict(card))
        return EXIT_DONE
    print(
        f"audit {card.audit_id}: {card.n_read} of {card.n_drawn} articles read, by {printable(', '.join(card.coders))}"
    )
    console = Console()
    table = new_table("on your articles", "share (95 %)", "n", right=("n",))
    for score in card.scores:
        if "," not in score.what:
            table.add_row(escape(printable(score.what)), shown(score.ratio), f"{score.n:.0f}")
    print_table(table, console)
    _print_groups(card, console)
    if card.bins:
        bins = new_table("confidence", "mean", "right", right=("mean", "right"))
        for each in card.bins:
            bins.add_row(f"{each.low:.1f} to {each.high:.1f}", f"{each.confidence:.2f}", f"{each.right:.2f}")
        print_table(bins, console)
        print(f"calibration error {card.calibration_error:.3f}")
    for a in card.agreements:
        bounds = f" [{a.low:.2f}, {a.high:.2f}]" if a.low is not None and a.high is not None else ""
        where = f"{a.n_units:,} units in {a.n_articles} article{'s' * (a.n_articles != 1)}"
        print(f"coders agree on {a.what}: alpha {a.alpha:.2f}{bounds}, {where}")
    return EXIT_DONE


def _print_groups(card: Scorecard, console: RichConsole) -> None:
    """The same by outlet, kind of statement and kind of speaker: a group a line."""
    figures = {"right": "statements that are right", "found": "statements that are found"}
    figures |= {"speaker": "speaker right", "stance": "stance right"}
    found = {score.what: score.ratio for score in card.scores}
    groups = sorted({what.split(", ", 1)[1] for what in found if ", " in what}, key=lambda g: (g.find("speaker:"), g))
    table = new_table("of these", *figures)
    for group in groups:
        cells = (shown(found.get(f"{what}, {group}")) for what in figures.values())
        table.add_row(escape(printable(group)), *cells)
    print_table(table, console)


def _tell(lake: Lake, audit: Audit, path: Path, purpose: str | None) -> None:
    design, aim = audit.design, f", for {printable(purpose)}" if purpose else ""
    strata = "1 stratum" if design["strata"] == 1 else f"{design['strata']} strata"
    print(f"audit {audit.audit_id}: {design['drawn']} of {design['articles']:,} articles, {strata}{aim}")
    print(f"label them on {printable(path)}, save, and give the file to: sayso correct {printable(lake.path)} FILE")
