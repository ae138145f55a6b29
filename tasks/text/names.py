"""Normal forms of names: for ids, and for comparison."""

import hashlib
import re
import unicodedata
from functools import lru_cache

from text_unidecode import unidecode

from sayso.tasks.text.english.lexicon import SUFFIXES

_SIGNS = {"+": " plus", "#": " sharp"}  # at the end of a word they tell names apart: "C++", "C#"


@lru_cache(maxsize=65536)
def in_ascii(text: str) -> str:
    """Accents dropped, other letters and digits transliterated ("Łoś" is "Los"), other signs beyond ASCII left out."""
    return text if text.isascii() else "".join(map(_ascii, unicodedata.normalize("NFKC", text)))


def _ascii(char: str) -> str:
    if plain := unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode():
        return plain
    return re.sub(r"[^A-Za-z0-9 ]", "", unidecode(char)) if unicodedata.category(char)[0] in "LMN" else ""


def slug(name: str) -> str:
    """A name as part of an id: ASCII letters and digits in lower case, hyphens between; "C++" is "c-plus-plus"."""
    folded = in_ascii(name.replace("’", "").replace("'", "")).lower()
    folded = re.sub(r"(?<=[a-z0-9])[+#]+(?![a-z0-9])", lambda m: "".join(_SIGNS[s] for s in m[0]), folded)
    plain = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")
    return plain or "x" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:12]


def own_id(article_id: str, entity_id: str) -> str:
    """The id that a group has where it speaks, of one article alone: "group:ARTICLE:voters" of "group:voters"."""
    kind, _, name = entity_id.partition(":")
    return f"{kind}:{article_id}:{name}"


@lru_cache(maxsize=65536)
def normal(name: str) -> str:
    """A name for comparison: case, points, hyphens, accents, script and a leading article do not count."""
    folded = in_ascii(name).lower() or name.lower()
    return re.sub(r"^the ", "", re.sub(r"\s+", " ", re.sub(r"[.’']", "", folded).replace("-", " ")).strip())


@lru_cache(maxsize=65536)
def person_words(name: str) -> tuple[str, ...]:
    """Comparable words of a person's name, suffixes left out, "al-Sharaa" one word."""
    words = [w for w in normal(re.sub(r"(?i)\b(al|el)-", r"\1_", name)).split() if w.strip(",") not in SUFFIXES]
    return tuple(w.strip(",").replace("_", "-") for w in words)
