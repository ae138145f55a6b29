"""Measure a bundled model and write the figures into its card: python -m training.card NAME --data DIR."""

import argparse
from pathlib import Path

from sayso.tasks.evaluation import Figure, evaluate
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.settings import load_settings
from training.common import ROOT

# The columns of a card's table; the first figure of each is the one that `sayso models` shows.
COLUMNS = {
    "attribution": {"PolNeAR dev": "polnear/dev.jsonl"},
    "sentiment": {
        "NewsMTSC dev rw": "newsmtsc/dev_rw.jsonl",
        "NewsMTSC dev mt": "newsmtsc/dev_mt.jsonl",
        "gold dev statements": "gold/dev.jsonl",
    },
    "stance": {
        "gold dev": "gold/dev.jsonl",
        "VAST dev": "vast/dev.jsonl",
        "BBC dev": "gold/bbc_dev.jsonl",
        "DSE dev": "dse/dev.jsonl",
    },
}


def table(columns: dict[str, list[Figure]]) -> list[str]:
    """A Markdown table, a figure a row, each with its 95 % interval."""
    cells = {column: {f.name: f.text for f in figures} for column, figures in columns.items()}
    longest = max(columns.values(), key=len)
    rows = [" | ".join([f.name, *(cells[column].get(f.name, "") for column in columns)]) for f in longest]
    return [f"| | {' | '.join(columns)} |", "|" + "---|" * (len(columns) + 1), *(f"| {row} |" for row in rows)]


def headline(columns: dict[str, list[Figure]]) -> str:
    name = next(iter(columns.values()))[0].name
    return f"{name}: " + ", ".join(f"{column} {figures[0].value:.3f}" for column, figures in columns.items())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.card", description=__doc__)
    parser.add_argument("name", choices=sorted(COLUMNS))
    parser.add_argument("--data", type=Path, required=True, help="the folder with the datasets, one folder each")
    args = parser.parse_args()
    pipeline = Pipeline(load_settings(None), ())
    columns = {column: evaluate(args.name, args.data / file, pipeline) for column, file in COLUMNS[args.name].items()}
    card = ROOT / "models" / args.name / "README.md"
    lines = card.read_text(encoding="utf-8").splitlines()
    quality = next(i for i, line in enumerate(lines) if line.startswith("quality: "))
    lines[quality] = f'quality: "{headline(columns)}"'
    start = next(i for i, line in enumerate(lines) if line.startswith("| | "))
    lines[start : lines.index("", start)] = table(columns)
    card.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
