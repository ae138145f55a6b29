import pytest

from sayso.tasks.text.names import normal, person_words, slug


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Ada Quill", "ada-quill"),
        ("Bo O'Lind", "bo-olind"),
        ("O’Brien", "obrien"),
        ("Ahmad al-Sharaa’s", "ahmad-al-sharaas"),
        ("José Núñez", "jose-nunez"),
        ("J. R. Quill, Jr.", "j-r-quill-jr"),
        ("AT&T", "at-t"),
        ("Quill & Lind", "quill-lind"),
        ("Yahoo!", "yahoo"),
        ("1,000 Islands", "1-000-islands"),
        ("R&amp;D", "r-amp-d"),
        ("#tollfree", "tollfree"),
        ("toll + tax", "toll-tax"),
        ("toll+tax", "toll-tax"),
        ("Bo “Buzz” Lind", "bo-buzz-lind"),
        ("Quay™", "quaytm"),
        ("x" * 300, "x" * 300),
    ],
)
def test_names_in_ids(name, part):
    assert slug(name) == part


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Łukasz Łoś", "lukasz-los"),
        ("Jürgen Großmüller", "jurgen-grossmuller"),
        ("Søren Ærø", "soren-aero"),
        ("Đorđe Þór", "dorde-thor"),
        ("Закон о мостах (2020)", "zakon-o-mostakh-2020"),
        ("Закон о паромах (2020)", "zakon-o-paromakh-2020"),
        ("Ελένη", "elene"),
        ("北京", "bei-jing"),
        ("김 정은", "gim-jeongeun"),
        ("Quill—Lind", "quilllind"),
    ],
)
def test_letters_that_no_accent_explains_are_spelled_out(name, part):
    assert slug(name) == part


def test_a_sign_that_ends_a_word_is_spelled_out():
    names = ("C", "C+", "C++", "C#", "Plan B", "Plan B+", "C++ (language)")
    assert [slug(n) for n in names] == [
        "c",
        "c-plus",
        "c-plus-plus",
        "c-sharp",
        "plan-b",
        "plan-b-plus",
        "c-plus-plus-language",
    ]


def test_signs_alone_still_make_an_id():
    assert slug("☃").startswith("x") and slug("☃") != slug("☂")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Łukasz Łoś", "Lukasz Los", True),
        ("Łukasz Łoś", "Ukasz Os", False),
        ("The U.S.", "us", True),
        ("José Núñez", "JOSE NUNEZ", True),
        ("Bo “Buzz” Lind", "Bo Buzz Lind", True),
        ("Анна Перова", "anna perova", True),
        ("☃", "☂", False),
    ],
)
def test_names_for_comparison(one, other, same):
    assert (normal(one) == normal(other)) is same


def test_words_of_a_person():
    assert person_words("Søren al-Lind, Jr.") == ("soren", "al-lind")
