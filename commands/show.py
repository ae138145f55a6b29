"""`sayso show`: one article in the terminal, coloured by speaker. No Prefect, no lake."""

import argparse
import io
import itertools
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console as RichConsole
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from sayso.commands.arguments import add_json, add_settings, add_targets, stdin_as_file
from sayso.commands.arguments import pipeline as pipeline_of
from sayso.commands.exits import EXIT_DONE, EXIT_REJECTED
from sayso.commands.output import Console, new_table, print_json, print_table
from sayso.commands.styles import SENTIMENT_STYLE, SPEAKER_STYLES, STANCE_STYLE, printable, printable_lines
from sayso.tasks.articles import Analysis, Reject, Rejected, Scores, Target
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.reading import find_sources, read_article
from sayso.tasks.tables import shard_tables

EXAMPLE = "sayso show data/raw/harbor-toll-vote.txt"
WIDTH = 110
_OF_A_RUN = {"run_id", "ingested_at", "fingerprints"}  # columns


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "input", metavar="INPUT", help="a file with one article, or the first article of a file of many; - for stdin"
    )
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write what is shown to an SVG picture as well")
    add_targets(parser)
    add_settings(parser)
    add_json(parser, "the rows that the article would have in the tables of a lake")


def run(args: argparse.Namespace) -> int:
    pipeline = pipeline_of(args)
    with stdin_as_file([args.input]) as [given]:
        analysis = _analysis(given, pipeline)
    if analysis is None:
        return EXIT_REJECTED
    if args.json:
        print_json(rows_of(analysis))
    else:
        console = Console()
        folded = console.file.isatty()
        console.width = min(WIDTH, console.width) if folded else console.width
        console.print(article_text(analysis))
        console.print()
        print_table(statement_table(analysis, folded), console)
    if args.svg is not None:
        picture = RichConsole(record=True, width=WIDTH, file=io.StringIO())
        picture.print(article_text(analysis), "", statement_table(analysis), sep="\n")
        picture.save_svg(str(args.svg), title=f"sayso show {Path(args.input).name}")
    return EXIT_DONE


def _analysis(given: str, pipeline: Pipeline) -> Analysis | None:
    """The first article of an input; None, and told on stderr, where it is none."""
    settings = pipeline.settings.reading
    first = next(iter(find_sources([given], settings.max_bytes, fields=settings.fields)))
    if isinstance(first, Reject):
        print(f"sayso: {printable(first.message)}", file=sys.stderr)
        return None
    try:
        article = read_article(first, settings)
    except Rejected as error:
        print(f"sayso: {printable(Path(given).name)}: {printable(error)}", file=sys.stderr)
        return None
    return pipeline.analyse([article])[0]


def rows_of(analysis: Analysis) -> dict[str, list[dict[str, Any]]]:
    """Table → the rows of one article, without the columns that only a run can fill."""
    tables = shard_tables([analysis], "", {}, datetime.now(UTC))
    return {
        name: [{key: value for key, value in row.items() if key not in _OF_A_RUN} for row in rows.to_pylist()]
        for name, rows in tables.items()
        if not name.startswith(".")
    }


def _colours(analysis: Analysis) -> dict[str, str]:
    """A colour for each speaker, in the order they speak; grey once the colours are used up."""
    speakers = dict.fromkeys(analysis.resolution.speaker_ids)
    known = [s for s in speakers if not s.startswith("unknown:")]
    styles = itertools.chain(SPEAKER_STYLES, itertools.repeat("white"))
    return dict.fromkeys(speakers, "white") | dict(zip(known, styles, strict=False))


def article_text(analysis: Analysis) -> Text:
    """The article: contents in the speaker's colour, sources underlined, cues in italics."""
    article, colours = analysis.article, _colours(analysis)
    text = Text(printable_lines(article.text))
    for p in article.paragraphs:
        if p.role in ("title", "heading"):
            text.stylize("bold", p.start, p.end)
        elif p.role == "boilerplate":
            text.stylize("dim", p.start, p.end)
    for statement, speaker_id in zip(analysis.statements, analysis.resolution.speaker_ids, strict=True):
        for span in statement.content:
            text.stylize(colours[speaker_id], span.start, span.end)
        if statement.source:
            text.stylize(f"underline {colours[speaker_id]}", *statement.source)
        if statement.cue:
            text.stylize("italic", *statement.cue)
    return text


def statement_table(analysis: Analysis, folded: bool = True) -> Table:
    """One row a statement: speaker, what is said, stances and confidence; in one line each where it is not folded."""
    speakers = {s.speaker_id: s for s in analysis.resolution.speakers}
    targets = {t.target_id: t for t in analysis.targets.targets}
    tones, sides = analysis.scores("statements.sentiment"), analysis.scores("opinions.stance")
    colours = _colours(analysis)
    table = new_table("speaker", "statement", "stances", "sure", right=("sure",))
    line = "\n" if folded else ", "
    if folded:
        table.expand, table.padding = True, (0, 2, 1, 0)
        for column, ratio in zip(table.columns, (3, 5, 4, None), strict=True):
            column.ratio = ratio
        table.columns[3].width = 5
    for i, statement in enumerate(analysis.statements):
        speaker = speakers[analysis.resolution.speaker_ids[i]]
        note = ", ".join(part for part in (speaker.job_title, speaker.affiliation) if part) or speaker.kind
        name = f"[{colours[speaker.speaker_id]}]{escape(printable(speaker.name))}[/]"
        said = printable(" … ".join(analysis.article.text[s.start : s.end] for s in statement.content))
        if folded and len(said) > 160:
            said = said[:159].rsplit(" ", 1)[0] + " …"
        tone = tones[i, None].label
        sort = ", ".join([statement.kind, *([statement.factuality] if statement.factuality != "asserted" else [])])
        kind = f"[dim]{sort},[/] [{SENTIMENT_STYLE[tone]}]{tone}[/]"
        stances = [_stance(stance, targets[t]) for (unit, t), stance in sides.items() if unit == i and t]
        table.add_row(
            f"{name}{line}[dim]{escape(printable(note))}[/]",
            f"{escape(said)}{line}{kind}",
            line.join(stances),
            f"{statement.confidence:.0%}",
        )
    return table


def _stance(stance: Scores, target: Target) -> str:
    label, sure = stance.label, max(stance.probabilities)
    return f"[{STANCE_STYLE[label]}]{label}[/] {escape(printable(target.name))} [dim]{sure:.0%}[/]"
