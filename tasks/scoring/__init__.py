"""Sentiment and stance of every statement and paragraph: `score(analyses, sentiment, stance)`."""

from sayso.tasks.scoring.scorer import MIN_AUTHOR_WORDS, score

__all__ = ["MIN_AUTHOR_WORDS", "VERSION", "score"]

VERSION = 1  # raise it when the same statements, targets and models would give other scores
