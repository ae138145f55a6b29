"""How often the speaker behind a statement is the right one."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from sayso.tasks.articles import Article, Resolution, Span, Statement
from sayso.tasks.evaluation.gold import Gold, gold_articles, gold_statements, spans_of
from sayso.tasks.evaluation.metrics import Figure, counted, match_statements, measured
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.speakers import resolve
from sayso.tasks.text.english.lexicon import FIRST, HE, IT, RELATIVE, SHE, THEY
from sayso.tasks.text.names import person_words, slug

KINDS = ("person", "organization", "group", "anonymous", "author", "none")
FORMS = ("full name", "partial name", "he or she", "other pronoun", "nominal", "no source")
_ARTICLES = ("the", "a", "an")


def evaluate_speakers(rows: Sequence[Gold], pipeline: Pipeline) -> list[Figure]:
    """Accuracy of the resolved speaker; intervals are over articles.

    Given the gold spans: per kind of speaker, per form of the source, two baselines, and B³ (Bagga and Baldwin 1998)
    over the statements of an article. Then the same accuracy over the statements that the attributor found, and
    end to end: a statement counts when it is found (as for attribution F1) and its speaker is right.
    """
    pairs = [(a, g) for a, g in gold_articles(rows) if any("speaker_kind" in x for x in g)]
    if not pairs:
        return []
    articles = [article for article, _ in pairs]
    names = list(pipeline.names.find(article.text for article in articles))
    found = pipeline.attributor.attribute(articles)
    counts: dict[str, list[tuple[float, float, float]]] = {}
    clusters: list[list[tuple[str, str]]] = []
    for (article, gold), mine, named in zip(pairs, found, names, strict=True):
        statements = gold_statements(article, gold)
        resolution = resolve(article, statements, named, pipeline.ranker)
        for name, (right, of) in _given_spans(article, gold, statements, resolution).items():
            counts.setdefault(name, []).append((right, of, 0))
        clusters.append([(g["speaker"], i) for g, i in zip(gold, resolution.speaker_ids, strict=True) if g["speaker"]])
        resolved = resolve(article, mine, named, pipeline.ranker)
        hits = match_statements(mine, statements)
        right = sum(_right(gold[j], resolved, i) for i, j in hits)
        counts.setdefault("right of the statements found", []).append((right, len(hits), 0))
        counts.setdefault("end to end F1", []).append((right, len(mine), len(gold)))
    figures = [counted(name, np.array(values)) for name, values in counts.items()]
    at = next(i for i, f in enumerate(figures) if f.name == "right of the statements found")
    return [*figures[:at], _b_cubed_figure(clusters), *figures[at:]]


def _given_spans(
    article: Article, gold: Sequence[Gold], statements: Sequence[Statement], resolution: Resolution
) -> dict[str, tuple[float, float]]:
    """Figure → (right, of)."""
    tally: dict[str, list[bool]] = {
        name: [] for name in ("right", "kind right", *(f"right, {g}" for g in (*KINDS, *FORMS)))
    }
    tally |= {f"right, baseline {name}": [] for name in _BASELINES}
    speakers = {s.speaker_id: s for s in resolution.speakers}
    people = [(m.span, m.entity_id) for m in resolution.mentions if m.form in ("name", "partial name")]
    persons = {e.entity_id: e.name for e in resolution.entities if e.entity_type == "person"}
    named = [(span, persons[i]) for span, i in people if i in persons]
    for i, (g, s) in enumerate(zip(gold, statements, strict=True)):
        right = _right(g, resolution, i)
        kind = speakers[resolution.speaker_ids[i]].kind
        tally["right"].append(right)
        tally["kind right"].append(kind == _kind_of(g))
        tally[f"right, {g['speaker_kind']}"].append(right)
        tally[f"right, {form_of(article, g)}"].append(right)
        for name, guess in _BASELINES.items():
            person = guess(article, s, named)
            tally[f"right, baseline {name}"].append(
                is_speaker(g, person or "unknown", "person" if person else "unknown")
            )
    return {name: (sum(values), len(values)) for name, values in tally.items()}


def _right(gold: Gold, resolution: Resolution, i: int) -> bool:
    speaker = next(s for s in resolution.speakers if s.speaker_id == resolution.speaker_ids[i])
    return is_speaker(gold, speaker.name, speaker.kind)


def is_speaker(gold: Gold, name: str, kind: str) -> bool:
    """Whether a speaker is the gold one: last names and first names or initials agree; half the words of others do."""
    if gold["speaker_kind"] in ("none", "author"):
        return kind == _kind_of(gold)
    mine, theirs = ([w for w in slug(text).split("-") if w not in _ARTICLES] for text in (name, gold["speaker"]))
    if not mine or not theirs or kind in ("unknown", "author"):
        return False
    if gold["speaker_kind"] == "person":
        first = len(mine) == 1 or mine[0].startswith(theirs[0][0]) or theirs[0].startswith(mine[0][0])
        return kind == "person" and mine[-1] == theirs[-1] and first
    shared = set(mine) & set(theirs)
    return bool(shared) and len(shared) >= 0.5 * min(len(set(mine)), len(set(theirs)))


def _kind_of(gold: Gold) -> str:
    kind: str = gold["speaker_kind"]
    return "unknown" if kind == "none" else kind


def form_of(article: Article, gold: Gold) -> str:
    """The form in which a source names its speaker, one of `FORMS`."""
    text = " ".join(article.text[s:e] for s, e in spans_of(gold["source"])).strip(" ,.:;\"“”'’")
    if not text:
        return "no source"
    words = re.findall(r"[a-z]+", slug(text))
    if text.lower() in HE | SHE:
        return "he or she"
    if text.lower() in THEY | IT | FIRST | RELATIVE:
        return "other pronoun"
    name = re.findall(r"[a-z]+", slug(gold["speaker"]))
    if gold["speaker_kind"] not in ("person", "organization") or not name:
        return "nominal"
    if " ".join(name) in " ".join(words):
        return "full name"
    return "partial name" if name[-1] in words else "nominal"


def _nearest_person(article: Article, statement: Statement, named: Sequence[tuple[Span, str]]) -> str | None:
    anchor = (statement.source or statement.cue or statement.content[0]).end
    return next((name for span, name in reversed(named) if span.end <= anchor), None)


def _last_name(article: Article, statement: Statement, named: Sequence[tuple[Span, str]]) -> str | None:
    if statement.source is None:
        return None
    words = set(slug(article.text[slice(*statement.source)]).split("-"))
    return next((name for _, name in named if (person_words(name) or [""])[-1] in words), None)


_BASELINES: dict[str, Callable[[Article, Statement, Sequence[tuple[Span, str]]], str | None]] = {
    "nearest preceding person": _nearest_person,
    "last name matching": _last_name,
}


def _b_cubed_figure(clusters: Sequence[Sequence[tuple[str, str]]]) -> Figure:
    values = np.array([b_cubed(pairs) for pairs in clusters])

    def measure(rows: np.ndarray) -> float:
        precision, recall, n = values[rows].sum(axis=0)
        return 2 * precision * recall / (n * (precision + recall)) if n else 0.0

    return measured("B³ F1 of speakers within an article", np.arange(len(values)), measure)


def b_cubed(pairs: Sequence[tuple[str, str]]) -> tuple[float, float, int]:
    """Sums over items of B³ precision and recall, and the number of items.

    Args:
        pairs: for each item its gold cluster and the cluster that it was put in.
    """
    gold, mine, both = Counter(g for g, _ in pairs), Counter(m for _, m in pairs), Counter(pairs)
    precision = sum(both[pair] / mine[pair[1]] for pair in pairs)
    recall = sum(both[pair] / gold[pair[0]] for pair in pairs)
    return precision, recall, len(pairs)
