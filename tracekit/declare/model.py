"""What a declaration is: a frozen struct whose keys have types, and words that a key's type alone does not say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec


@dataclass(frozen=True)
class Check:
    """What a value has to be beyond its type; of a list, each item.

    Attributes:
        wrong: A value → what is wrong with it, in words that follow its name, or None.
        format: The ``format`` that JSON Schema gives to such text, if it has one.
        choices: Returns all that it can be, where that is a list.
    """

    wrong: Callable[[Any], str | None]
    format: str | None = None
    choices: Callable[[], Iterable[str]] | None = None


@dataclass(frozen=True)
class Named:
    """A TOML table of declarations, by name: the struct's ``name`` is the key.

    Attributes:
        short: The struct's key that text alone, in place of a table, stands for; None where a table is needed.
    """

    short: str | None = None


@dataclass(frozen=True)
class Family:
    """Declarations of which one key says what the others are.

    Attributes:
        key: The key.
        kinds: Returns the known words.
        find: A word → its struct.
    """

    key: str
    kinds: Callable[[], list[str]]
    find: Callable[[str], type[Declared]]


@dataclass(frozen=True)
class Partial:
    """A declaration whose keys may all be left out: what it does not say is said elsewhere."""


@dataclass(frozen=True)
class Held:
    """A key that tracekit fills itself: no declaration may say it."""


class Declared(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A declaration. Its keys are closed, and the values of keys with a ``Check`` hold it."""

    def __post_init__(self) -> None:
        for name, attribute, check in _checks(type(self)):
            for place, one in _items(name, getattr(self, attribute)):
                if one is not None and (wrong := check.wrong(one)):
                    raise ValueError(f"{place}: {one!r} {wrong}")
        if wrong := self.contradiction():
            raise ValueError(wrong)

    def contradiction(self) -> str | None:
        """Returns what its keys say against each other, beginning with the key, or None."""
        return None


@dataclass(frozen=True)
class Key:
    """A key of a declaration.

    Attributes:
        name: The key as it is written.
        attribute: The struct's attribute.
        hint: Its type as it is written.
        inner: The declaration that it holds, if it holds any.
        is_list: Whether it holds a list of these.
        marks: What its type does not say: ``Named``, ``Family``, ``Check``, …
        default: Its value where it is left out, or ``msgspec.NODEFAULT``.
    """

    name: str
    attribute: str
    hint: Any
    inner: type[Declared] | None
    is_list: bool
    marks: tuple[Any, ...]
    default: Any

    def mark(self, kind: type[Any]) -> Any:
        """Returns its mark of a class, or None."""
        return next((mark for mark in self.marks if isinstance(mark, kind)), None)


@cache
def keys_of(kind: type[Declared]) -> dict[str, Key]:
    """Returns the keys of a declaration, in order."""
    hints = get_type_hints(kind, include_extras=True)
    keys = {}
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        inner, is_list = _inner(hint)
        default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        keys[field.encode_name] = Key(field.encode_name, field.name, hint, inner, is_list, getattr(hint, "__metadata__", ()), default)
    return keys


@cache
def declarable(kind: type[Declared]) -> dict[str, Key]:
    """Returns the keys that a file may say."""
    return {name: key for name, key in keys_of(kind).items() if not key.mark(Held)}


def _items(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yields the values that a key holds, each with its place."""
    if isinstance(value, dict):
        yield from ((f"{name}.{key}", one) for key, one in value.items())
    else:
        yield from ((name, one) for one in (value if isinstance(value, tuple) else (value,)))


@cache
def _checks(kind: type[Declared]) -> list[tuple[str, str, Check]]:
    return [(key.name, key.attribute, mark) for key in keys_of(kind).values() for mark in _marks(key.hint) if isinstance(mark, Check)]


def _marks(hint: Any) -> list[Any]:
    """Returns the marks of a type and of what it is made of."""
    found = list(getattr(hint, "__metadata__", ()))
    return found + [mark for part in _parts(hint) for mark in _marks(part)]


def _parts(hint: Any) -> tuple[Any, ...]:
    if hasattr(hint, "__metadata__"):
        return (hint.__origin__,)
    is_made_of = get_origin(hint) in (Union, type(int | None), tuple, dict)
    return tuple(part for part in get_args(hint) if part is not Ellipsis) if is_made_of else ()


def _inner(hint: Any) -> tuple[type[Declared] | None, bool]:
    """Returns the declaration that a type holds, and whether as a list."""
    if isinstance(hint, type) and issubclass(hint, Declared):
        return hint, False
    for part in _parts(hint):
        inner, is_list = _inner(part)
        if inner:
            return inner, is_list or get_origin(hint) is tuple
    return None, False


@cache
def descriptions(kind: type[Declared]) -> dict[str, str]:
    """Returns what its docstring says of each key."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        name = None
        for line in (each.__doc__ or "").partition("Attributes:\n")[2].splitlines():
            indent = len(line) - len(line.lstrip())
            if line.strip() and indent <= 4:
                break
            if indent == 8 and ": " in line:
                name, _, text = line.strip().partition(": ")
                found[name] = text
            elif name and line.strip():
                found[name] += " " + line.strip()
    return found
