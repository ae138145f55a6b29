import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sayso.tasks.articles import Analysis, Article, Earlier, Resolution, Span, Statement, Target
from sayso.tasks.reading.layout import paragraphs_of, read_layout
from sayso.tasks.runtime.pairs import Pair, crop, mark
from sayso.tasks.scoring import score
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
    return Analysis(
        article, [statement], Resolution(("person:ada-quill",), (), (), ()), [lind, council], [[lind]], {1: [council]}
    )


def test_every_voice_is_asked_for_and_each_question_once():
    a, tone, side = analysis(), Echo(("negative", "neutral", "positive")), Echo(("against", "neutral", "favor"))
    score([a, analysis()], tone, side)
    assert len(tone.asked) == len(set(tone.asked)) and len(side.asked) == len(set(side.asked)) == 2
    paragraph = TEXT.split("\n\n")[1]
    author = "It rained. Ada Quill said . The town council agreed with her on that."
    assert Pair(paragraph) in tone.asked and Pair(author) in tone.asked
    assert Pair("that Bo Lind was a liar") in tone.asked
    sentence = "Ada Quill said that Bo Lind was a liar."
    assert Pair(sentence, "Bo Lind", (20, 27)) in tone.asked
    assert Pair(sentence, "Bo Lind", (15, 38)) in side.asked
    (towards,) = (p for p in tone.asked if p.target == "town council")
    assert towards.text == author and author[slice(*towards.span)] == "town council"
    assert [o.stance.label for o in a.opinions] == ["favor"] and a.opinions[0].target_id == "person:bo-lind"
    assert [(o.unit, o.target_id) for o in a.paragraph_opinions] == [(1, "organization:town-council")]
    assert set(a.paragraph_sentiment) == {0, 1} and set(a.author_sentiment) == {0, 1}


def test_no_author_voice_under_five_words():
    a = analysis()
    whole = a.article.paragraphs[1]
    a.statements[0] = Statement((Span(whole.start + 10, whole.end),), None, None, "indirect", 0.9)
    a.paragraph_targets = {}
    a.statement_targets = [[]]
    score([a], Echo(("negative", "neutral", "positive")), Echo(("against", "neutral", "favor")))
    assert set(a.author_sentiment) == {0}


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


def test_answers_of_other_code_and_models_are_neither_used_nor_looked_at():
    before = analysis()  # never scored: nothing in it fits what would be asked today
    a, tone, side = analysis(), Echo(("negative", "neutral", "positive")), Echo(("against", "neutral", "favor"))
    a.earlier = Earlier(before, frozenset({"reading", "attribution", "speakers", "targets"}))
    score([a], tone, side)
    assert len(a.opinions) == 1 and tone.asked and side.asked


def test_the_same_model_is_not_asked_twice():
    before, labels = analysis(), (("negative", "neutral", "positive"), ("against", "neutral", "favor"))
    score([before], *map(Echo, labels))
    a, tone, side = analysis(), *map(Echo, labels)
    a.earlier = Earlier(before, frozenset({"sentiment"}))
    score([a], tone, side)
    assert not tone.asked and len(side.asked) == 2 and a.opinions == before.opinions
