"""What opinions are about: `load_targets` for the user's own, `find_targets` for an article's."""

from sayso.tasks.targets.configured import ConfiguredTarget, load_targets
from sayso.tasks.targets.finder import find_targets

__all__ = ["VERSION", "ConfiguredTarget", "find_targets", "load_targets"]

VERSION = 3  # raise it when the same article would give other targets
