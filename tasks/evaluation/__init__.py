"""The field's metrics on labelled files: `evaluate(kind, path, pipeline)`."""

from tasks.evaluation.evaluate import KINDS, evaluate
from tasks.evaluation.metrics import Figure

__all__ = ["KINDS", "Figure", "evaluate"]
