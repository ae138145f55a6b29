"""Time zones by name."""

import re
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo


def zone_named(name: str) -> timezone | ZoneInfo:
    """A zone by its IANA name ("Europe/London") or offset ("+05:30").

    Raises:
        ValueError: there is none of that name.
    """
    try:
        if match := re.fullmatch(r"(?:UTC|GMT)?([+-])(\d\d?):?(\d\d)?", name):
            away = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
            return timezone(-away if match[1] == "-" else away)
        return ZoneInfo(name)
    except (OSError, LookupError, ValueError) as error:
        raise ValueError("auto, an IANA name such as Europe/London, or an offset such as +01:00") from error
