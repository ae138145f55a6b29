"""Questions to a lake: quotes by filters, and SQL."""

from sayso.tasks.questions.quotes import COLUMNS, KINDS, Filters, quotes
from sayso.tasks.questions.sql import query

__all__ = ["COLUMNS", "KINDS", "Filters", "query", "quotes"]
