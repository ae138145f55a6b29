"""Sentiment and stance: `score(analyses, scores, model)` asks a model for some scored columns."""

from collections.abc import Sequence

import numpy as np

from sayso.tasks.articles import Analysis, Scored, Scores
from sayso.tasks.runtime.pairs import Pair
from sayso.tasks.runtime.protocol import PairClassifier
from sayso.tasks.scores import Score
from sayso.tasks.scoring.passages import MIN_AUTHOR_WORDS, questions

__all__ = ["MIN_AUTHOR_WORDS", "VERSION", "score"]

VERSION = 3  # raise it when the same statements, targets and models would give other scores


def score(
    analyses: Sequence[Analysis],
    scores: Sequence[Score],
    model: PairClassifier,
    earlier: Sequence[Analysis | None] = (),
) -> list[tuple[Scored, ...]]:
    """The answers for some scored columns of each article; each distinct question is asked once.

    Args:
        scores: columns that this model fills.
        earlier: analyses that the same model scored; what is answered in them is not asked again.
    """
    asked = [questions(analysis, scores) for analysis in analyses]
    known: dict[Pair, Scores] = {}
    for before in earlier:
        if before is not None:
            known |= _answers(before, scores)
    fresh = [pair for pair in dict.fromkeys(p for q in asked for p in q.values()) if pair not in known]
    known |= {p: as_scores(row, model.labels) for p, row in zip(fresh, model.predict(fresh), strict=True)}
    return [tuple(Scored(*key, known[pair]) for key, pair in q.items()) for q in asked]


def _answers(analysis: Analysis, scores: Sequence[Score]) -> dict[Pair, Scores]:
    given = {(s.column, s.unit, s.target_id): s.scores for s in (*analysis.sentiment, *analysis.stance)}
    return {pair: given[key] for key, pair in questions(analysis, scores).items() if key in given}


def as_scores(row: np.ndarray, labels: tuple[str, ...]) -> Scores:
    """A row of probabilities with its label."""
    return Scores(labels[int(row.argmax())], tuple(float(p) for p in row))
