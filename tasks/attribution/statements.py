"""From tagged spans to statements: links inside a paragraph, quotations without a cue, quotations over paragraphs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sayso.tasks.articles import Article, Factuality, Paragraph, Span, Statement, StatementKind
from sayso.tasks.attribution.factuality import factuality, says_nothing
from sayso.tasks.attribution.headlines import headline, is_of_somebody, tells_of_speech
from sayso.tasks.attribution.linker import Features, Link, Linker, evidence
from sayso.tasks.attribution.patterns import Attributed, answers, signed_quotations, turns
from sayso.tasks.attribution.quotations import Quotation, find_quotations, overlapping, quoted_share
from sayso.tasks.attribution.tags import Span as Tagged
from sayso.tasks.text.english.captions import credits_in
from sayso.tasks.text.english.sentences import sentences_around

MIN_QUOTED_WORDS = 4
MAX_CAPTION = 300  # code points
MIN_TITLE_WORDS = 2  # words of four letters and more, all of them in capitals: the title of a work
# A content of nothing but these is a slip of the tagger.
_NO_CONTENT = frozenset("a an and at by for in of on or the to with".split())
_WORD = re.compile(r"\w+(?:[’'-]\w+)*")
_POINTING = frozenset("it so that this these those".split())  # contents that are what was quoted before
_ITEM = re.compile(r"(?:[•‣◦▪●*·–-]|\d{1,2}[.)])\s+(?=\S)")


@dataclass(slots=True, eq=False)
class Draft:
    """A statement in the making; spans in code points of the article."""

    content: list[Span]
    cue: Span | None = None
    source: Span | None = None
    evidence: Features = field(default_factory=dict)
    continues: "Draft | None" = None


def statements_of(article: Article, tagged: Mapping[int, Sequence[Tagged]], linker: Linker) -> tuple[Statement, ...]:
    """Statements of one article.

    Args:
        tagged: for each paragraph its spans, in code points of the paragraph.
    """
    drafts: list[Draft] = []
    quotations: dict[int, list[Quotation]] = {}
    left_open: Draft | None = None  # what the paragraph before left to go on: "He said:", or a quotation not closed
    last: Draft | None = None  # the latest statement of the paragraph before
    texts = [article.text[p.start : p.end] for p in article.paragraphs]
    speakers = _last_words(article, tagged)
    for paragraph, turn, answer in zip(article.paragraphs, turns(texts), answers(texts), strict=True):
        if article.is_boilerplate(paragraph.start):
            continue
        text = article.text[paragraph.start : paragraph.end]
        found = find_quotations(text)
        marks = quotations[paragraph.index] = [_shift(q, paragraph.start) for q in found]
        in_title = paragraph.role == "title"
        patterns = signed_quotations(text, found) + ([turn] if turn else [])
        if in_title and not patterns:
            patterns = headline(text, found, speakers)
        spans = [
            t for t in tagged[paragraph.index] if not any(p.extent.overlaps(Span(t.start, t.end)) for p in patterns)
        ]
        links, loose = linker.link(text, spans, found)
        linked = [_draft(link, paragraph.start) for link in links]
        here = [d for d in linked if _says_something(d, article.text)]
        if in_title:
            here = [d for d in here if d.cue and tells_of_speech(article.text, d.cue, d.content, marks)]
        here += [_attributed(p, paragraph.start) for p in patterns]
        for draft in here:
            draft.content = _snap([_whole_words(k, article.text) for k in draft.content], marks, article.text)
        if in_title and not here and is_of_somebody(text, found):
            here = [Draft([Span(paragraph.start, paragraph.end)], evidence={"no cue": 1.0})]
        if answer and not here:
            here = [Draft([Span(paragraph.start, paragraph.end)], evidence={"layout": 1.0})]
        if not in_title:
            here = _claimed(drafts, here, paragraph.start, article.text)
            rest, went_on = _continue(_uncovered(article.text, marks, here), paragraph, article.text, left_open, here)
            if went_on is not None and went_on not in drafts:
                drafts.append(went_on)
            loose_spans = [_move(k, paragraph.start) for k in loose]
            for quotation in rest:
                here += _cueless(quotation, here, last, article.text, loose_spans)
            present = here + ([went_on] if went_on else [])
            if present or not (paragraph.role == "heading" or _is_caption(text)):
                last = max(present, key=lambda d: d.content[-1].end, default=None)
                if went_on is None or not _ITEM.match(text):  # after an item of a list may come another
                    left_open = _left_open(text, linked, present, marks)
        drafts += here
    return _finish(article, drafts, quotations, linker)


def _claimed(drafts: list[Draft], here: list[Draft], start: int, text: str) -> list[Draft]:
    """The statements of a paragraph but for the one ("Quill said that") that claims the quotation right before it."""
    before = drafts[-1] if drafts else None
    if before is None or before.cue is not None or re.search(r"\w", text[before.content[-1].end : start]):
        return here
    for draft in here:
        words = {word.lower() for span in draft.content for word in _WORD.findall(text[slice(*span)])}
        if draft.source and words <= _POINTING:
            before.cue, before.source, before.evidence, before.continues = draft.cue, draft.source, draft.evidence, None
            return [other for other in here if other is not draft]
    return here


def _last_words(article: Article, tagged: Mapping[int, Sequence[Tagged]]) -> set[str]:
    """The last word of each source in the body, in lower case."""
    sources = [
        article.text[p.start + t.start : p.start + t.end]
        for p in article.paragraphs
        if p.role == "body"
        for t in tagged[p.index]
        if t.kind == "source"
    ]
    words = [_WORD.findall(source.split(",")[0]) for source in sources]
    return {found[-1].lower() for found in words if found}


def _is_caption(text: str) -> bool:
    return bool(credits_in(text)) and len(text) <= MAX_CAPTION


def _whole_words(span: Span, text: str) -> Span:
    """The span with the rest of a word that it cuts."""
    start, end = span
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return Span(start, end)


def _says_something(draft: Draft, text: str) -> bool:
    if says_nothing(text, draft.content, draft.cue):
        return False
    words = {word.lower() for span in draft.content for word in _WORD.findall(text[slice(*span)])}
    return not words <= _NO_CONTENT


def _left_open(text: str, linked: list[Draft], present: list[Draft], marks: list[Quotation]) -> Draft | None:
    """The statement that the next paragraph may go on with: a cue before a colon, or one whose quotation is open."""
    if text.rstrip().endswith(":"):
        waiting = next((d for d in reversed(linked) if not d.content), None)
        return waiting or max(present, key=lambda d: d.content[-1].end, default=None)
    unclosed = next((q for q in marks if not q.closed), None)
    if unclosed is None:
        return None
    return next((d for d in reversed(present) if any(k.overlaps(unclosed.span) for k in d.content)), None)


def _draft(link: Link, shift: int) -> Draft:
    certain = [span.probability for span in [link.cue, link.source, *link.contents] if span is not None]
    return Draft(
        [_move(k, shift) for k in link.contents],
        _move(link.cue, shift),
        _move(link.source, shift) if link.source else None,
        evidence(link.probability * sum(certain) / len(certain)),
    )


def _attributed(found: Attributed, shift: int) -> Draft:
    content, source, cue = (Span(s.start + shift, s.end + shift) for s in found[:3])
    return Draft([content], cue, source, {"layout": 1.0})


def _move(span: Tagged, shift: int) -> Span:
    return Span(span.start + shift, span.end + shift)


def _shift(quotation: Quotation, shift: int) -> Quotation:
    return Quotation(Span(quotation.span.start + shift, quotation.span.end + shift), quotation.closed)


def _snap(content: list[Span], quotations: list[Quotation], text: str) -> list[Span]:
    """Contents that are a quotation but for its edges take its edges; a mark left outside comes in."""
    snapped: list[Span] = []
    for span in content:
        start, end = span
        for q in quotations:
            if not q.span.overlaps(span):
                continue
            if start - q.span.start in (1, 2) and not re.search(r"\w", text[q.span.start : start]):
                start = q.span.start
            if q.closed and q.span.end - end in (1, 2) and not re.search(r"\w", text[end : q.span.end]):
                end = q.span.end
        snapped.append(Span(start, end))
    return snapped


def _uncovered(text: str, quotations: list[Quotation], drafts: list[Draft]) -> list[Quotation]:
    """Quotations of some length that the model left out of every content."""
    rest, contents = [], sorted(k for d in drafts for k in d.content)
    for q in quotations:
        inside = overlapping(contents, q.span)
        covered = sum(min(q.span.end, k.end) - max(q.span.start, k.start) for k in inside)
        if (
            covered < 0.3 * (q.span.end - q.span.start)
            and (len(_WORD.findall(text[slice(*q.inner)])) >= MIN_QUOTED_WORDS or _is_brief(text, q))
            and not _is_work(text[slice(*q.inner)])
        ):
            rest.append(q)
    return rest


def _is_brief(text: str, quotation: Quotation) -> bool:
    """Whether a few words are a sentence of their own behind a colon: Hers was shorter: “Never.”"""
    start, end = quotation.inner
    return text[: start - 1].endswith(": ") and text[start:end].rstrip().endswith((".", "!", "?"))


def _is_work(words: str) -> bool:
    """Whether quoted words read like the title of a work, in capitals throughout."""
    long = [word for word in _WORD.findall(words) if len(word) >= 4]
    return len(long) >= MIN_TITLE_WORDS and all(word[0].isupper() for word in long)


def _continue(
    rest: list[Quotation], paragraph: Paragraph, text: str, left_open: Draft | None, here: list[Draft]
) -> tuple[list[Quotation], Draft | None]:
    """Give a paragraph's leading quotation, or an item of a list, to the statement that the paragraph before left open.

    Returns:
        the quotations still without an owner, and the statement that went on (None if none did).
    """
    if left_open is None:
        return rest, None
    shown = text[paragraph.start : paragraph.end]
    item = _ITEM.match(shown)
    listing = all(_ITEM.search(text[max(0, k.start - 4) : k.start + 1]) for k in left_open.content)
    if item and listing and left_open.cue and not here:
        left_open.content.append(Span(paragraph.start + item.end(), paragraph.end))
        return [], left_open
    if not re.match(r"[\"“«‘'`]", shown):
        return rest, None
    if rest and rest[0].span.start == paragraph.start:
        left_open.content.append(rest[0].span)
        return rest[1:], left_open
    mine = next((d for d in here if d.content[0].start <= paragraph.start + 1), None)
    if mine is not None and mine.source is None:
        mine.continues = left_open
    return rest, None


def _cueless(quotation: Quotation, here: list[Draft], last: Draft | None, text: str, loose: list[Span]) -> list[Draft]:
    """A quotation that no cue claims: more of the statement beside it, or a statement of its own.

    A quotation of its own goes to the speaker of the statement before it in this paragraph, else in the one before.
    """
    before = [d for d in here if d.content[0].start < quotation.span.start]
    owner = max(before, key=lambda d: d.content[-1].end, default=None)
    if owner is not None:
        edge = max(max(k.end for k in owner.content), owner.cue.end if owner.cue else 0)
        gap = text[edge : quotation.span.start]
        if len(_WORD.findall(gap)) <= 3 and text[owner.content[-1].end - 1] in "\"”»’'":
            owner.content.append(quotation.span)
            return []
    alone = not re.search(r"\w", _around(text, quotation))
    claimed = any(quotation.span.overlaps(span) for span in loose)
    if not (alone or claimed):
        return []
    return [Draft([quotation.span], evidence={"no cue": 1.0}, continues=owner or last)]


def _around(text: str, quotation: Quotation) -> str:
    """What shares a sentence with a quotation: the text up to the nearest sentence end on either side."""
    start, end = quotation.span
    left = text[max(0, start - 200) : start]
    cut = [m.end() for m in re.finditer(r"[.!?:][\"”’)]*\s|\n", left)]
    left = left[cut[-1] :] if cut else left
    inside_end = re.search(r"[.!?…—][\"”’]*$", text[start:end])
    right = "" if inside_end else re.split(r"[.!?]|\n", text[end : end + 200])[0]
    return left + right


def _finish(
    article: Article, drafts: list[Draft], quotations: Mapping[int, list[Quotation]], linker: Linker
) -> tuple[Statement, ...]:
    marks = [q.span for found in quotations.values() for q in found]
    ordered = sorted((d for d in drafts if d.content), key=lambda d: (min(d.content), d.cue or Span(0, 0)))
    place = {id(draft): i for i, draft in enumerate(ordered)}
    statements = []
    for draft in ordered:
        content = tuple(sorted(set(draft.content)))
        before = draft.continues
        while before is not None and id(before) not in place:
            before = before.continues
        statements.append(
            Statement(
                content=content,
                cue=draft.cue,
                source=draft.source,
                kind=statement_kind(quoted_share(article.text, list(content), marks)),
                confidence=round(linker.confidence(draft.evidence), 4),
                factuality=_factuality(article, draft, content),
                continues=place[id(before)] if before is not None and before is not draft else None,
            )
        )
    return tuple(statements)


def _factuality(article: Article, draft: Draft, content: Sequence[Span]) -> Factuality:
    if draft.cue is None:
        return "asserted"
    paragraph = article.paragraphs[article.paragraph_at(draft.cue.start)]
    text = article.text[paragraph.start : paragraph.end]
    around = sentences_around(text, draft.cue.start - paragraph.start, draft.cue.end - paragraph.start)
    sentence = Span(*(at + paragraph.start for at in around))
    return factuality(article.text, sentence, content, draft.cue, draft.source)


def statement_kind(share: float) -> StatementKind:
    """direct, indirect or mixed, by the share of the content that stands inside quotation marks."""
    return "direct" if share >= 0.98 else "mixed" if share > 0 else "indirect"
