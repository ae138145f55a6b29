import pytest

from sayso.tasks.articles import Span
from sayso.tasks.attribution.factuality import factuality, says_nothing


def _span(text, words):
    return Span(text.index(words), text.index(words) + len(words))


@pytest.mark.parametrize(
    ("text", "source", "cue", "content", "expected"),
    [
        ("Ana Roe said the pier was safe.", "Ana Roe", "said", "the pier was safe", "asserted"),
        ("Ana Roe denied that the pier was safe.", "Ana Roe", "denied", "that the pier was safe", "asserted"),
        ("Ana Roe said it was not safe.", "Ana Roe", "said", "it was not safe", "asserted"),
        ("Ana Roe not only said it was safe.", "Ana Roe", "said", "it was safe", "asserted"),
        ("Ana Roe did not say if it was safe.", "Ana Roe", "say", "if it was safe", "negated"),
        ("Ana Roe never said it was safe.", "Ana Roe", "said", "it was safe", "negated"),
        ("Ana Roe has yet to say that it is safe.", "Ana Roe", "say", "that it is safe", "negated"),
        ("Ana Roe declined to say why.", "Ana Roe", "declined", "to say why", "negated"),
        ("Nobody said it was safe.", "Nobody", "said", "it was safe", "negated"),
        ("Ana Roe is expected to say it is safe.", "Ana Roe", "is expected", "to say it is safe", "possible"),
        ("Critics might argue it is safe.", "Critics", "argue", "it is safe", "possible"),
        ("Will Ana Roe say it is safe?", "Ana Roe", "say", "it is safe", "possible"),
    ],
)
def test_factuality_is_that_of_the_saying(text, source, cue, content, expected):
    spans = [_span(text, content)]
    assert factuality(text, Span(0, len(text)), spans, _span(text, cue), _span(text, source)) == expected


def test_an_act_of_speech_that_did_not_happen_has_no_content():
    text = "Ana Roe declined to comment."
    assert says_nothing(text, [_span(text, "to comment")], _span(text, "declined"))
    text = "Ana Roe declined to say whether the pier was safe."
    assert not says_nothing(text, [_span(text, "to say whether the pier was safe")], _span(text, "declined"))
