"""Group tagged spans into attributions with a small log-linear model whose weights can be read.

Every content chooses a cue, then every cue with content chooses a source; each may choose none.
The weights (linker.json beside the tagger) are fitted on PolNeAR: those of the choices by `training.linker`, those of
the confidence in the statement that comes of them by `training.confidence`.
"""

import json
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sayso.tasks.articles import UsageError
from sayso.tasks.attribution.quotations import Quotation
from sayso.tasks.attribution.tags import Span as Tagged

NONE = "none"
NEAREST = 8
_SENTENCE_END = re.compile(r"[.!?][\"”’')\]]*(?:\s|$)")
_MARKS = re.compile(r"[^\w\s]*")
_PRONOUN = re.compile(r"(?:he|she|they|we|i|it|who)$", re.IGNORECASE)
Features = dict[str, float]


@dataclass(slots=True)
class Link:
    """A cue with its contents and source; `probability` of the choices made."""

    cue: Tagged
    contents: list[Tagged] = field(default_factory=list)
    source: Tagged | None = None
    probability: float = 1.0


class Scene:
    """A paragraph as the linker sees it; spans are in order and do not overlap."""

    def __init__(
        self,
        text: str,
        cues: Sequence[Tagged],
        sources: Sequence[Tagged],
        contents: Sequence[Tagged],
        quotations: Sequence[Quotation],
    ) -> None:
        self.text, self.cues, self.sources, self.contents = text, cues, sources, contents
        self._starts = {id(spans): [s.start for s in spans] for spans in (cues, sources, contents)}
        self._ends = {id(spans): [s.end for s in spans] for spans in (cues, sources, contents)}
        self._quotations = quotations
        self._quotation_starts = [q.span.start for q in quotations]
        self._own: dict[Tagged, Tagged | None] = {}

    def between(self, one: Tagged, other: Tagged) -> tuple[int, int]:
        return (one.end, other.start) if one.end <= other.start else (other.end, one.start)

    def count(self, spans: Sequence[Tagged], low: int, high: int) -> int:
        """Spans of one kind that lie between two offsets."""
        within = bisect_right(self._ends[id(spans)], high) - bisect_left(self._starts[id(spans)], low)
        return max(0, within)

    def near(self, spans: Sequence[Tagged], anchor: Tagged) -> Sequence[Tagged]:
        """The spans of one kind that stand nearest to a span, so many on either side as are ever chosen."""
        at = bisect_left(self._starts[id(spans)], anchor.start)
        return spans[max(0, at - NEAREST) : at + NEAREST]

    def own_cue(self, content: Tagged) -> Tagged | None:
        """The cue behind a content that ends in a comma, ? or !, nothing but a source between: “…,” Quill said."""
        if content not in self._own:
            at = bisect_left(self._starts[id(self.cues)], content.end)
            cue = self.cues[at] if at < len(self.cues) else None
            self._own[content] = cue if cue and self._is_own(content, cue) else None
        return self._own[content]

    def _is_own(self, content: Tagged, cue: Tagged) -> bool:
        inside = _MARKS.match(self.text[max(content.start, content.end - 3) : content.end][::-1])
        behind = _MARKS.match(self.text, content.end)
        if not any(marks and set(",?!") & set(marks.group()) for marks in (inside, behind)):
            return False
        gap = self.text[content.end : cue.start]
        for source in self.sources[bisect_left(self._starts[id(self.sources)], content.end) :][:1]:
            if source.end <= cue.start:
                gap = self.text[content.end : source.start] + self.text[source.end : cue.start]
        return not re.search(r"\w|[.!?;]", gap)

    def quoted(self, span: Tagged) -> bool:
        at = bisect_right(self._quotation_starts, span.start) - 1
        return at >= 0 and span.end <= self._quotations[at].span.end


def content_features(
    scene: Scene, content: Tagged, cue: Tagged, previous: Tagged | None, chosen: Tagged | None
) -> Features:
    """Features of one content with one cue.

    Args:
        previous: the content before this one, if any.
        chosen: the cue that `previous` chose.
    """
    low, high = scene.between(content, cue)
    gap = scene.text[low:high]
    side = "after" if cue.end <= content.start else "before"
    features = {
        side: 1.0,
        f"{side} distance": math.log1p(max(0, high - low)),
        f"{side} cues between": scene.count(scene.cues, low, high),
        f"{side} contents between": scene.count(scene.contents, low, high),
        f"{side} sources between": scene.count(scene.sources, low, high),
        f"{side} sentence ends between": len(_SENTENCE_END.findall(gap)),
        f"{side} colon between": float(":" in gap or scene.text[cue.start : cue.end].endswith(":")),
        f"{side} comma between": float("," in gap),
        f"{side} touching": float(not re.search(r"\w", gap)),
        f"{side} quoted": float(scene.quoted(content)),
        f"{side} that": float(side == "after" and scene.text[content.start :].startswith("that ")),
        f"{side} sentence ended": float(
            side == "before" and bool(_SENTENCE_END.search(scene.text[content.end - 2 : content.end] + " "))
        ),
    }
    own = scene.own_cue(content)
    features["own cue"] = float(own == cue)
    features["another is its own cue"] = float(own is not None and own != cue)
    if previous is not None:
        follows = not re.search(r"\w", scene.text[previous.end : content.start])
        same = chosen is not None and chosen == cue
        features["same cue as the content before"] = float(same)
        features["same cue as the content before, touching"] = float(same and follows)
        features["same cue, quotation goes on"] = float(same and scene.quoted(previous) and scene.quoted(content))
        features["cue between this content and the one before"] = float(
            same and scene.count(scene.cues, previous.end, content.start) > (previous.end <= cue.start <= content.start)
        )
    taken = any(_touching(scene, other, cue) for other in scene.near(scene.contents, cue) if other != content)
    features[f"{side} cue touches another content"] = float(taken)
    return features


