"""Reads the source folders: source.toml, errata.toml, claims.toml."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from tracekit import assets
from tracekit.errors import DeclarationError, UsageError, did_you_mean
from tracekit.schema.load import FAMILIES, tables
from tracekit.schema.types import TYPES
from tracekit.sources.claims import check_claim
from tracekit.sources.extent import Extent, check_extent
from tracekit.sources.model import Claim, Clock, Download, Erratum, FileKind, Ignored, Licence, Pairing, Privacy, RawColumn, Source

T = TypeVar("T")
_CHOICES = {
    "format": {"csv", "jsonl", "text", "json", "parquet", "arrow", "pickle", "sqlite"},
    "zero": {"source", "first", "epoch"},
    "calendar": {"exact", "weekday_hour", "hour", "day_index", "none"},
    "action": {"flag", "null", "shift", "drop"},
    "redistributable": {"yes", "derived-only", "no"},
    "family": set(FAMILIES),
    "type": {*TYPES, "JSON"},
    "equal_files": {"kept"},
}
_JSON = ("json", "jsonl")
# Types of JSON values that exporters print in two ways.
_QUOTED = ("BIGINT", "DOUBLE", "VARCHAR")
_PATTERNS = ("path", "line", "pattern", "heading", "wide", "on_request")


def build(kind: type[T], body: dict[str, Any], where: str) -> T:
    """Builds a declaration from TOML and refuses unknown or missing keys, words outside a list, broken patterns."""
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(body) - known):
        raise DeclarationError(f"{where}: unknown key {unknown[0]!r}.{did_you_mean(unknown[0], sorted(known))}")
    for field in fields(kind):  # type: ignore[arg-type]
        # An optional value of the declaration's own absence: TOML has no null.
        if field.name not in body and field.default is MISSING:
            if "None" not in str(field.type):
                raise DeclarationError(f"{where}: missing {field.name}")
            body[field.name] = None
        value = body.get(field.name)
        if field.name in _CHOICES and value is not None and value not in _CHOICES[field.name]:
            choices = ", ".join(sorted(_CHOICES[field.name]))
            raise DeclarationError(f"{where}: {field.name}: {value!r} is not one of {choices}")
        if field.name in _PATTERNS and value is not None:
            try:
                re.compile(value)
            except re.error as error:
                raise DeclarationError(f"{where}: {field.name}: not a regular expression: {error}") from error
        if isinstance(value, list):
            body[field.name] = tuple(value)
    return kind(**body)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"{path}: not valid TOML: {error}") from error


def _check_columns(columns: list[RawColumn], form: str | None, where: str) -> None:
    for column in columns:
        if column.quoted and (form not in _JSON or column.type not in _QUOTED):
            raise DeclarationError(f"{where}.columns.{column.name}: quoted is of {', '.join(_QUOTED)} in JSON")
        if column.logical is not None and not re.fullmatch(r"text|(instant|duration) (us|ns|ms|s|min|h|day)", column.logical):
            said = f"{where}.columns.{column.name}: logical"
            raise DeclarationError(f"{said}: {column.logical!r} is no instant or duration with a unit of time", "for example 'instant ms'")


def _file_kind(body: dict[str, Any], where: str, clock: dict[str, Any]) -> FileKind:
    columns = body.pop("columns", {})
    body["columns"] = [
        build(RawColumn, {"name": name, **({"type": spec} if isinstance(spec, str) else spec)}, f"{where}.columns.{name}")
        for name, spec in columns.items()
    ]
    _check_columns(body["columns"], body.get("format"), where)
    if own := body.pop("time", None):
        body["clock"] = build(Clock, {**clock, **own}, f"{where}.time")
    if "extent" in body:
        own_clock = body.get("clock") or build(Clock, dict(clock), f"{where}.time")
        body["extent"] = check_extent(build(Extent, dict(body["extent"]), f"{where}.extent"), body, own_clock, f"{where}.extent")
    kind = build(FileKind, body, where)
    for table in kind.maps:
        if table not in tables():
            raise DeclarationError(f"{where}.maps: there is no table {table!r}.{did_you_mean(table, list(tables()))}")
    if lost := sorted(set(kind.sparse) - set(kind.maps)):
        raise DeclarationError(f"{where}.sparse: {lost[0]!r} is not a table that it maps to")
    if lost := sorted(set(kind.any_of) - {column.name for column in kind.columns if column.optional}):
        raise DeclarationError(f"{where}.any_of: {lost[0]!r} is not one of its optional columns")
    if kind.equal_files and "(?P<" not in f"{kind.path}{kind.trace}":
        raise DeclarationError(f"{where}.equal_files: nothing in path or trace tells equal files apart: give one of them a named group")
    if kind.by_columns and not kind.has_header:
        raise DeclarationError(f"{where}.by_columns: files of this kind have no header")
    known = {column for name in kind.maps for column in tables()[name].columns}
    if lost := sorted(set(kind.required) - known):
        raise DeclarationError(f"{where}.required: no table of it has a column {lost[0]!r}")
    return kind


def _file_kinds(bodies: list[dict[str, Any]], path: Path, clock: dict[str, Any]) -> list[FileKind]:
    kinds = [_file_kind(body, f"{path}: [[files]] {i}", clock) for i, body in enumerate(bodies, 1)]
    known = {kind.name for kind in kinds}
    for i, kind in enumerate(kinds, 1):
        if lost := sorted(set(kind.needs) - known):
            raise DeclarationError(
                f"{path}: [[files]] {i}.needs: there is no kind of file {lost[0]!r}.{did_you_mean(lost[0], sorted(known))}"
            )
    return kinds


def _privacy(body: dict[str, Any], where: str) -> Privacy:
    privacy = build(Privacy, body, where)
    if privacy.table not in tables():
        raise DeclarationError(f"{where}.table: there is no table {privacy.table!r}.{did_you_mean(privacy.table, list(tables()))}")
    if lost := sorted({*privacy.columns, privacy.of} - set(tables()[privacy.table].columns)):
        raise DeclarationError(f"{where}: {privacy.table} has no column {lost[0]!r}")
    return privacy


def _pairing(body: dict[str, Any], where: str, kinds: list[FileKind]) -> Pairing:
    pairing = build(Pairing, body, where)
    known = {kind.name for kind in kinds}
    if lost := sorted({*pairing.reads, *pairing.counts} - known):
        raise DeclarationError(f"{where}: there is no kind of file {lost[0]!r}.{did_you_mean(lost[0], sorted(known))}")
    nested = [f"{kind.name}.{c.name}" for kind in kinds if kind.name in pairing.reads for c in kind.columns if c.type == "JSON"]
    if nested:
        # What a SELECT stumbles over costs the whole trace; what a reader does, the record.
        raise DeclarationError(f"{where}: {nested[0]} is JSON: give the values that are paired types, by names with dots")
    for table in pairing.maps:
        if table not in tables():
            raise DeclarationError(f"{where}.maps: there is no table {table!r}.{did_you_mean(table, list(tables()))}")
    if lost := sorted(set(pairing.sparse) - set(pairing.maps)):
        raise DeclarationError(f"{where}.sparse: {lost[0]!r} is not a table that it maps to")
    for kind in (kind for kind in kinds if kind.name in pairing.reads):
        known = {column.name for column in kind.columns} | set(re.compile(kind.path).groupindex)
        if lost := [name for name in pairing.by if name not in known]:
            raise DeclarationError(f"{where}.by: {kind.name} has no column {lost[0]!r}.{did_you_mean(lost[0], sorted(known))}")
    return pairing


def load_source(folder: Path) -> Source:
    """Reads one source folder.

    Args:
        folder: ``tracekit/sources/<id with underscores>``.

    Returns:
        The source.

    Raises:
        DeclarationError: A declaration is wrong; names file and key.
    """
    path = folder / "source.toml"
    body = _read(path)
    extra = {name: _read(folder / f"{name}.toml") if (folder / f"{name}.toml").exists() else {} for name in ("errata", "claims")}
    clock = body.pop("time", {})
    built: dict[str, Any] = {
        "id": folder.name.replace("_", "-"),
        "folder": folder,
        "licence": build(Licence, body.pop("licence", {}), f"{path}: [licence]"),
        "clock": build(Clock, dict(clock), f"{path}: [time]"),
        "files": _file_kinds(body.pop("files", []), path, clock),
        "ignored": [build(Ignored, b, f"{path}: [[ignored]] {i}") for i, b in enumerate(body.pop("ignored", []), 1)],
        "downloads": [build(Download, b, f"{path}: [[downloads]] {i}") for i, b in enumerate(body.pop("downloads", []), 1)],
    }
    built["privacy"] = tuple(_privacy(b, f"{path}: [[privacy]] {i}") for i, b in enumerate(body.pop("privacy", []), 1))
    if pairings := body.pop("pairings", []):
        built["pairings"] = tuple(_pairing(b, f"{path}: [[pairings]] {i}", built["files"]) for i, b in enumerate(pairings, 1))
    for name in extra:
        if unknown := sorted(set(extra[name]) - {name}):
            raise DeclarationError(f"{folder / name}.toml: unknown key {unknown[0]!r}.{did_you_mean(unknown[0], [name])}")
    built["errata"] = [
        build(Erratum, b, f"{folder / 'errata'}.toml: [[errata]] {i}") for i, b in enumerate(extra["errata"].get("errata", []), 1)
    ]
    for erratum in built["errata"]:
        if lost := sorted({*erratum.also} - set(tables())):
            raise DeclarationError(f"{folder / 'errata.toml'}: {erratum.id}: also: there is no table {lost[0]!r}")
    wheres = [f"{folder / 'claims'}.toml: [[claims]] {i}" for i, _ in enumerate(extra["claims"].get("claims", []), 1)]
    built["claims"] = [
        check_claim(build(Claim, b, where), where) for b, where in zip(extra["claims"].get("claims", []), wheres, strict=True)
    ]
    if clash := sorted(set(body) & set(built)):
        raise DeclarationError(f"{path}: unknown key {clash[0]!r}")
    return build(Source, {**body, **built}, str(path))


@cache
def _load(dataset: str) -> Source:
    return load_source(assets.sources_dir() / dataset.replace("-", "_"))


def source_ids() -> list[str]:
    """Returns the ids of the sources that ship with tracekit."""
    return [path.parent.name.replace("_", "-") for path in sorted(assets.sources_dir().glob("*/source.toml"))]


@cache
def sources() -> dict[str, Source]:
    """Returns every source that ships with tracekit, by id."""
    return {dataset: _load(dataset) for dataset in source_ids()}


def source(dataset: str) -> Source:
    """Returns one source.

    Raises:
        UsageError: There is no such source.
    """
    known = source_ids()
    if dataset not in known:
        raise UsageError(f"there is no source {dataset!r}.{did_you_mean(dataset, known)}", "tracekit sources")
    return _load(dataset)


def source_version(source: Source) -> str:
    """Returns a fingerprint of what decides the rows: declaration, mapping and errata."""
    return hashlib.sha256(source.definition).hexdigest()[:16]
