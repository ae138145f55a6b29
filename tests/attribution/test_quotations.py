import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.tasks.articles import Span
from sayso.tasks.attribution.quotations import find_quotations, quoted_share


@pytest.mark.parametrize(
    ("text", "quotations", "closed"),
    [
        ("“Yes,” he said. “No way", ["“Yes,”", "“No way"], [True, False]),
        ('"Yes," he said. "No way."', ['"Yes,"', '"No way."'], [True, True]),
        ('He called it "a mess" and (“bad”).', ['"a mess"', "“bad”"], [True, True]),
        ("“It is ‘fine’ now,” he said", ["“It is ‘fine’ now,”"], [True]),
        ("“She said “no” to me”", ["“She said “no”"], [True]),
        ('A 6" pipe, 5" long', [], []),
        ('"An open paragraph', ['"An open paragraph'], [False]),
        ("„So“ and «so»", ["„So“ and «so»"], [True]),
        ("no marks", [], []),
        ("‘The workers’ huts fell,’ he said. ‘We ran.’", ["‘The workers’ huts fell,’", "‘We ran.’"], [True, True]),
        ("He called them ‘losers’ and it ‘over’.", ["‘losers’", "‘over’"], [True, True]),
        ("'It isn't ours,' Ms O'Neil said.", ["'It isn't ours,'"], [True]),
        ("It's the '90s, and 'em boys' ties don't fit", [], []),
        ("'Tis the season", [], []),
        ("He said: ‘Our boat’s crew came", ["‘Our boat’s crew came"], [False]),
        ("''We won,'' he said", ["''We won,''"], [True]),
        ('"He is 5\'9" on a good day," she said', ['"He is 5\'9" on a good day,"'], [True]),
    ],
)
def test_quotations(text, quotations, closed):
    found = find_quotations(text)
    assert [text[slice(*q.span)] for q in found] == quotations
    assert [q.closed for q in found] == closed


def test_share_of_letters_inside():
    text = "He said “no” twice"
    assert quoted_share(text, [Span(8, 12)], [Span(8, 12)]) == 1.0
    assert 0 < quoted_share(text, [Span(3, 18)], [Span(8, 12)]) < 1
    assert quoted_share(text, [Span(13, 18)], [Span(8, 12)]) == 0.0


@given(st.text(alphabet="ab “”\"'«».\n", max_size=80))
def test_any_marks_give_ordered_quotations(text):
    found = find_quotations(text)
    assert all(0 <= q.span.start < q.span.end <= len(text) for q in found)
    assert all(a.span.end <= b.span.start for a, b in zip(found, found[1:], strict=False))
