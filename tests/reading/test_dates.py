import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.tasks.articles import UsageError
from sayso.tasks.reading import find_sources, read_article
from sayso.tasks.reading.dates import Rules, country_of, filed_under, read_date
from sayso.tasks.settings import Reading, load_settings
from sayso.tasks.zones import zone_named

TEXT = "The warden said that the weir would be closed in June, and that nobody had been asked about it."
BRITISH = Rules.of("auto", "auto", hints=["https://weir.example.co.uk/1"])
AMERICAN = Rules.of("auto", "auto", hints=["https://weir.example/1", "en_US"])


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [20260409, "20260409", 20260409.0, "2026-04-09", date(2026, 4, 9), "9 April 2026", "2026-04-09 00:00:00"]
)
def test_a_day_in_any_dress(value):
    for rules in (Rules(), BRITISH):  # a day has no zone
        dated = read_date(value, rules)
        assert (dated.value, dated.precision, dated.origin, dated.note) == (utc(2026, 4, 9), "day", "stated", None)


@pytest.mark.parametrize("unit", [1, 1e3, 1e6, 1e9])
def test_epochs_in_their_ranges(unit):
    assert read_date(int(1772582400 * unit)).value == utc(2026, 3, 4)
    assert read_date(946684800 * unit).value == utc(2000, 1, 1)
    assert read_date(str(int(1772582400 * unit))).value == utc(2026, 3, 4)


@pytest.mark.parametrize("value", [0, -5, 1, 46121, 202604, 99999999, 1e18 * 50, 10**40, "12345", "1.5"])
def test_numbers_that_are_no_dates_are_told(value):
    dated = read_date(value)
    assert dated.value is None and dated.note


def test_long_numbers_that_are_times():
    assert read_date(202604091230).value == read_date("20260409123000").value == utc(2026, 4, 9, 12, 30)


@pytest.mark.parametrize(
    "value", ["2026", 2026, "yesterday", "two days ago", "soon", "March 4", "0000-00-00", "2026-02-30", [1]]
)
def test_what_gives_no_month_has_no_value_and_a_note(value):
    dated = read_date(value)
    assert dated.value is None and dated.precision is None and dated.origin is None and dated.note


def test_a_month_is_a_month():
    for value in ("April 2026", "2026-04"):
        assert (read_date(value).value, read_date(value).precision) == (utc(2026, 4, 1), "month")


def test_the_order_of_day_and_month_is_the_country_s():
    assert read_date("04/03/2026", BRITISH).value == utc(2026, 3, 4)
    assert read_date("04/03/2026", AMERICAN).value == utc(2026, 4, 3)
    assert "date_order" in read_date("04/03/2026").note and read_date("04/03/2026").value is None
    for rules in (BRITISH, AMERICAN, Rules()):
        assert read_date("13/03/2026", rules).value == read_date("03/13/2026", rules).value == utc(2026, 3, 13)
        assert read_date("05/05/2026", rules).value == utc(2026, 5, 5)
        assert read_date("2026/03/04", rules).value == utc(2026, 3, 4)
    assert read_date("04/03/2026", Rules.of("MDY", "auto", hints=["https://weir.example.co.uk"])).value == utc(
        2026, 4, 3
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-04-30 23:30 AEST", utc(2026, 4, 30, 13, 30)),
        ("2026-04-30 23:30 CET", utc(2026, 4, 30, 22, 30)),
        ("2026-04-30 23:30 CEST", utc(2026, 4, 30, 21, 30)),
        ("January 4, 2026 10:00 pm ET", utc(2026, 1, 5, 3)),
        ("June 4, 2026 10:00 pm ET", utc(2026, 6, 5, 2)),
        ("Wed, 04 Mar 2026 10:00:00 GMT", utc(2026, 3, 4, 10)),
        ("Wed Mar 04 2026 10:00:00 GMT+0100 (CET)", utc(2026, 3, 4, 9)),
        ("2026-04-30T23:30:00+10:00", utc(2026, 4, 30, 13, 30)),
    ],
)
def test_named_zones(text, expected):
    for rules in (Rules(), BRITISH):
        assert (read_date(text, rules).value, read_date(text, rules).precision) == (expected, "time")


def test_an_unknown_zone_is_not_utc():
    assert read_date("2026-04-30 23:30 XYZT").value is None


