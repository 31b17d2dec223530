"""Reads the source folders: source.toml, errata.toml, claims.toml."""

from __future__ import annotations

import ast
import hashlib
import re
from functools import cache
from pathlib import Path

from tracekit import assets
from tracekit.declare.build import build, read_file
from tracekit.declare.model import Declared
from tracekit.errors import DeclarationError, UsageError, did_you_mean
from tracekit.sources.claims import Claim
from tracekit.sources.files import JSON, FileKind
from tracekit.sources.model import Erratum, Pairing, Source

# Types of JSON values that exporters print in two ways.
_QUOTED = ("BIGINT", "DOUBLE", "VARCHAR")


class ErrataFile(Declared, frozen=True, kw_only=True):
    """errata.toml.

    Attributes:
        errata: Known defects of the upstream data.
    """

    errata: tuple[Erratum, ...] = ()


class ClaimsFile(Declared, frozen=True, kw_only=True):
    """claims.toml.

    Attributes:
        claims: Published figures.
    """

    claims: tuple[Claim, ...] = ()


def load_source(folder: Path) -> Source:
    """Reads one source folder.

    Args:
        folder: ``tracekit/sources/<id with underscores>``.

    Returns:
        The source.

    Raises:
        DeclarationError: A declaration is wrong; names file and key.
    """
    path, errata, claims = (folder / f"{name}.toml" for name in ("source", "errata", "claims"))
    body = read_file(path)
    if isinstance(clock := body.get("time"), dict):
        # The clock of a kind of file says only what differs from the source's.
        for kind in body.get("files", []):
            if isinstance(kind, dict) and isinstance(kind.get("time"), dict):
                kind["time"] = {**clock, **kind["time"]}
    source = build(
        Source,
        body,
        str(path),
        id=folder.name.replace("_", "-"),
        folder=folder,
        errata=build(ErrataFile, read_file(errata), str(errata)).errata if errata.exists() else (),
        claims=build(ClaimsFile, read_file(claims), str(claims)).claims if claims.exists() else (),
    )
    functions = functions_of(folder / "mapping.py")
    for i, kind in enumerate(source.files, 1):
        if wrong := _wrong_kind(source, kind) or _no_function(kind.maps, functions):
            raise _wrong(path, f"[[files]] {i}", wrong)
    for i, pairing in enumerate(source.pairings, 1):
        if wrong := _wrong_pairing(source, pairing) or _no_function(pairing.maps, functions):
            raise _wrong(path, f"[[pairings]] {i}", wrong)
    return source


def _wrong(path: Path, where: str, wrong: str) -> DeclarationError:
    return DeclarationError(f"{path}: {where}.{wrong}", "docs/contributing says what each key means")


def functions_of(path: Path) -> set[str]:
    """Returns the names that a mapping module has at its top level, without running it; none where there is no such module."""
    if not path.exists():
        return set()
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def _no_function(maps: dict[str, str], functions: set[str]) -> str | None:
    lost = [function for function in maps.values() if function not in functions]
    return f"maps: mapping.py has no function {lost[0]!r}.{did_you_mean(lost[0], sorted(functions))}" if lost else None


def _no_kind(names: tuple[str, ...], source: Source) -> str | None:
    known = [kind.name for kind in source.files]
    lost = [name for name in names if name not in known]
    return f"there is no kind of file {lost[0]!r}.{did_you_mean(lost[0], known)}" if lost else None


def _wrong_kind(source: Source, kind: FileKind) -> str | None:
    """Returns what a kind of file says that its source, or its format, does not bear out, beginning with the key."""
    for key, names in (("needs", kind.needs), ("others", kind.others)):
        if wrong := _no_kind(names, source):
            return f"{key}: {wrong}"
    if sum(other.name == kind.name for other in source.files) > 1:
        return f"name: there are two kinds of the name {kind.name!r}"
    for column in kind.columns:
        if column.quoted and (kind.format not in ("json", "jsonl") or column.type not in _QUOTED):
            return f"columns.{column.name}.quoted: it is of {', '.join(_QUOTED)} in JSON"
        if column.whole and kind.format != "jsonl":
            return f"columns.{column.name}.whole: it is of JSON lines"
        if column.type == JSON and kind.format not in ("json", "jsonl", "parquet", "arrow", "pickle"):
            return f"columns.{column.name}.type: a file of {kind.format} has no nested values"
    if kind.extent is not None and (kind.clock or source.clock).zero != "source":
        return "extent: only a recording with a zero of its own ([time] zero = 'source') has an extent"
    if kind.extent is not None and kind.extent.cell_s is not None and kind.format != "wide":
        return "extent: cell_s counts the cells of a series; the format is not wide"
    return None


def _wrong_pairing(source: Source, pairing: Pairing) -> str | None:
    """Returns what a pairing says that its source does not bear out, beginning with the key."""
    for key, names in (("reads", pairing.reads), ("counts", pairing.counts)):
        if wrong := _no_kind(names, source):
            return f"{key}: {wrong}"
    if not (source.folder / pairing.sql).exists():
        return f"sql: there is no file {pairing.sql!r} in {source.folder}"
    for kind in (kind for kind in source.files if kind.name in pairing.reads):
        if nested := [column.name for column in kind.columns if column.type == JSON]:
            # What a SELECT stumbles over costs the whole trace; what a reader does, the record.
            return f"reads: {kind.name}.{nested[0]} is JSON: give the values that are paired types, by names with dots"
        known = sorted({column.name for column in kind.columns} | set(re.compile(kind.path).groupindex))
        if lost := [name for name in pairing.by if name not in known]:
            return f"by: {kind.name} has no column {lost[0]!r}.{did_you_mean(lost[0], known)}"
    return None


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
