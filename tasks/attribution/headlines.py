"""Speech in headlines (NAME: claim, claim – NAME, somebody's 'words'), and headlines that tell of none."""

import re
from collections.abc import Collection, Sequence

from sayso.tasks.articles import Span
from sayso.tasks.attribution.patterns import NAME, Attributed
from sayso.tasks.attribution.quotations import Quotation
from sayso.tasks.text.english.lexicon import REPORTING

_BEFORE = re.compile(rf"(?P<source>{NAME})(?: on [^:]{{2,40}})?(?P<cue>:)\s+(?P<content>\S.*)")
_BEHIND = re.compile(rf"(?P<content>.*\S)\s+(?P<cue>[—–―-]|--)\s+(?P<source>{NAME})\s*$")
_QUOTED_BEFORE = re.compile(rf"\s*(?P<cue>[:—–―-])\s+(?P<source>{NAME})")
_ENDINGS = (("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("d", ""), ("ied", "y"), ("ing", ""), ("ing", "e"))
MIN_WORDS = 2  # of a claim


def headline(text: str, quotations: Sequence[Quotation], speakers: Collection[str]) -> list[Attributed]:
    """The statement that the form of a headline attributes, if it does: to somebody who speaks in the article.

    Args:
        speakers: last words, in lower case, of the sources of the body.
    """
    opening = quotations[0] if quotations and quotations[0].closed and quotations[0].span.start == 0 else None
    quoted = _QUOTED_BEFORE.match(text, opening.span.end) if opening else None
    if opening and quoted:
        for source in _names(quoted, speakers):
            return [Attributed(opening.span, source, Span(*quoted.span("cue")), Span(0, len(text)))]
    for form in (_BEFORE, _BEHIND):
        match = form.match(text)
        if match and len(match["content"].split()) >= MIN_WORDS:
            for source in _names(match, speakers):
                content, cue = Span(*match.span("content")), Span(*match.span("cue"))
                return [Attributed(content, source, cue, Span(0, len(text)))]
    return []


def _names(match: re.Match[str], speakers: Collection[str]) -> list[Span]:
    """The source as far as the last of its words that names a speaker: "Mayor Quill" of "Mayor Quill Closes"."""
    start = match.start("source")
    ends = [m.end() for m in re.finditer(r"[\w’'-]+", match["source"]) if m.group().lower() in speakers]
    return [Span(start, start + ends[-1])] if ends else []


def tells_of_speech(text: str, cue: Span, content: Sequence[Span], quotations: Sequence[Quotation]) -> bool:
    """Whether the cue is a word for speech or opinion, or its content is quoted; "Judge blocks order" tells of none."""
    words = re.findall(r"[a-z]+", text[slice(*cue)].lower())
    if any(q.span.overlaps(k) for q in quotations for k in content):
        return True
    return any(form in REPORTING for word in words for form in _lemmas(word))


def is_of_somebody(text: str, quotations: Sequence[Quotation]) -> bool:
    """Whether a headline holds somebody's words ("Pier 'to be sold'"), and not the title of a work or a nickname."""
    for q in quotations:
        words = re.findall(r"\w[\w’'-]*", text[slice(*q.inner)])
        rest = re.findall(r"\w[\w’'-]*", text[: q.span.start] + text[q.span.end :])[1:]
        shouted = [word for word in rest if len(word) >= 4 and word[0].islower()]
        opens = q.span.start == 0 and any(word[0].islower() for word in words[1:])
        if len(words) >= MIN_WORDS and (opens or words[0][0].islower()) and (shouted or not rest):
            return True
    return False


def _lemmas(word: str) -> list[str]:
    """What an inflected word may be a form of."""
    forms = [word]
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            forms.append(word.removesuffix(ending) + instead)
    return forms + [form[:-1] for form in forms if len(form) > 3 and form[-1] == form[-2]]