def test_a_time_without_a_zone_is_the_outlet_s():
    assert read_date("2026-07-01 00:30", BRITISH).value == utc(2026, 6, 30, 23, 30)
    assert read_date("2026-07-01 00:30", AMERICAN).value == utc(2026, 7, 1, 0, 30)  # of many zones: UTC
    assert read_date("2026-07-01 12:00", Rules.of("auto", "+05:30")).value == utc(2026, 7, 1, 6, 30)
    assert read_date("2026-07-01 12:00", Rules.of("auto", "Asia/Tokyo")).value == utc(2026, 7, 1, 3)


@pytest.mark.parametrize(
    ("hint", "country"),
    [
        ("https://weir.example.co.uk/a", "GB"), ("https://weir.example.com.au", "AU"), ("en-IE", "IE"), ("en_GB", "GB"),
        ("https://weir.example.com", None), ("https://weir.example.io", None), ("file:///a.uk/b", None), ("en", None), (None, None),
        ("https://[bad", None), ("", None),
    ],
)  # fmt: skip
def test_countries(hint, country):
    assert country_of(hint) == country


@given(st.text(max_size=60) | st.integers() | st.floats() | st.booleans() | st.dates() | st.lists(st.integers()))
def test_anything_has_a_date_or_none(value):
    for rules in (BRITISH, Rules()):
        dated = read_date(value, rules)
        assert (dated.value is None) == (dated.precision is None) == (dated.origin is None)
        assert dated.value is None or (dated.value.tzinfo is UTC and 1600 <= dated.value.year <= 2200)


@given(st.datetimes(datetime(1700, 1, 1), datetime(2190, 1, 1)))
def test_iso_times_come_back(moment):
    assert read_date(moment.isoformat()).value == moment.replace(tzinfo=UTC)
    assert read_date(moment.strftime("%Y%m%d").zfill(8)).value.date() == moment.date()


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("file:///data/raw/2026/11/04/a.txt", utc(2026, 11, 4)),
        ("https://weir.example/2026-11-04-weir?to=2020-01-01", utc(2026, 11, 4)),
        ("file:///backup-20200101/wire/20261104.txt", utc(2026, 11, 4)),
        ("file:///data/2026/11/a.txt", None),
        ("file:///data/2026/02/30/a.txt", None),
        ("file:///data/120261104.txt", None),
        ("https://weir.example/2026/11-04/", None),
    ],
)
def test_dates_of_places(place, expected):
    assert filed_under(place).value == expected
    assert filed_under(place).origin == ("filed" if expected else None)


def articles(folder, settings=Reading()):  # noqa: B008
    return [read_article(s, settings) for s in find_sources([str(folder)], 1_000_000)]


def test_where_a_date_comes_from(tmp_path):
    (tmp_path / "2026-03-04").mkdir()
    (tmp_path / "2026-03-04" / "a.txt").write_text(TEXT)
    (tmp_path / "2026-03-04" / "b.txt").write_text(f"A Weir Is Closed\n\nMay 9, 2026\n\n{TEXT}")
    (tmp_path / "c.txt").write_text(TEXT)
    found = [(a.published_at, a.published_from) for a in articles(tmp_path)]
    assert found == [(None, None), (utc(2026, 3, 4), "filed"), (utc(2026, 5, 9), "stated")]


def test_the_outlet_s_url_tells_how_a_record_writes_dates(tmp_path):
    urls = ["https://weir.example.co.uk/1", "https://weir.example.us/1", "https://weir.example.com/1"]
    rows = [{"url": url, "text": TEXT, "published_at": "04/03/2026"} for url in urls]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    british, american, unknown = articles(tmp_path)
    assert (british.published_at, american.published_at) == (utc(2026, 3, 4), utc(2026, 4, 3))
    assert unknown.published_at is None and "04/03/2026" in unknown.published_note
    assert articles(tmp_path, Reading(date_order="MDY"))[2].published_at == utc(2026, 4, 3)


def test_what_cannot_be_read_is_told(tmp_path):
    rows = [
        {"id": i, "text": f"{TEXT} {i}", "published_at": when} for i, when in enumerate(["yesterday", 20260409, None])
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    told, good, none = articles(tmp_path)
    assert told.published_at is None and "yesterday" in told.published_note
    assert good.published_at == utc(2026, 4, 9) and good.published_note is None is none.published_note


@pytest.mark.parametrize("line", ['date_order = "DYM"', 'timezone = "Mars/Base"', 'timezone = "+25"'])
def test_settings_that_are_none(tmp_path, line):
    (tmp_path / "s.toml").write_text(f"[reading]\n{line}")
    with pytest.raises(UsageError, match=line.split()[0]):
        load_settings(tmp_path / "s.toml")
    with pytest.raises(ValueError):
        zone_named("DYM")
