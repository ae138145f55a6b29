"""TOML files read into checked dataclasses; what is wrong with one is told in a line."""

import dataclasses
import reprlib
import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from sayso.tasks.articles import UsageError

TABLE = ConfigDict(extra="forbid", str_strip_whitespace=True)  # of a dataclass that stands for a table

# Types of values; strict, so that no bool is a number. (Strict tables would want dataclasses and tuples, not TOML's.)
Text = Annotated[str, StringConstraints(strict=True)]
Name = Annotated[str, StringConstraints(strict=True, min_length=1)]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0)]
Size = Annotated[int, Field(strict=True, ge=1)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]

_ALLOWED = {
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text",
    "tuple_type": "a list of texts",
    "frozen_set_type": "a list of texts",
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
    "string_too_short": "a text that is not blank",
    "too_short": "a list that is not empty",
    "literal_error": "{expected}",
    "value_error": "{error}",
}

T = TypeVar("T")


def load_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        UsageError: it cannot be read or is not TOML.
    """
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error


def read_toml(path: Path, model: type[T]) -> T:
    """The content of a TOML file as a `model`.

    Args:
        model: a pydantic dataclass; its fields are dataclasses, for a [table], or tuples of them, for [[tables]].
            A validator of one value says in its ValueError what the value must be; one of a table says it all.

    Raises:
        UsageError: it cannot be read, is not TOML, or does not fit; the message says where, and what is allowed.
    """
    content = load_toml(path)
    try:
        return TypeAdapter(model).validate_python(content)
    except ValidationError as error:
        told = " ".join(_told(error.errors()[0], model, content).split())
        raise UsageError(f"{path}: {told}") from error


def _told(error: ErrorDetails, model: type, content: dict[str, Any]) -> str:
    kind, loc, context = error["type"], error["loc"], error.get("ctx", {})
    table, keys = _table(loc, content)
    if kind == "unexpected_keyword_argument":
        known = _known(model, loc[:-1])
        if keys:
            return f"{table} has no setting {keys!r}; {known}"
        shapes: dict[type, str] = {dict: "unknown table [{}]", list: "unknown table [[{}]]"}
        shape = shapes.get(type(error["input"]), "{} is in no table")
        return f"{shape.format(loc[0])}; {known}"
    if kind == "missing":
        return f"{table} has no {keys}" if keys else f"there is no [[{loc[0]}]] table"
    if kind == "too_short" and not keys:
        return f"there is no [[{loc[0]}]] table"
    if kind == "tuple_type" and not keys:
        return f"write [[{loc[0]}]], with two brackets"
    if kind == "dataclass_type":
        return f"{table[:-1]}.{keys}] is not a table" if keys else f"{table} is not a table"
    if not keys:
        return f"{table} {context.get('error', error['msg'])}".strip()
    if kind == "literal_error":
        context["expected"] = context["expected"].replace("'", "")
    allowed = _ALLOWED[kind].format(**context) if kind in _ALLOWED else f"otherwise ({error['msg']})"
    return f"{table} {keys} is {_shown(error['input'])}; it must be {allowed}"


def _table(loc: tuple[int | str, ...], content: dict[str, Any]) -> tuple[str, str]:
    """The table that a fault is in, "[run]" or "target 2 (its name)", and the key in it."""
    name, *rest = loc or ("",)
    if rest and isinstance(rest[0], int):
        number, *rest = rest
        entry = content[str(name)][number]
        called = entry.get("name") if isinstance(entry, dict) else None
        table = f"{name} {int(number) + 1}" + (f" ({called})" if isinstance(called, str) and called.strip() else "")
    else:
        inner = content.get(str(name))
        if rest and isinstance(inner, dict) and isinstance(inner.get(str(rest[0])), dict):
            name = f"{name}.{rest.pop(0)}"
        table = f"[{name}]" if name else ""
    return table, " ".join(str(step + 1 if isinstance(step, int) else step) for step in rest)


def _known(model: Any, loc: tuple[int | str, ...]) -> str:
    """What may stand in a table, or at the top of the file."""
    for step in loc:
        model = get_type_hints(model)[step] if isinstance(step, str) else get_args(model)[0]
    names = {f.name: dataclasses.is_dataclass(get_type_hints(model)[f.name]) for f in dataclasses.fields(model)}
    known = [n if loc else f"[{n}]" if single else f"[[{n}]]" for n, single in names.items()]
    return f"there {'are' if len(known) > 1 else 'is'} {', '.join(known)}"


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else reprlib.repr(value)
