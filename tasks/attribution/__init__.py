"""Find every attributed statement: `Attributor(tagger).attribute(articles)`."""

from collections.abc import Sequence
from pathlib import Path

from sayso.tasks.articles import Article, Statement
from sayso.tasks.attribution.linker import Linker
from sayso.tasks.attribution.statements import statements_of
from sayso.tasks.attribution.tags import decode
from sayso.tasks.runtime.folder import BUNDLED, ModelInfo
from sayso.tasks.runtime.protocol import Tagger

__all__ = ["VERSION", "Attributor", "linker_of"]

VERSION = 6  # raise it when the same article and model would give other statements


LINKER = BUNDLED / "attribution" / "linker.json"


def linker_of(tagger: ModelInfo) -> Path:
    """The linker's weights that go with a tagger: those beside it, else the bundled ones."""
    own = tagger.folder / LINKER.name if tagger.folder else None
    return own if own and own.is_file() else LINKER


class Attributor:
    """The tagger of sources, cues and contents, and the linker that makes statements of them."""

    def __init__(self, tagger: Tagger) -> None:
        self.tagger = tagger
        self.linker = Linker.load(linker_of(tagger.info))

    def attribute(self, articles: Sequence[Article]) -> list[tuple[Statement, ...]]:
        """Statements of each article, in the order of their first content."""
        paragraphs = [(a, p) for a in articles for p in a.prose]
        tagged = self.tagger.tag([a.text[p.start : p.end] for a, p in paragraphs])
        spans = {
            (a.article_id, p.index): decode(t.probabilities, t.offsets, self.tagger.labels)
            for (a, p), t in zip(paragraphs, tagged, strict=True)
        }
        return [
            statements_of(a, {p.index: spans.get((a.article_id, p.index), []) for p in a.paragraphs}, self.linker)
            for a in articles
        ]
