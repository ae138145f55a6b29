"""The datasets as pages."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from sayso.tasks.articles import Article, Span, Statement
from sayso.tasks.evaluation.gold import mention_of
from sayso.tasks.runtime import load_classifier
from sayso.tasks.runtime.pairs import Pair, Role
from sayso.tasks.scores import LABELS
from sayso.tasks.settings import Model
from sayso.tasks.speakers.names import NameFinder
from training.common import read_jsonl
from training.gold import contrast, gold, own, statements
from training.reader.pages import Aim, Page, Question
from training.stance import directed

SMOOTHING = 0.1
PEOPLE_OF = "group"  # nationality or party


def aim(name: str, label: str) -> list[float]:
    """Label smoothing: nearly all of the probability on the label."""
    labels = LABELS[name]
    return [1 - SMOOTHING + SMOOTHING / len(labels) if label == each else SMOOTHING / len(labels) for each in labels]


class _Paragraph:
    """What is known of one paragraph, until it becomes a page."""

    def __init__(self) -> None:
        self.tags: list[Role] | None = None
        self.tones: list[tuple[tuple[Role, ...], Sequence[float]]] = []
        self.questions: list[Question] = []


def roles_in(whole: Span, statement: Statement, mention: Span | None) -> tuple[Role, ...]:
    """What a paragraph holds of a statement and its target, in code points of the paragraph."""
    spans = [("content", s) for s in statement.content]
    spans += [("cue", statement.cue), ("source", statement.source), ("target", mention)]
    inside = [(name, s) for name, s in spans if s is not None and s.overlaps(whole)]
    return tuple(
        Role(name, max(s.start, whole.start) - whole.start, min(s.end, whole.end) - whole.start) for name, s in inside
    )


def article_pages(articles: list[dict], source: str, tagged: bool) -> Iterator[Page]:
    """The paragraphs of labelled articles: tags (where every attribution is marked), tones of contents, questions."""
    found: dict[tuple[str, int], _Paragraph] = defaultdict(_Paragraph)
    texts: dict[str, Article] = {}
    for article, statement, said in statements(articles):
        texts[article.article_id] = article
        _add_questions(found, article, statement, said)
        if tagged:
            for kind in ("source", "cue", "content"):
                for start, end in said[kind]:
                    _add_tag(found, article, kind, start, end)
    for article_id, article in texts.items():
        for p in article.paragraphs:
            known = found[article_id, p.index]
            tags = tuple(known.tags or ()) if tagged else None
            if tagged or known.questions or known.tones:
                text = article.text[p.start : p.end]
                yield Page(text, source, None, tags, None, tuple(known.tones), tuple(known.questions))


def _add_tag(found: dict, article: Article, kind: str, start: int, end: int) -> None:
    for p in article.paragraphs:
        if start < p.end and p.start < end:
            known = found[article.article_id, p.index]
            known.tags = [*(known.tags or []), Role(kind, max(start, p.start) - p.start, min(end, p.end) - p.start)]


def _add_questions(found: dict, article: Article, statement: Statement, said: dict) -> None:
    def paragraph(span: Span) -> tuple[_Paragraph, Span]:
        p = article.paragraphs[article.paragraph_at(span.start)]
        return found[article.article_id, p.index], Span(p.start, p.end)

    known, whole = paragraph(statement.content[0])
    if "sentiment" in said:
        content = tuple(r for r in roles_in(whole, statement, None) if r.name == "content")
        known.tones.append((content, aim("sentiment", said["sentiment"])))
    for t in said.get("targets", ()):
        mention = mention_of(t, article.text, statement.content)
        if mention is not None:
            known, whole = paragraph(mention)
            roles = roles_in(whole, statement, mention)
            aims = aim("stance", t["stance"]), aim("sentiment", t["sentiment"])
            known.questions.append(Question(roles, *aims, t.get("confident", True)))


def polnear(data: Path) -> Iterator[Page]:
    """Tags of PolNeAR train, with gold's labels and our own on the same statements."""
    labels = {a["doc"]: {s["id"]: s for s in a["attributions"]} for a in [*own(data), *gold(data, "train")]}
    articles = read_jsonl(data / "polnear" / "train.jsonl")
    for article in articles:
        mine = labels.get(article["doc"], {})
        article["attributions"] = [mine.get(a["id"], a) for a in article["attributions"]]
    return article_pages(articles, "polnear", tagged=True)


