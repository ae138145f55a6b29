"""Normal forms of names: for ids, and for comparison."""

import hashlib
import re
import unicodedata
from functools import lru_cache

from sayso.tasks.text.english.lexicon import SUFFIXES


def slug(name: str) -> str:
    """A name as part of an id: ASCII letters and digits in lower case, hyphens between."""
    folded = unicodedata.normalize("NFKD", name.replace("’", "").replace("'", ""))
    folded = folded.encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")
    return plain or "x" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:12]


def own_id(article_id: str, entity_id: str) -> str:
    """The id that a group has where it speaks, of one article alone: "group:ARTICLE:voters" of "group:voters"."""
    kind, _, name = entity_id.partition(":")
    return f"{kind}:{article_id}:{name}"


@lru_cache(maxsize=65536)
def normal(name: str) -> str:
    """A name for comparison: case, points, hyphens, accents and a leading article do not count."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower() or name.lower()
    return re.sub(r"^the ", "", re.sub(r"\s+", " ", re.sub(r"[.’']", "", folded).replace("-", " ")).strip())


@lru_cache(maxsize=65536)
def person_words(name: str) -> tuple[str, ...]:
    """Comparable words of a person's name, suffixes left out, "al-Sharaa" one word."""
    words = [w for w in normal(re.sub(r"(?i)\b(al|el)-", r"\1_", name)).split() if w.strip(",") not in SUFFIXES]
    return tuple(w.strip(",").replace("_", "-") for w in words)
