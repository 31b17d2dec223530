"""Builds declarations from TOML; every error names file, key and value, and says what to write."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from tracekit.declare.model import Declared, Family, Key, Named, declarable, descriptions, keys_of
from tracekit.errors import DeclarationError, did_you_mean

T = TypeVar("T", bound=Declared)

_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}


def read_toml(text: str, where: str) -> dict[str, Any]:
    """Returns decoded TOML.

    Raises:
        DeclarationError: It is no TOML; names the place.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"{where}: not valid TOML: {error}", "correct the file at the line named") from error


def read_file(path: Path) -> dict[str, Any]:
    """Returns a decoded TOML file.

    Raises:
        DeclarationError: It cannot be read, is not UTF-8 or no TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path}: cannot be read: {error}", "a declaration is a TOML file in UTF-8") from error
    return read_toml(text, str(path))


def build(kind: type[T], body: object, where: str, **held: Any) -> T:
    """Builds a declaration.

    Args:
        kind: What it is.
        body: Decoded TOML.
        where: File and place, for messages.
        held: Values of the keys that no file says.

    Returns:
        The declaration, with those inside it.

    Raises:
        DeclarationError: A key is unknown or missing, a value is of another type or contradicts another; says what to write.
    """
    known = declarable(kind)
    if not isinstance(body, dict):
        raise DeclarationError(f"{where}: expected a table, not {shown(body)}", f"a table of {', '.join(known)}")
    for name in body:
        if name not in known:
            raise DeclarationError(f"{where}: unknown key {name!r}.{did_you_mean(name, list(known))}", f"its keys are {', '.join(known)}")
    plain = {name: value for name, value in body.items() if not known[name].inner}
    try:
        made = msgspec.convert(plain, _plain(kind))
    except msgspec.ValidationError as error:
        raise _explained(error, kind, plain, where) from None
    values = {name: getattr(made, name) for name in plain}
    values |= {name: _inside(known[name], body[name], where) for name in body if known[name].inner}
    if missing := [name for name, key in known.items() if name not in values and key.default is msgspec.NODEFAULT]:
        raise DeclarationError(f"{where}: missing {missing[0]}", f"{missing[0]}: {descriptions(kind).get(missing[0], 'it is needed')}")
    try:
        return kind(**{known[name].attribute: value for name, value in values.items()}, **held)
    except ValueError as error:
        name = re.split(r"[:.]", str(error))[0]
        fix = f"{name}: {descriptions(kind)[name]}" if name in descriptions(kind) else "docs/contributing says what each key means"
        raise DeclarationError(f"{where}: {error}", fix) from None


def build_named(kind: type[T], body: object, where: str, short: str | None = None) -> tuple[T, ...]:
    """Builds the declarations of a TOML table by their names; ``short``: the key that text in place of a table stands for."""
    if not isinstance(body, dict):
        raise DeclarationError(f"{where}: expected a table, not {shown(body)}", f"a table of names: {where.rpartition('.')[2]}.NAME = …")
    return tuple(
        build(kind, {short: spec} if short and isinstance(spec, str) else spec, _within(where, f"[{name}]"), name=name)
        for name, spec in body.items()
    )


def shown(value: object) -> str:
    """Returns a value with what it is, for messages."""
    kinds: dict[type, str] = {str: "text", bool: "", int: "the number", float: "the number", list: "the list", dict: "the table"}
    return f"{kinds.get(type(value), type(value).__name__)} {value!r}"[:200].strip()


def _inside(key: Key, body: object, where: str) -> Any:
    """Builds the declarations that a key holds."""
    assert key.inner is not None
    if named := key.mark(Named):
        return build_named(key.inner, body, _within(where, key.name), named.short)
    if not key.is_list:
        place = _within(where, f"[{key.name}]")
        return build(_member(key, body, place), _without(key, body), place)
    if not isinstance(body, list):
        raise DeclarationError(f"{where}: {key.name}: expected a list of tables, not {shown(body)}", f"write [[{key.name}]] above each")
    places = [_within(where, f"[[{key.name}]] {i}") for i, _ in enumerate(body, 1)]
    return tuple(build(_member(key, one, place), _without(key, one), place) for one, place in zip(body, places, strict=True))


def _within(where: str, part: str) -> str:
    """Returns the place of a part: after the file, or after what it is a part of, which needs no brackets then."""
    return f"{where}.{part.strip('[]')}" if ": " in where else f"{where}: {part}"


def _member(key: Key, body: object, where: str) -> type[Declared]:
    """Returns the declaration that a key holds, of several by the word that tells them apart."""
    assert key.inner is not None
    family = key.mark(Family)
    if family is None:
        return key.inner
    known = family.kinds()
    if not isinstance(body, dict):
        raise DeclarationError(f"{where}: expected a table, not {shown(body)}", f'a table with {family.key} = "{known[0]}"')
    word = body.get(family.key)
    if word is None:
        raise DeclarationError(f"{where}: missing {family.key}", f"one of {', '.join(known)}")
    if word not in known:
        hint = did_you_mean(str(word), known)
        raise DeclarationError(f"{where}: {family.key}: {word!r} is not one of {', '.join(known)}.{hint}", f'{family.key} = "{known[0]}"')
    found: type[Declared] = family.find(word)
    return found


def _without(key: Key, body: object) -> object:
    """Returns a declaration's body without the word that told what it is."""
    family = key.mark(Family)
    return {name: value for name, value in body.items() if name != family.key} if family and isinstance(body, dict) else body