def bare(path: Path, source: str, keep: int) -> Iterator[Page]:
    """Every so many of some texts with a target that need not stand in them, and a stance."""
    for r in read_jsonl(path)[::keep]:
        yield Page(r["text"], source, r["target"], questions=(Question((), aim("stance", r["stance"])),))


def dse(path: Path, everything: bool = False) -> Iterator[Page]:
    """Sentences with two entities, both directions in one reading."""
    of: defaultdict[str, list[Question]] = defaultdict(list)
    for pair, stance in directed(path, everything):
        of[pair.text].append(Question(pair.roles, aim("stance", stance)))
    for text, questions in of.items():
        yield Page(text, "dse", questions=tuple(questions))


def newsmtsc(path: Path, taught: bool) -> Iterator[Page]:
    """Sentences of a reporter's with targets, and the stance toward them as the model that ships judges it."""
    rows = read_jsonl(path)
    side: np.ndarray | list[None] = [None] * len(rows)
    if taught:
        model = load_classifier("stance", Model(), torch.get_num_threads())
        side = model.predict([Pair(r["text"], r["target"]) for r in rows])
    of: defaultdict[str, list[Question]] = defaultdict(list)
    for r, p in zip(rows, side, strict=True):
        stance: Aim = None if p is None else p.tolist()
        role = Role("target", r["start"], r["end"])
        of[r["text"]].append(Question((role,), stance, aim("sentiment", r["sentiment"])))
    for text, questions in of.items():
        yield Page(text, "newsmtsc", questions=tuple(questions))


def sst2(path: Path, rows: slice) -> Iterator[Page]:
    """Sentences with their tone, shuffled."""
    all_rows = read_jsonl(path)
    random.Random(0).shuffle(all_rows)
    for r in all_rows[rows]:
        yield Page(r["text"], "sst2", tones=(((), aim("sentiment", r["sentiment"])),))


def names(paths: Iterable[Path], source: str) -> Iterator[Page]:
    """Sentences with their names; where a corpus says "other", a nationality or party is told by spaCy's model."""
    rows = [r for path in paths for r in read_jsonl(path)]
    theirs = NameFinder().find([r["text"] for r in rows])
    for r, guessed in zip(rows, theirs, strict=True):
        of = {(n.start, n.end) for n in guessed if n.type == "group"}
        kinds = [(n["kind"] if n["kind"] != "event" else "other", n["start"], n["end"]) for n in r["names"]]
        told = (Role(PEOPLE_OF if k == "other" and (s, e) in of else k, s, e) for k, s, e in kinds)
        yield Page(r["text"], source, names=tuple(told))


def train_pages(data: Path) -> list[Page]:
    """Everything there is to train on."""
    conll, politics = data / "names" / "conll2003_train.jsonl", data / "names" / "politics_train.jsonl"
    return [
        *polnear(data),
        *article_pages(gold(data, "bbc_train"), "bbc", tagged=True),
        *article_pages(gold(data, "wikinews"), "wikinews", tagged=True),
        *2 * list(article_pages(contrast(data, kept=False), "contrast", tagged=False)),
        *dse(data / "dse" / "train.jsonl"),
        *newsmtsc(data / "newsmtsc" / "train.jsonl", taught=True),
        *bare(data / "vast" / "train.jsonl", "vast", 3),
        *bare(data / "perspectrum" / "train.jsonl", "perspectrum", 2),
        *sst2(data / "sst2" / "all.jsonl", slice(3000)),
        *names([conll], "conll2003"),
        *3 * list(names([politics], "politics")),
    ]


def dev_pages(data: Path) -> dict[str, list[Page]]:
    """Development data, a set each."""
    return {
        "gold": list(article_pages(gold(data, "dev"), "gold", tagged=True)),
        "bbc": list(article_pages(gold(data, "bbc_dev"), "bbc", tagged=True)),
        "contrast": list(article_pages(contrast(data, kept=True), "contrast", tagged=False)),
        "dse": list(dse(data / "dse" / "dev.jsonl", everything=True)),
        "newsmtsc rw": list(newsmtsc(data / "newsmtsc" / "dev_rw.jsonl", taught=False)),
        "newsmtsc mt": list(newsmtsc(data / "newsmtsc" / "dev_mt.jsonl", taught=False)),
        "vast": list(bare(data / "vast" / "dev.jsonl", "vast", 1)),
        "polnear": list(article_pages(read_jsonl(data / "polnear" / "dev.jsonl"), "polnear", tagged=True)),
        "conll2003": list(names([data / "names" / "conll2003_dev.jsonl"], "conll2003")),
        "politics": list(names([data / "names" / "politics_dev.jsonl"], "politics")),
    }
