"""`sayso show`: one article in the terminal, coloured by speaker. No Prefect, no lake."""

import itertools
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from sayso.commands.styles import SENTIMENT_STYLE, SPEAKER_STYLES, STANCE_STYLE, printable
from sayso.tasks.articles import Analysis, Reject, Rejected, Scores, Target
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.reading import find_sources, read_article

WIDTH = 110


def show(given: str, pipeline: Pipeline, svg: Path | None = None) -> int:
    """Print the first article of an input with its statements; 0, or 1 where it is none."""
    settings = pipeline.settings.reading
    first = next(iter(find_sources([given], settings.max_bytes)))
    if isinstance(first, Reject):
        print(f"sayso: {printable(first.message)}", file=sys.stderr)
        return 1
    try:
        article = read_article(first, settings)
    except Rejected as error:
        print(f"sayso: {printable(given)}: {printable(error)}", file=sys.stderr)
        return 1
    analysis = pipeline.analyse([article])[0]
    console = Console(record=svg is not None, width=min(WIDTH, Console().width) if svg is None else WIDTH)
    console.print(article_text(analysis))
    console.print()
    console.print(statement_table(analysis))
    if svg is not None:
        console.save_svg(str(svg), title=f"sayso show {Path(given).name}")
    return 0


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


def printable_lines(text: str) -> str:
    """The same number of characters, none of which a terminal obeys."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def statement_table(analysis: Analysis) -> Table:
    """One row a statement: speaker, what is said, stances and confidence."""
    speakers = {s.speaker_id: s for s in analysis.resolution.speakers}
    targets = {t.target_id: t for t in analysis.targets.targets}
    tones, sides = analysis.scores("statements.sentiment"), analysis.scores("opinions.stance")
    colours = _colours(analysis)
    table = Table(box=None, pad_edge=False, show_lines=False, expand=True, padding=(0, 2, 1, 0))
    table.add_column("speaker", ratio=3)
    table.add_column("statement", ratio=5)
    table.add_column("stances", ratio=4)
    table.add_column("sure", justify="right", width=5)
    for i, statement in enumerate(analysis.statements):
        speaker = speakers[analysis.resolution.speaker_ids[i]]
        note = ", ".join(part for part in (speaker.job_title, speaker.affiliation) if part) or speaker.kind
        who = f"[{colours[speaker.speaker_id]}]{escape(printable(speaker.name))}[/]\n[dim]{escape(printable(note))}[/]"
        said = printable(" … ".join(analysis.article.text[s.start : s.end] for s in statement.content))
        said = said if len(said) <= 160 else said[:159].rsplit(" ", 1)[0] + " …"
        tone = tones[i, None].label
        kind = f"[dim]{statement.kind},[/] [{SENTIMENT_STYLE[tone]}]{tone}[/]"
        stances = [_stance(stance, targets[t]) for (unit, t), stance in sides.items() if unit == i]
        table.add_row(who, f"{escape(said)}\n{kind}", "\n".join(stances), f"{statement.confidence:.0%}")
    return table


def _stance(stance: Scores, target: Target) -> str:
    label, sure = stance.label, max(stance.probabilities)
    return f"[{STANCE_STYLE[label]}]{label}[/] {escape(printable(target.name))} [dim]{sure:.0%}[/]"
