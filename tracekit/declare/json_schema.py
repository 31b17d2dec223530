"""Renders declarations as JSON Schema, so that an editor completes and checks what is written."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from tracekit.declare.model import Check, Declared, Family, Key, Named, Partial, declarable, descriptions

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def json_schema(kind: type[Declared], title: str, *, named: bool = False) -> Schema:
    """Returns the JSON Schema of a declaration.

    Args:
        kind: What is declared.
        title: Title of the schema.
        named: Whether a file holds a table of these, by name.

    Returns:
        A schema of draft 2020-12; keys are closed, as they are for the loader. What only the loader can know, such as whether a column
        that is named exists, it does not say.
    """
    definitions: dict[str, Schema] = {}
    root = _declaration(kind, definitions)
    if named:
        root = {"type": "object", "additionalProperties": _reference(kind, definitions)}
    head = {"$schema": _DIALECT, "title": title, "description": _summary(kind)}
    return {**head, **{name: value for name, value in root.items() if name != "description"}, "$defs": dict(sorted(definitions.items()))}


def _summary(kind: type[Declared]) -> str:
    """Returns what a declaration's docstring says before its keys, in one line."""
    return " ".join((kind.__doc__ or "").partition("Attributes:")[0].split())


def _declaration(kind: type[Declared], definitions: dict[str, Schema], *, partial: bool = False) -> Schema:
    keys = declarable(kind)
    texts = descriptions(kind)
    properties = {name: {**_key(key, definitions), **_said(texts.get(name), key.default)} for name, key in keys.items()}
    required = [name for name, key in keys.items() if key.default is msgspec.NODEFAULT and not partial]
    shape: Schema = {"type": "object", "description": _summary(kind), "properties": properties, "additionalProperties": False}
    return {**shape, "required": required} if required else shape


def _said(text: str | None, default: Any) -> Schema:
    """Returns what annotates a key: its description, and its default where it has one that a file could say."""
    said: Schema = {"description": text} if text else {}
    if isinstance(default, str | int | float | bool) and default != "":
        said["default"] = default
    return said


def _reference(kind: type[Declared], definitions: dict[str, Schema], *, partial: bool = False) -> Schema:
    name = f"{kind.__name__}Partial" if partial else kind.__name__
    if name not in definitions:
        # Before what is in it, which may hold the same again.
        definitions[name] = {}
        definitions[name] = _declaration(kind, definitions, partial=partial)
    return {"$ref": f"#/$defs/{name}"}


def _key(key: Key, definitions: dict[str, Schema]) -> Schema:
    if key.inner is None:
        return _type(key.hint)
    if named := key.mark(Named):
        inner = _reference(key.inner, definitions)
        return {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, inner]} if named.short else inner}
    one = _member(key, definitions)
    return {"type": "array", "items": one} if key.is_list else one


def _member(key: Key, definitions: dict[str, Schema]) -> Schema:
    assert key.inner is not None
    family = key.mark(Family)
    if family is None:
        return _reference(key.inner, definitions, partial=bool(key.mark(Partial)))
    return {"oneOf": [_of_family(family, word, definitions) for word in family.kinds()]}


def _of_family(family: Family, word: str, definitions: dict[str, Schema]) -> Schema:
    """Returns the schema of a declaration with the word that tells what it is."""
    kind = family.find(word)
    reference = _reference(kind, definitions)
    shape = definitions[kind.__name__]
    if family.key not in shape["properties"]:
        shape["properties"] = {family.key: {"const": word, "description": shape["description"]}, **shape["properties"]}
        shape["required"] = [family.key, *shape.get("required", [])]
    return reference


def _type(hint: Any) -> Schema:
    """Returns the schema of a value that is no declaration."""
    if get_origin(hint) is Annotated:
        inner, *marks = get_args(hint)
        schema = _type(inner)
        for check in (mark for mark in marks if isinstance(mark, Check)):
            schema |= {"format": check.format} if check.format else {}
            schema |= {"enum": list(check.choices())} if check.choices else {}
        return schema
    origin = get_origin(hint)
    if origin is Literal:
        return {"enum": list(get_args(hint))}
    if origin in (Union, types.UnionType):
        # TOML has no null: what is unknown is left out.
        parts = [_type(part) for part in get_args(hint) if part is not type(None)]
        return parts[0] if len(parts) == 1 else _either(parts)
    if origin is tuple:
        return {"type": "array", "items": _type(get_args(hint)[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _type(get_args(hint)[1])}
    return {"type": _TYPES[hint]} if hint in _TYPES else {}


def _either(parts: list[Schema]) -> Schema:
    words = [part["type"] for part in parts if set(part) == {"type"}]
    return {"type": words} if len(words) == len(parts) else {"anyOf": parts}
