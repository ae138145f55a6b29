"""Whether somebody said it, did not, or may: the factuality of a statement by the words around its cue.

After FactBank (Saurí and Pustejovsky 2009): polarity and modality of the event of saying, not of what is said.
"""

import re
from collections.abc import Sequence

from sayso.tasks.articles import Factuality, Span

_SAY = (
    r"(?:say|tell|announce|comment|confirm|discuss|disclose|elaborate|specify|explain|answer|respond|reply|reveal|speak"
    r"|speculate|argue|claim|name|give|provide|rule|acknowledge|admit|apologi[sz]e|warn|urge|declare|insist|promise)"
)
_UNSAID = (
    r"(?:declin|refus|fail|neglect|omit)(?:e|es|ed|s|ing)? to|(?:has|have|had|is|was) (?:still )?yet to"
    r"|stop(?:s|ped|ping)? short of|(?:refrain|abstain)(?:s|ed|ing)? from|without|avoid(?:s|ed|ing)?|unable to"
    r"|unwilling to|reluctant to"
)
_NEGATED = re.compile(
    rf"\b(?:not|never|cannot|no longer|nor|neither|{_UNSAID})\b(?! only\b| just\b| merely\b)|n[’']t\b", re.IGNORECASE
)
_NOBODY = re.compile(r"(?:nobody|no[ -]one|none|neither|no (?!doubt)(?:[\w’'-]+))\b", re.IGNORECASE)
_POSSIBLE = re.compile(
    r"\b(?:may|might|could|would|should|will|shall|must|can|if|whether|perhaps|maybe|imagine|suppose)\b|[’'](?:ll|d)\b"
    r"|\b(?:expected|likely|due|set|scheduled|poised|about|going|ready|plan\w*|hop(?:es|ed|ing)|wants?|wanted|intend\w*"
    r"|supposed|prepar\w+|tempted|free) to\b",
    re.IGNORECASE,
)
_FORTHCOMING = re.compile(
    r"\b(?:expected|likely|due|set|scheduled|poised|going|plan\w*|hop(?:es|ed|ing)|wants?|wanted|intend\w*|supposed)\b",
    re.IGNORECASE,
)
_REFUSAL = re.compile(r"\b(?:declin|refus|fail|neglect)\w*(?: to)?$", re.IGNORECASE)
_TO_SAY = re.compile(rf"\W*(?:to |from )?{_SAY}\b", re.IGNORECASE)
_ASKING = re.compile(r"\W*(?:will|would|could|can|may|might|should|did|does|do|has|have|is|was)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;:—–]\s|\b(?:and|but|or|who|which|that|because|while|when|as|after|before)\s", re.IGNORECASE)
_OWN_VOICE = re.compile(r"\bI(?: would|[’']d| must| can| should)\s+\w*$")


def factuality(text: str, sentence: Span, content: Sequence[Span], cue: Span | None, source: Span | None) -> Factuality:
    """asserted, negated ("did not say", "nobody said") or possible ("is expected to say", "might argue").

    Args:
        text: of the article.
        sentence: the sentence that the cue stands in.
    """
    if cue is None:
        return "asserted"
    said = text[slice(*cue)]
    complement = next((text[slice(*k)] for k in content if _TO_SAY.match(text, k.start) and k.start >= cue.end), "")
    if source and _NOBODY.match(text, source.start, source.end):
        return "negated"
    if complement and _REFUSAL.search(said):
        return "negated"
    if complement.lower().lstrip().startswith("to ") and _FORTHCOMING.search(said):
        return "possible"
    before = _led_by(text, sentence, content, cue, source)
    verb = before + said
    if _NEGATED.search(verb):
        return "negated"
    if _POSSIBLE.search(verb) and not _OWN_VOICE.search(before):
        return "possible"
    asks = text[slice(*sentence)].rstrip().endswith("?") and _ASKING.match(text, sentence.start)
    quoted = any(k.start <= sentence.start < k.end for k in content)
    return "possible" if asks and not quoted else "asserted"


def _led_by(text: str, sentence: Span, content: Sequence[Span], cue: Span, source: Span | None) -> str:
    """The words of the cue's own clause that stand before it: its auxiliaries and adverbs."""
    edges = [sentence.start, *(span.end for span in [*content, *([source] if source else [])] if span.end <= cue.start)]
    before = text[max(edges) : cue.start]
    cut = [m.end() for m in _CLAUSE.finditer(before)]
    return before[cut[-1] :] if cut else before


def says_nothing(text: str, content: Sequence[Span], cue: Span | None) -> bool:
    """Whether the content is but the act that did not happen: "declined to comment further"."""
    if cue is None or not _REFUSAL.search(text[slice(*cue)]):
        return False
    words = re.findall(r"\w+", " ".join(text[slice(*k)] for k in content).lower())
    return bool(words) and bool(_TO_SAY.match(" ".join(words))) and len(words) <= 3
