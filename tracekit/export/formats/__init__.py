"""The replay formats: one file each, named as the format with underscores, found by listing, never registered."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from tracekit.errors import UsageError, did_you_mean
from tracekit.export.model import Format


@cache
def formats() -> dict[str, Format]:
    """Returns every format by name, in order of name."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    return {name.replace("_", "-"): import_module(f"tracekit.export.formats.{name}").FORMAT for name in names}


def get(name: str) -> Format:
    """Returns one format.

    Raises:
        UsageError: There is no such format.
    """
    known = formats()
    if name not in known:
        raise UsageError(f"there is no export format {name!r}.{did_you_mean(name, list(known))}", f"there are: {', '.join(known)}")
    return known[name]
