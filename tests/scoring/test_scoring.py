from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sayso.tasks.articles import Analysis, Article, ArticleTargets, Resolution, Span, Statement, Target
from sayso.tasks.reading.layout import paragraphs_of, read_layout
from sayso.tasks.runtime.pairs import Pair, Role, crop, mark
from sayso.tasks.scores import SENTIMENTS, STANCES, scores_by
from sayso.tasks.scoring import score
from sayso.tasks.scoring.passages import statement_passage
from sayso.tasks.text.english.sentences import sentence_starts, sentences_around

TEXT = (
    "A Pier Divides a Town\n\n"
    "It rained. Ada Quill said that Bo Lind was a liar. The town council agreed with her on that.\n\n"
    "Read more here."
)


class Echo:
    """A classifier that remembers what it was asked."""

    def __init__(self, labels):
        self.labels, self.asked = labels, []

    def predict(self, pairs):
        self.asked += list(pairs)
        return np.tile(np.array([[0.2, 0.3, 0.5]], dtype=np.float32), (len(pairs), 1))


def analysis() -> Analysis:
    layout = read_layout(TEXT)
    article = Article("a", "u", "0", layout.title, TEXT, paragraphs_of(layout))
    start, end = TEXT.index("that Bo"), TEXT.index(". The")
    source, cue = TEXT.index("Ada"), TEXT.index("said")
    statement = Statement((Span(start, end),), Span(cue, cue + 4), Span(source, source + 9), "indirect", 0.9)
    lind = Target("person:bo-lind", "Bo Lind", "entity", "person", "discovered", (Span(start + 5, start + 12),))
    at = TEXT.index("town council")
    council = Target(
        "organization:town-council", "town council", "entity", "organization", "discovered", (Span(at, at + 12),)
    )
    targets = ArticleTargets((lind, council), ((lind,),), {1: (council,)})
    return Analysis(article, (statement,), Resolution(("person:ada-quill",), (), (), ()), targets)


def scored(*analyses: Analysis, tone: Echo, side: Echo, earlier=((), ())) -> list[Analysis]:
    tones = score(analyses, scores_by("sentiment"), tone, earlier[0])
    sides = score(analyses, scores_by("stance"), side, earlier[1])
    return [replace(a, sentiment=t, stance=s) for a, t, s in zip(analyses, tones, sides, strict=True)]


def echoes() -> dict[str, Echo]:
    return {"tone": Echo(SENTIMENTS), "side": Echo(STANCES)}


def test_every_voice_is_asked_for_and_each_question_once():
    tone, side = echoes().values()
    a, _ = scored(analysis(), analysis(), tone=tone, side=side)
    assert len(tone.asked) == len(set(tone.asked)) and len(side.asked) == len(set(side.asked)) == 2
    paragraph = TEXT.split("\n\n")[1]
    author = "It rained. Ada Quill said . The town council agreed with her on that."
    assert Pair(paragraph) in tone.asked and Pair(author) in tone.asked
    assert Pair("that Bo Lind was a liar") in tone.asked
    sentence = "Ada Quill said that Bo Lind was a liar."
    assert Pair(sentence, "Bo Lind", (20, 27)) in tone.asked
    roles = (Role("source", 0, 9), Role("cue", 10, 14), Role("target", 20, 27))
    assert Pair(sentence, "Bo Lind", (15, 38), roles) in side.asked
    (towards,) = (p for p in tone.asked if p.target == "town council")
    assert towards.text == author and author[slice(*towards.span)] == "town council"
    assert {key: s.label for key, s in a.scores("opinions.stance").items()} == {(0, "person:bo-lind"): "favor"}
    assert list(a.scores("paragraph_opinions.stance")) == [(1, "organization:town-council")]
    assert [*a.scores("paragraphs.sentiment")] == [*a.scores("paragraphs.author_sentiment")] == [(0, None), (1, None)]


def test_no_author_voice_under_five_words():
    a = analysis()
    whole = a.article.paragraphs[1]
    said = Statement((Span(whole.start + 10, whole.end),), None, None, "indirect", 0.9)
    [a] = scored(replace(a, statements=(said,), targets=ArticleTargets((), ((),), {})), **echoes())
    assert [*a.scores("paragraphs.author_sentiment")] == [(0, None)]


def test_sentences():
    text = "Mr. Quill left at 5 p.m. He met Sen. Lind. “No.” It rained? Yes."
    assert [text[s:].split()[0] for s in sentence_starts(text)] == ["Mr.", "He", "“No.”", "It", "Yes."]
    at = text.index("met")
    assert text[slice(*sentences_around(text, at, at + 3))].strip() == "He met Sen. Lind."


def test_marks():
    assert mark(Pair("Bo Lind left", "Bo Lind", (0, 7)), ("[", "]")) == "[ Bo Lind ] left"
    assert mark(Pair("Bo left"), ("[", "]")) == "Bo left"


@given(st.text(alphabet="ab \n", max_size=200), st.integers(0, 200), st.integers(0, 30), st.integers(1, 80))
def test_crops_are_short_and_keep_the_start_of_their_span(text, start, length, limit):
    start = min(start, len(text))
    pair = Pair(text, "t", (start, min(len(text), start + length)))
    cropped = crop(pair, limit)
    assert len(cropped.text) <= limit and cropped.text in text
    low, high = cropped.span
    assert 0 <= low <= high <= len(cropped.text)
    assert cropped.text[low:high] == text[start : start + (high - low)]


def test_the_same_model_is_not_asked_twice():
    [before] = scored(analysis(), **echoes())
    tone, side = echoes().values()
    [after] = scored(analysis(), tone=tone, side=side, earlier=([before], [None]))
    assert not tone.asked and len(side.asked) == 2 and after == before


def test_an_analysis_that_was_never_scored_answers_nothing():
    tone, side = echoes().values()
    scored(analysis(), tone=tone, side=side, earlier=([analysis()], [analysis()]))
    assert tone.asked and side.asked


def test_a_statement_over_two_paragraphs_is_read_where_its_target_stands():
    text = "A Pier Divides a Town\n\nAda Quill said: “The pier is old.\n\n“And Bo Lind knows it.”"
    layout = read_layout(text)
    article = Article("a", "u", "0", layout.title, text, paragraphs_of(layout))
    first, second, lind = text.index("“The"), text.index("“And"), text.index("Bo Lind")
    said = Statement((Span(first, first + 17), Span(second, len(text))), None, None, "direct", 0.9)
    here = statement_passage(article, said, "Bo Lind", Span(lind, lind + 7))
    assert here.text == "“And Bo Lind knows it.”" and here.text[slice(*here.mention)] == "Bo Lind"
    assert statement_passage(article, said, "the pier").text == "Ada Quill said: “The pier is old."
    assert statement_passage(article, said).pair("statement").span == (16, 33)