@cache
def _plain(kind: type[Declared]) -> type[msgspec.Struct]:
    """Returns a struct of the keys that hold no declarations, none of which is needed: what is missing is said when all are known."""
    fields = [(key.name, key.hint, msgspec.UNSET) for key in declarable(kind).values() if not key.inner]
    return msgspec.defstruct(kind.__name__, fields, forbid_unknown_fields=True, kw_only=True)


def _explained(error: msgspec.ValidationError, kind: type[Declared], body: dict[str, Any], where: str) -> DeclarationError:
    """Returns what a value of another type is, and what is expected in its place."""
    said, _, path = str(error).partition(" - at `$.")
    name, *rest = re.findall(r"[^.\[\]`]+|\[[^\]]*\]", path)
    value: object = body[name]
    place = name
    for step in rest:
        if step == "[...]" and isinstance(value, dict):
            wanted = _WORDS.get(said.partition("`")[2].partition("`")[0], "")
            inner = next(((k, v) for k, v in value.items() if wanted and _kind_of(v) != wanted), next(iter(value.items())))
            place, value = f"{place}.{inner[0]}", inner[1]
        elif step.startswith("[") and isinstance(value, list):
            value = value[int(step[1:-1])]
    key = keys_of(kind)[name]
    fix = f"{name}: {descriptions(kind).get(name, 'docs/contributing says what it means')}"
    if said.startswith("Invalid enum"):
        choices = [str(choice) for choice in _choices(key.hint)]
        return DeclarationError(f"{where}: {place}: {value!r} is not one of {', '.join(choices)}.{did_you_mean(str(value), choices)}", fix)
    if said.startswith("Expected `"):
        words = [word for word in said.partition("`")[2].partition("`")[0].split(" | ") if word != "null"]
        wanted = " or ".join(_WORDS.get(word, word) for word in words if not (word == "int" and "float" in words))
        if wanted == "a list":
            fix = f"{name} = [{value!r}]; {fix}"
        return DeclarationError(f"{where}: {place}: expected {wanted}, not {shown(value)}", fix)
    return DeclarationError(f"{where}: {place}: {said}", fix)


def _kind_of(value: object) -> str:
    return _WORDS.get({"list": "array", "dict": "object"}.get(type(value).__name__, type(value).__name__), "")


def _choices(hint: Any) -> list[Any]:
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    return [choice for part in get_args(hint) for choice in _choices(part)]
