"""When an article was published: what its makers state, how exactly, and what is only guessed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sayso.tasks.articles import DateOrigin
from sayso.tasks.reading.cleaning import one_line
from sayso.tasks.zones import zone_named

Precision = Literal["time", "day", "month"]
YEARS = range(1600, 2201)

# Ends of hosts that are countries by name only.
_ANYWHERE = frozenset("ai am bz cc cd co fm gg io la ly me nu sh tk to tv vc ws".split())
_CODES = {"uk": "GB"}
_ZONES_OF_STATES = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
_SLASHED = re.compile(r"\b(\d{1,2})([/.-])(\d{1,2})\2\d{4}\b")
# Epochs of 1973 to 2100, in seconds and so on to nanoseconds.
_UNITS = ((1e8, 1), (1e11, 1e3), (1e14, 1e6), (1e17, 1e9))
_COMPACT = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_FILED = re.compile(r"(?<!\d)((?:19|20)\d\d)([/_.-]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True, slots=True)
class Dated:
    """A date of publication.

    Attributes:
        value: in UTC; of a day its midnight, of a month the first. None where there is no date.
        precision: what of the value is known.
        origin: "stated" by the article or its record, "filed" under a date, or "guessed" from what else it says.
        note: what could not be read, in words.
    """

    value: datetime | None = None
    precision: Precision | None = None
    origin: DateOrigin | None = None
    note: str | None = None


UNDATED = Dated()


@dataclass(frozen=True, slots=True)
class Rules:
    """How one outlet writes dates.

    Attributes:
        order: "DMY", "MDY" or "YMD"; None where nobody knows whether 04/03 is in April.
        zone: of times that name none.
        language: ISO 639-1, of the months' names.
    """

    order: str | None = None
    zone: timezone | ZoneInfo = UTC
    language: str = "en"

    @classmethod
    def of(cls, order: str, zone: str, language: str = "en", hints: Iterable[str | None] = ()) -> "Rules":
        """The rules that the settings `date_order`, `timezone` and `language` make.

        Args:
            order, zone: "auto" for what is usual in the outlet's country, where that is known.
            hints: urls of the outlet, or locales ("en-GB", "en_GB"); the first that names a country tells it.

        Raises:
            ValueError: no such zone.
        """
        country = next(filter(None, map(country_of, hints)), None)
        return cls(
            _order_in(country) if order == "auto" else order,
            _zone_in(country) if zone == "auto" else zone_named(zone),
            language,
        )


def country_of(hint: str | None) -> str | None:
    """The country that a web address ("…co.uk" is GB) or locale ("en_GB") names, as ISO 3166 code."""
    import pytz

    if not hint:
        return None
    if "://" in hint:
        try:
            end = (urlsplit(hint).hostname or "").rpartition(".")[2]
        except ValueError:
            return None
        code = "" if end in _ANYWHERE else _CODES.get(end, end.upper())
    else:
        match = re.fullmatch(r"[a-z]{2,3}[-_]([A-Z]{2})\b.*", hint.strip())
        code = match[1] if match else ""
    return code if code in pytz.country_timezones else None


@lru_cache
def _order_in(country: str | None) -> str | None:
    """The order of day, month and year in a country; None where years come first: the rest is in either order there."""
    from babel import Locale, UnknownLocaleError

    for locale in (f"en_{country}", f"und_{country}") if country else ():
        try:
            pattern = Locale.parse(locale).date_formats["short"].pattern.lower()
        except (UnknownLocaleError, ValueError):
            continue
        order = "".join(sorted("dmy", key=pattern.index)).upper()
        return order if order[-1] == "Y" else None
    return None


@lru_cache
def _zone_in(country: str | None) -> timezone | ZoneInfo:
    """The zone of a country whose clocks differ by no more than an hour; else UTC."""
    import pytz

    zones = [ZoneInfo(name) for name in pytz.country_timezones.get(country or "", [])]
    midnights = [datetime(2026, 1, 1, tzinfo=zone) for zone in zones]
    return zones[0] if zones and max(midnights) - min(midnights) <= timedelta(hours=1) else UTC


def read_date(value: Any, rules: Rules = Rules()) -> Dated:
    """A date as its makers state it: text, a number (20260409, or seconds and less since 1970), a date of Python.

    A time without a zone is of the zone of the rules; midnight without a zone is a day. What is not a date, or may be
    two, has no value and a note: a year alone, "yesterday", 04/03/2026 where the order is not known.
    """
    if value is None or isinstance(value, bool) or value != value or value == "":
        return UNDATED
    if hasattr(value, "year") and hasattr(value, "month"):
        return _dated(value if isinstance(value, datetime) else datetime(value.year, value.month, value.day), rules)
    if not isinstance(value, str) and not (isinstance(value, (int, float)) and abs(value) < 1e30):
        return Dated(note="what is given as the date is none")
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    text = re.sub(r"^(-?\d+)\.0+$", r"\1", one_line(str(value)[:200]))
    if not text:
        return UNDATED
    dated = _of_digits(text, rules) if re.fullmatch(r"-?\d+(?:\.\d+)?", text) else _of_text(text, rules)
    return dated if dated.value is not None else Dated(note=f"{text[:60]!r}: {dated.note or 'no date'}")


def _dated(value: datetime, rules: Rules, precision: Precision | None = None) -> Dated:
    if value.year not in YEARS:
        return Dated(note="no year of newspapers")
    if precision in ("day", "month") or (value.tzinfo is None and value.time() == datetime.min.time()):
        return Dated(value.replace(tzinfo=UTC), precision or "day", "stated")
    value = (value.replace(tzinfo=rules.zone) if value.tzinfo is None else value).astimezone(UTC)
    return Dated(value, "time", "stated") if value.year in YEARS else Dated(note="no year of newspapers")


def _of_digits(text: str, rules: Rules) -> Dated:
    if form := _COMPACT.get(len(text)):
        try:
            compact = datetime.strptime(text, form)
        except ValueError:
            compact = None
        if compact and compact.year in YEARS:
            return _dated(compact, rules)
    for least, unit in _UNITS:
        if least <= float(text) < 41 * least:
            return _dated(datetime.fromtimestamp(float(text) / unit, UTC), rules)
    return Dated(note="a year alone" if len(text) == 4 else "a number that is no date")


def _of_text(text: str, rules: Rules) -> Dated:
    if not re.search(r"\d{4}", text):
        return Dated(note="no date with a year")
    try:
        return _dated(datetime.fromisoformat(text), rules)
    except ValueError:
        pass
    order = rules.order
    if slashed := _SLASHED.search(text):
        day, month = int(slashed[1]), int(slashed[3])
        if day > 12 or month > 12:
            order = "DMY" if day > 12 else "MDY"
        elif day == month:
            order = "DMY"
        elif order not in ("DMY", "MDY"):
            return Dated(note="day and month may be either; set [reading] date_order")
    zone = rules.zone
    if (named := re.search(r"\b([ECMP]T)$", text)) and re.search(r"\d:\d\d|\d ?[ap]\.?m", text, re.IGNORECASE):
        text, zone = text[: named.start()], ZoneInfo(_ZONES_OF_STATES[named[1]])
    text = re.sub(r"\s*\([A-Za-z ]+\)$", "", re.sub(r"\b(?:GMT|UTC)(?=[+-]\d)", "", text))  # as JavaScript prints it
    found = _parser(order or "DMY", rules.language).get_date_data(text)
    if found.date_obj is None or found.period not in ("time", "day", "month"):
        return Dated(note="a year alone" if found.period == "year" else "no date that can be read")
    # A zone is an hour's; a day stays the day that it is where it is printed.
    precision = None if found.period == "time" else found.period
    try:
        return _dated(found.date_obj, Rules(rules.order, zone, rules.language), precision)
    except OverflowError:
        return Dated(note="no year of newspapers")


@lru_cache
def _parser(order: str, language: str) -> Any:
    from dateparser.date import DateDataParser  # half a second with its first date

    settings = {
        "DATE_ORDER": order,
        "PARSERS": ["absolute-time"],
        "REQUIRE_PARTS": ["year"],
        "RETURN_TIME_AS_PERIOD": True,
        "PREFER_DAY_OF_MONTH": "first",
        "PREFER_MONTH_OF_YEAR": "first",
    }
    try:
        return DateDataParser(languages=sorted({language, "en"}), settings=settings)
    except ValueError:  # a language that it does not know
        return DateDataParser(languages=["en"], settings=settings)


def filed_under(uri: str) -> Dated:
    """The date in the path of a url or file ("/2026/03/04/", "2026-03-04.txt"): the last that is whole."""
    try:
        path = urlsplit(uri).path
    except ValueError:
        return UNDATED
    for year, _, month, day in reversed(_FILED.findall(path)):
        try:
            return Dated(datetime(int(year), int(month), int(day), tzinfo=UTC), "day", "filed")
        except ValueError:
            continue
    return UNDATED


def first_dated(candidates: Iterable[Dated]) -> Dated:
    """The first that has a value, with the first note of those before it; no more are asked for."""
    note = None
    for dated in candidates:
        note = note or dated.note
        if dated.value is not None:
            return replace(dated, note=note)
    return Dated(note=note)
