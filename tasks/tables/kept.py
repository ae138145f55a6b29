"""Analyses as they are kept in the lake, for runs that change only some stages; and sketches of texts."""

import dataclasses
import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from pydantic import TypeAdapter, ValidationError

from sayso.tasks.articles import Analysis

if TYPE_CHECKING:
    from datasketch import LeanMinHash

SHINGLE = 5  # words
PERMUTATIONS = 128
_SEED, _SCHEME = 1, "affine32"


@cache
def _adapter() -> TypeAdapter[Analysis]:
    return TypeAdapter(Analysis)


def kept(analysis: Analysis) -> str:
    """An analysis as JSON, without its text, which the table articles has."""
    bare = dataclasses.replace(analysis, article=dataclasses.replace(analysis.article, text=""))
    return _adapter().dump_json(bare).decode()


def restored(json: str, text: str) -> Analysis | None:
    """The analysis of `kept`; None where another version kept it in a form that this one does not know."""
    try:
        analysis = _adapter().validate_json(json)
    except ValidationError:
        return None
    return dataclasses.replace(analysis, article=dataclasses.replace(analysis.article, text=text))


def sketch(text: str) -> bytes:
    """MinHash (Broder 1997) of a text's word 5-grams: 128 numbers of 32 bits."""
    from datasketch import MinHash  # a third of a second to import

    words = re.findall(r"\w+", text.lower())
    shingles = {" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))}
    made = MinHash(num_perm=PERMUTATIONS, seed=_SEED, scheme=_SCHEME)
    made.update_batch([s.encode() for s in shingles])
    return np.asarray(made.hashvalues, "<u4").tobytes()


def opened(sketch: bytes) -> "LeanMinHash":
    """A sketch as datasketch wants it."""
    from datasketch import LeanMinHash

    return LeanMinHash(seed=_SEED, scheme=_SCHEME, hashvalues=np.frombuffer(sketch, dtype="<u4"))
