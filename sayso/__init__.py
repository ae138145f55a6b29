"""Sayso: who said what, about whom, and where they stand.

One name for all of it, so that it can stand beside anybody's own `tasks` and `flows`: the folders of the project are
linked into this package, and an installed Sayso holds nothing else.
"""

from importlib.metadata import version

__version__ = version("sayso")