def _touching(scene: Scene, content: Tagged, cue: Tagged) -> bool:
    low, high = scene.between(content, cue)
    return not re.search(r"\w", scene.text[low:high])


def source_features(scene: Scene, source: Tagged, cue: Tagged, contents: Sequence[Tagged]) -> Features:
    """Features of one source with one cue whose contents are known."""
    low, high = scene.between(source, cue)
    gap = scene.text[low:high]
    side = "after" if cue.end <= source.start else "before"
    inside = any(c.start <= source.start and source.end <= c.end for c in contents)
    return {
        side: 1.0,
        f"{side} distance": math.log1p(max(0, high - low)),
        f"{side} words between": min(len(re.findall(r"\w+", gap)), 12),
        f"{side} cues between": scene.count(scene.cues, low, high),
        f"{side} sources between": scene.count(scene.sources, low, high),
        f"{side} contents between": scene.count(scene.contents, low, high),
        f"{side} sentence ends between": len(_SENTENCE_END.findall(gap)),
        f"{side} comma between": float("," in gap),
        f"{side} touching": float(not re.search(r"\w", gap)),
        f"{side} pronoun": float(bool(_PRONOUN.match(scene.text[source.start : source.end]))),
        f"{side} in its own content": float(inside),
        f"{side} in a quotation": float(scene.quoted(source) and not scene.quoted(cue)),
    }


def evidence(probability: float) -> Features:
    """Features of the confidence in a statement that was tagged and linked with `probability` (Platt 1999)."""
    odds = max(probability, 1e-4) / max(1 - probability, 1e-4)
    return {"linked": 1.0, "linked, log odds": math.log(odds)}


class Linker:
    """The log-linear choices; `weights` is `{"content": {feature: weight}, "source": {…}, "confidence": {…}}`."""

    def __init__(self, weights: Mapping[str, Mapping[str, float]]) -> None:
        self.weights = weights

    @classmethod
    def load(cls, path: Path) -> "Linker":
        """Raises UsageError where the file is missing or broken."""
        try:
            weights = json.loads(path.read_text(encoding="utf-8"))
            return cls({kind: dict(weights[kind]) for kind in ("content", "source", "confidence")})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(f"[attribution] no readable linker weights at {path}: {error}") from error

    def _score(self, kind: str, features: Features) -> float:
        weights = self.weights[kind]
        return sum(weights.get(name, 0.0) * value for name, value in features.items())

    def _choose(
        self, kind: str, options: Sequence[Tagged], features: Iterable[Features]
    ) -> tuple[Tagged | None, float]:
        scores = [self._score(kind, each) for each in features]
        scores.append(self.weights[kind].get(NONE, 0.0))
        top = max(scores)
        best = scores.index(top)
        probability = 1.0 / sum(math.exp(score - top) for score in scores)
        return (options[best] if best < len(options) else None), probability

    def confidence(self, features: Features) -> float:
        """Probability that a statement's content and source are right."""
        return 1.0 / (1.0 + math.exp(-self._score("confidence", features)))

    def link(
        self, text: str, spans: Sequence[Tagged], quotations: Sequence[Quotation]
    ) -> tuple[list[Link], list[Tagged]]:
        """Attributions of one paragraph, cues without content included; and the contents that chose no cue."""
        by_kind = {kind: [s for s in spans if s.kind == kind] for kind in ("cue", "source", "content")}
        scene = Scene(text, by_kind["cue"], by_kind["source"], by_kind["content"], quotations)
        links = {cue: Link(cue) for cue in scene.cues}
        loose: list[Tagged] = []
        previous = chosen = None
        for content in scene.contents:
            cues = scene.near(scene.cues, content)
            cue, probability = self._choose(
                "content", cues, [content_features(scene, content, c, previous, chosen) for c in cues]
            )
            if cue is None:
                loose.append(content)
            else:
                links[cue].contents.append(content)
                links[cue].probability = min(links[cue].probability, probability)
            previous, chosen = content, cue
        for cue, link in links.items():
            sources = scene.near(scene.sources, cue)
            link.source, probability = self._choose(
                "source", sources, [source_features(scene, s, cue, link.contents) for s in sources]
            )
            link.probability *= probability
        return list(links.values()), loose
