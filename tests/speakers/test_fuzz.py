"""Whatever the text, the names and the statements are: the resolver answers, and its answer holds together."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.tasks.articles import Article, Span, Statement
from sayso.tasks.reading.layout import paragraphs_of, read_layout
from sayso.tasks.speakers import Name, Ranker, load_weights, resolve

PIECES = (
    "Ada Quill ", "Quill ", "Mr. Quill ", "Bo Quill ", "he ", "She ", "they ", "who ", "I ", "you ", "both ", "said ", "“", "”", ". ", ", ",
    "the senator ", "The report ", "a poll by ", "his campaign ", "the two men ", "Harbor Office ", "HO ", "\n\n", "’s ", "(R-Fla.) ", "北京 ",
    "\u200b", "\u202e", "A", "of ", "and ", "said so",
)  # fmt: skip


@st.composite
def articles(draw):
    text = "".join(draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=40)))
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted).map(lambda p: Span(*p))
    whole = spans.filter(lambda s: s.end > s.start)
    if len(text) < 2:
        return text, [], []
    names = [
        Name(*span, draw(st.sampled_from(["person", "organization", "place", "group"])))
        for span in sorted(set(draw(st.lists(whole, max_size=6))))
    ]
    statements = []
    for i in range(draw(st.integers(0, 5))):
        source, cue = draw(st.none() | spans), draw(st.none() | whole)
        before = draw(st.none() | st.integers(0, i - 1)) if i else None
        kind = draw(st.sampled_from(["direct", "indirect", "mixed"]))
        statements.append(Statement((draw(whole),), cue, source, kind, 0.9, before))
    return text, names, sorted(statements, key=lambda s: s.content[0])


@settings(max_examples=300, deadline=None)
@given(articles())
def test_an_answer_for_everything(case):
    text, names, statements = case
    statements = [s if s.continues is None or s.continues < i else Statement(s.content, s.cue, s.source, s.kind, 0.9)
                  for i, s in enumerate(statements)]  # fmt: skip
    layout = read_layout(text)
    article = Article("a1", "u", "0", layout.title, text, paragraphs_of(layout))
    result = resolve(article, statements, names, Ranker(load_weights(), 0.2))
    assert len(result.speaker_ids) == len(statements)
    speakers = {s.speaker_id: s for s in result.speakers}
    assert set(result.speaker_ids) == set(speakers)
    known = {e.entity_id for e in result.entities} | set(speakers)
    ends = 0
    for mention in result.mentions:
        assert ends <= mention.span.start < mention.span.end <= len(text)
        ends = mention.span.end
        if mention.entity_id.count(":") == 1:
            assert mention.entity_id in known
