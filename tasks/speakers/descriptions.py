"""Job title and affiliation of a person as an article states them."""

import re

from sayso.tasks.text.english.lexicon import HONORIFICS, ROLES, TITLES

_MODIFIERS = frozenset(
    """former ex then acting interim senior junior deputy assistant associate vice
    chief retired longtime veteran""".split()
)
_KEEP_WHOLE = re.compile(
    r"\b(?:secretary|minister|chief|head|speaker|leader|chancellor|attorney|member) of (?:the )?"
    r"(?:state|staff|defen[sc]e|health|finance|police|house|opposition|exchequer|parliament|congress|education"
    r"|transport|justice|agriculture|foreign affairs)\b",
    re.IGNORECASE,
)
_AFTER_NAME = re.compile(
    r"(?: \([^)]{1,20}\))?, (?:who (?:is|was|serves as|served as|works as) )?([^,.;:—–\"“”\n()]{3,150})"
)
_PREPOSITION = re.compile(r"\s+(?:at|for|of|with|from|in)\s+(?=(?:the\s+|The\s+)?[A-Z])")


def is_role(phrase: str) -> bool:
    """Whether a noun phrase says what somebody is: its head, before any preposition, is a role."""
    head = re.split(r"\s+(?:at|for|of|with|from|in|on|to|and|who|whose)\s+", phrase, maxsplit=1)[0]
    words = re.findall(r"[\w-]+", head.lower())
    return bool(words) and (words[-1] in ROLES or words[-1].split("-")[-1] in ROLES)


def split_description(phrase: str) -> tuple[str | None, str | None]:
    """(job title, affiliation) of "a senior fellow at the Institute"; either may be None."""
    phrase = re.sub(
        r"^(?:an?|the|one of the|one|his|her|its|their)\s+", "", " ".join(phrase.split()).strip(" ,"), flags=re.I
    )
    if not phrase or not is_role(phrase):
        return None, None
    whole = _KEEP_WHOLE.search(phrase)
    match = _PREPOSITION.search(phrase, whole.end() if whole else 0)
    if match is None:
        return phrase, None
    affiliation = re.sub(r"^the\s+", "", phrase[match.end() :], flags=re.I)
    affiliation = re.split(r"\s+(?:who|which|that|said|told|says)\b", affiliation)[0]
    return phrase[: match.start()], affiliation.strip(" .’'") or None


def after_name(text: str, end: int) -> tuple[str | None, str | None]:
    """Title and affiliation in the apposition that follows a name ending at `end`."""
    match = _AFTER_NAME.match(text, end)
    return split_description(match[1]) if match else (None, None)


_BEFORE_COMMA = re.compile(r"(?:^|[.;:“\"]\s+|\n)((?:[Tt]he|[Ii]ts|[Hh]is|[Hh]er|[Tt]heir) [^.,;:\n]{3,80}), $")


def apposed_before(text: str, start: int) -> tuple[str | None, str | None]:
    """Title and affiliation in "The board's chairwoman, NAME"."""
    match = _BEFORE_COMMA.search(text[max(0, start - 120) : start])
    if not match:
        return None, None
    job, affiliation = split_description(match[1])
    owner = re.match(r"(.+?)[’']s? (.+)", job or "")
    return (owner[2], affiliation or owner[1]) if owner else (job, affiliation)


def before_name(text: str, start: int) -> str | None:
    """The title printed right before a name that starts at `start`: "former Maryland Gov."."""
    line = text[max(0, start - 90) : start].rsplit("\n", 1)[-1]
    line = (
        re.split(r"(?<=[a-z][.!?])[\"”’]*\s+(?=[A-Z])|[,;:(—–\"“”]\s*", line)[-1]
        if not _is_title_end(line)
        else re.split(r"[,;:(—–\"“”]\s*", line)[-1]
    )
    words = line.split()
    if not words or line[-1:] != " " or words[-1].strip(".").lower() not in ROLES | {"former"}:
        return None
    if words[-1].strip(".").lower() in HONORIFICS:
        return None
    kept: list[str] = []
    for word in reversed(words):
        plain = word.strip(".").lower()
        if word.endswith(("’s", "'s")) and word[0].islower():
            break
        if not (word[0].isupper() or plain in ROLES or plain in _MODIFIERS) or plain in ("the", "a", "an", "by", "and"):
            break
        kept.insert(0, word)
    return " ".join(kept) or None


def _is_title_end(line: str) -> bool:
    words = line.split()
    return bool(words) and words[-1].endswith(".") and words[-1].strip(".").lower() in TITLES | HONORIFICS
