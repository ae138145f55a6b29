"""What the pipeline does with short texts of our own, a kind of text at a time (CheckList, Ribeiro et al. 2020)."""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from sayso.tasks.evaluation.gold import gold_articles

CASES = [json.loads(line) for line in Path(__file__).with_name("texts.jsonl").read_text(encoding="utf-8").splitlines()]
MARKS = str.maketrans(dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’‚", "'") | {"\u00a0": " "})
FLOORS = json.loads(Path(__file__).with_name("floors.json").read_text(encoding="utf-8"))
MARGIN = 1  # text of a kind: on another processor probabilities differ by up to 0.01


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.translate(MARKS)).strip().lower()


def _is_right(case, article, statements, names) -> bool:
    """Whether each expected statement is there, with its speaker and kind; and none where none is said."""
    said = [(_plain(" … ".join(article.text[slice(*k)] for k in s.content)), s) for s in statements]
    rows = list(zip(said, names, strict=True))
    for wanted in case["statements"]:
        kinds = (wanted["kind"] or "direct|indirect|mixed").split("|")
        part = _plain(wanted["content"])
        if not any(part in text and re.search(wanted["speaker"], n) and s.kind in kinds for (text, s), n in rows):
            return False
    asserted = [(text, s) for text, s in said if s.factuality == "asserted"]
    end = article.paragraphs[0].end
    return not any(
        s.content[0].start < end if never == "@title" else _plain(never) in text
        for never in case["never"]
        for text, s in asserted
    )


@pytest.fixture(scope="module")
def right(pipeline):
    """Kind → whether each of its texts is right."""
    rows = [{"text": case["text"], "attributions": []} for case in CASES]
    analyses = pipeline.analyse([article for article, _ in gold_articles(rows)], last="speakers")
    found = defaultdict(list)
    for case, a in zip(CASES, analyses, strict=True):
        known = {s.speaker_id: s.name for s in a.resolution.speakers}
        names = [known[i] for i in a.resolution.speaker_ids]
        found[case["id"].split("/")[0]].append(_is_right(case, a.article, a.statements, names))
    return found


@pytest.mark.parametrize("kind", FLOORS)
def test_no_kind_falls_below_its_floor(right, kind):
    assert sum(right[kind]) + MARGIN >= FLOORS[kind], f"{sum(right[kind])} of {len(right[kind])} are right"


def test_every_kind_has_a_floor():
    assert FLOORS.keys() == {case["id"].split("/")[0] for case in CASES}
