"""The scored columns, each declared once: schema, rows, questions and verification follow from this list."""

from dataclasses import dataclass
from typing import Literal

SENTIMENTS = ("negative", "neutral", "positive")
STANCES = ("against", "neutral", "favor")
LABELS = {"sentiment": SENTIMENTS, "stance": STANCES}  # of each model that scores

# What a model reads for a row of the table: whose words, and about what.
Unit = Literal["paragraph", "own words", "content", "statement on target", "own words on target"]


@dataclass(frozen=True, slots=True)
class Score:
    """A column of labels, with one of probabilities for each label beside it.

    Attributes:
        table: the table that has it.
        name: of the column; of a probability: name_label.
        stage: the stage that fills it, and the name of its model and of its settings.
        unit: what is read. "paragraph" is the paragraph as printed, "own words" what is left of it without the
            contents of statements (the author's voice), "content" and "statement on target" the speaker's voice.
        marks: what the model sees marked in the passage: the target's mention, the statement, or nothing.
        about: what the label says.
        null: whether some rows of the table have none.
    """

    table: str
    name: str
    stage: str
    unit: Unit
    about: str
    marks: Literal["mention", "statement"] | None = None
    null: bool = False

    @property
    def column(self) -> str:
        return f"{self.table}.{self.name}"

    @property
    def labels(self) -> tuple[str, ...]:
        return LABELS[self.stage]

    @property
    def probabilities(self) -> tuple[str, ...]:
        """Names of the columns of probabilities."""
        return tuple(f"{self.name}_{label}" for label in self.labels)


_STANCE = "whether the voice opposes or supports the target"
_TONE = "how the target is portrayed"
SCORES = (
    Score("paragraphs", "sentiment", "sentiment", "paragraph", "tone of the paragraph as printed", null=True),
    Score("paragraphs", "author_sentiment", "sentiment", "own words", "tone of the author's own words", null=True),
    Score("statements", "sentiment", "sentiment", "content", "tone of what is said"),
    Score("opinions", "stance", "stance", "statement on target", _STANCE, "statement"),
    Score("opinions", "target_sentiment", "sentiment", "statement on target", _TONE, "mention"),
    Score("paragraph_opinions", "stance", "stance", "own words on target", _STANCE, "statement"),
    Score("paragraph_opinions", "target_sentiment", "sentiment", "own words on target", _TONE, "mention"),
)


def scores_of(table: str) -> tuple[Score, ...]:
    """The scored columns of a table."""
    return tuple(score for score in SCORES if score.table == table)


def scores_by(stage: str) -> tuple[Score, ...]:
    """The scored columns that a stage fills."""
    return tuple(score for score in SCORES if score.stage == stage)
