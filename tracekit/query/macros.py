"""What the catalog's macros are, identified without reading the queries: most often the catalog has them already."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tracekit import assets
from tracekit.lake.catalog import Macros

# Files that decide what the macros are, beside the queries themselves.
_RENDERERS = ("macro.py", "fragments.py", "header.py", "library.py", "model.py")


def macros() -> Macros:
    """Returns every query's macro for a catalog; rendered only where the catalog has others."""
    digest = hashlib.sha256()
    for path in [*sorted(assets.queries_dir().rglob("*.sql")), *(Path(__file__).with_name(name) for name in _RENDERERS)]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return Macros(digest.hexdigest(), _statements)


def _statements() -> list[str]:
    from tracekit.query.macro import macro_statements

    return macro_statements()
