"""Which raw formats there are, found by listing: the keys that each asks of a kind of file are in its own module."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from tracekit import assets
from tracekit.sources.files import FileKind


@cache
def format_names() -> list[str]:
    """Returns the names of the raw formats."""
    return sorted(path.stem for path in assets.formats_dir().glob("*.py") if not path.stem.startswith("_"))


@cache
def find_format(name: str) -> type[FileKind]:
    """Returns what a kind of file of one format declares. Looked up by name, as a source's mapping is: the formats are a later room's."""
    kind: type[FileKind] = import_module(f"tracekit.ingest.formats.{name}").KIND
    return kind
