"""Libraries that only some exports need."""

import importlib
from typing import Any

from sayso.tasks.articles import UsageError


def library(module: str, package: str) -> Any:
    """An optional module; UsageError says what to install where it is missing."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UsageError(f"this needs the package {package}; pip install 'sayso[export]' brings it") from error
