"""Who speaks, who is named: `resolve(article, statements, names)`; names come from `NameFinder`."""

from sayso.tasks.speakers.names import Name, NameFinder, names_info
from sayso.tasks.speakers.ranker import Ranker, load_weights, ranker_info
from sayso.tasks.speakers.resolver import resolve

__all__ = ["VERSION", "Name", "NameFinder", "Ranker", "load_weights", "names_info", "ranker_info", "resolve"]

VERSION = 6  # raise it when the same statements and names would give other speakers or mentions
