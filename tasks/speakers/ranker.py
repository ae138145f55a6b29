"""Choose among candidate antecedents with a log-linear model whose weights can be read.

A mention-ranking model (Denis and Baldridge 2008): the candidates of one phrase compete in a softmax, those that start
a new speaker, the author and nobody among them. The weights (models/speakers/weights.json, one table for each form of
source) are fitted by `training.speakers`.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from sayso.tasks.articles import SpeakerKind, UsageError
from sayso.tasks.runtime.folder import BUNDLED, ModelInfo, sha256_of

Form = Literal["person pronoun", "pronoun", "relative", "first person", "noun phrase", "nothing", "shared name"]
Features = dict[str, float]


@dataclass(frozen=True, slots=True)
class Option:
    """A candidate: a referent of the article, or, with `referent_id` None, somebody of the given kind.

    Attributes:
        name: what the speaker would be called.
        kind: of speaker; "unknown" is the option that it cannot be told.
    """

    referent_id: str | None
    name: str
    kind: SpeakerKind
    features: Features


@dataclass(frozen=True, slots=True)
class Choice:
    """What there is to choose from.

    Attributes:
        statement: number of the statement whose source this is; None for a mention elsewhere.
    """

    form: Form
    options: Sequence[Option]
    statement: int | None = None


class Ranker:
    """Picks the likeliest option of a choice.

    Args:
        weights: form → feature → weight.
        threshold: a probability; a referent below it is not taken.
    """

    def __init__(self, weights: Mapping[str, Mapping[str, float]], threshold: float) -> None:
        self.weights, self.threshold = weights, threshold

    def score(self, form: Form, option: Option) -> float:
        weights = self.weights.get(form, {})
        return sum(weights.get(name, 0.0) * value for name, value in option.features.items())

    def choose(self, choice: Choice) -> Option | None:
        """The likeliest option; None where there is none, or none likely enough."""
        if not choice.options:
            return None
        scores = [self.score(choice.form, option) for option in choice.options]
        best = max(range(len(scores)), key=lambda i: (scores[i], choice.options[i].referent_id or ""))
        probability = 1 / sum(math.exp(score - scores[best]) for score in scores)
        return choice.options[best] if probability >= self.threshold else None


FOLDER = BUNDLED / "speakers"


def ranker_info() -> ModelInfo:
    """The bundled weights as one of the models in force."""
    return ModelInfo("speakers", "bundled", FOLDER, "log-linear", sha256_of(FOLDER))


@lru_cache(maxsize=4)
def load_weights(path: Path = FOLDER / "weights.json") -> Mapping[str, Mapping[str, float]]:
    """Raises UsageError where the file is missing or no table of weights."""
    try:
        weights = json.loads(path.read_text(encoding="utf-8"))
        return {form: dict(table) for form, table in weights.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise UsageError(f"cannot read the speakers' weights {path}: {error}") from error
