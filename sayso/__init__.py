"""Sayso: who said what, about whom, and where they stand.

One name for all of it, so that it can stand beside anybody's own `tasks` and `flows`: the folders of the project are
linked into this package, and an installed Sayso holds nothing else.
"""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sayso.api import annotate, lake

__all__ = ["annotate", "lake"]

__version__ = version("sayso")


def __getattr__(name: str) -> Any:
    """`annotate` and `lake`, loaded when they are asked for: importing Sayso costs nothing."""
    if name in __all__:
        from sayso import api

        return getattr(api, name)
    raise AttributeError(f"module 'sayso' has no attribute {name!r}")
