"""The field's metrics on labelled files: `evaluate(kind, path, pipeline)`."""

from sayso.tasks.evaluation.evaluate import KINDS, evaluate
from sayso.tasks.evaluation.metrics import Figure

__all__ = ["KINDS", "Figure", "evaluate"]
