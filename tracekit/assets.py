"""Finds the data that ships with tracekit, in a wheel or in a checkout; the only place that knows where it lies."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent


def _find(kind: str, in_checkout: str) -> Path:
    # An editable install keeps a stale copy under _data: a checkout always wins.
    live = _CHECKOUT / in_checkout
    return live if (_CHECKOUT / "pyproject.toml").exists() and live.exists() else _PACKAGE / "_data" / kind


def schemas_dir() -> Path:
    """Returns the folder of fields.toml and the table declarations."""
    return _find("schemas", "schemas")


def queries_dir() -> Path:
    """Returns the folder of the characterisations, ``<room>/<name>.sql``."""
    return _find("queries", "queries")


def reports_dir() -> Path:
    """Returns the folder of the report pages and their theme."""
    return _find("reports", "reports")


def samples_dir() -> Path:
    """Returns the folder of the shipped synthetic samples, ``<source>/…``."""
    return _find("samples", "data/samples")


def sources_dir() -> Path:
    """Returns the folder of the sources, ``<source_id with underscores>/source.toml``."""
    return _PACKAGE / "sources"


def formats_dir() -> Path:
    """Returns the folder of the raw formats that kinds of files are read in, ``<format>.py``."""
    return _PACKAGE / "ingest" / "formats"


def charts_dir() -> Path:
    """Returns the folder of the kinds of chart, ``<kind>.py``."""
    return _PACKAGE / "charts"


def stats_dir() -> Path:
    """Returns the folder of the functions that queries are computed with, ``<module>.py``."""
    return _PACKAGE / "stats"
