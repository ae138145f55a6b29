"""Conditional logit: one of several options, each with named features; for the linker and the speakers' ranker."""

from collections.abc import Mapping, Sequence

import torch

Features = Mapping[str, float]
Choice = tuple[Sequence[Features], set[int]]  # options, the numbers of those that are right


def fit_weights(rows: Sequence[Choice], l2: float = 1e-4, prior: Mapping[str, float] | None = None) -> dict[str, float]:
    """Weights that maximise the probability of the right options, by L-BFGS; weights of 0.0 are left out.

    Args:
        l2: strength of the pull towards the prior.
        prior: the weights to stay near where the data say little, 0.0 for features that it does not name.
    """
    names = sorted({name for options, _ in rows for option in options for name in option})
    column = {name: i for i, name in enumerate(names)}
    width = max(len(options) for options, _ in rows)
    matrix = torch.zeros(len(rows), width, len(names))
    mask = torch.full((len(rows), width), -1e9)
    wrong = torch.full((len(rows), width), -1e9)
    for r, (options, right) in enumerate(rows):
        mask[r, : len(options)] = 0.0
        wrong[r, list(right)] = 0.0
        for o, option in enumerate(options):
            for name, value in option.items():
                matrix[r, o, column[name]] = value
    mean = torch.tensor([(prior or {}).get(name, 0.0) for name in names])
    weights = mean.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        scores = matrix @ weights
        likelihood = torch.logsumexp(scores + wrong, 1) - torch.logsumexp(scores + mask, 1)
        loss = l2 * (weights - mean).square().sum() - likelihood.mean()
        loss.backward()
        return loss

    optimizer.step(closure)
    fitted = dict(prior or {}) | {name: round(float(weights.detach()[i]), 3) for name, i in column.items()}
    return {name: weight for name, weight in sorted(fitted.items()) if weight}


def accuracy(rows: Sequence[Choice], weights: Mapping[str, float]) -> float:
    """Share of choices in which the best option is right."""

    def score(option: Features) -> float:
        return sum(weights.get(name, 0.0) * value for name, value in option.items())

    hits = sum(max(range(len(options)), key=lambda i: score(options[i])) in right for options, right in rows)
    return hits / len(rows)
