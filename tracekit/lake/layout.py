"""Where everything lies in a lake; the only place that builds a path inside one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

ALL_TRACES = "_all"


def default_lake() -> Path:
    """Returns ``$TRACEKIT_LAKE``, else ``./data/lake``."""
    return Path(os.environ.get("TRACEKIT_LAKE") or "data/lake")


def trace_folder(trace: str | None) -> str:
    """Returns the folder name of a trace: ``_all`` for None; characters that globs or file systems give a meaning are escaped."""
    if trace is None:
        return ALL_TRACES
    name = quote(trace, safe=" -_.+=@,()")
    return "%" + f"{ord(name[0]):02X}" + name[1:] if name[0] in "_." else name


def trace_of_folder(name: str) -> str | None:
    """Returns the trace that a folder stands for; the inverse of ``trace_folder``."""
    return None if name == ALL_TRACES else unquote(name)


@dataclass(frozen=True)
class Layout:
    """Paths inside the lake at ``root``."""

    root: Path

    @property
    def catalog(self) -> Path:
        """The DuckDB file with views, macros and comments."""
        return self.root / "tracekit.duckdb"

    @property
    def lock(self) -> Path:
        """The lock that a writer holds."""
        return self.root / "_lock"

    @property
    def staging(self) -> Path:
        """Where a run prepares what it will commit."""
        return self.root / "_staging"

    @property
    def journal(self) -> Path:
        """The list of renames of a commit under way."""
        return self.root / "_commit.json"

    def part(self, table: str, dataset: str, trace: str | None) -> Path:
        """The Parquet file of a table's trace."""
        return self.root / table / dataset / trace_folder(trace) / "part-00000.parquet"

    def manifest(self, dataset: str, trace: str | None) -> Path:
        """The manifest of a trace."""
        return self.root / "_manifests" / dataset / f"{trace_folder(trace)}.json"

    def rejects(self, dataset: str, trace: str | None) -> Path:
        """The rejected records of a trace, JSON lines."""
        return self.root / "_rejects" / dataset / f"{trace_folder(trace)}.jsonl"

    def mapping(self, dataset: str) -> Path:
        """The user's mapping that a dataset was ingested by, kept so that the lake explains itself."""
        return self.root / "_mappings" / f"{dataset}.toml"

    def glob(self, table: str) -> str:
        """The pattern of a table's Parquet files, absolute."""
        return str(self.root.resolve() / table / "*" / "*" / "*.parquet")

    def has_table(self, table: str) -> bool:
        """Whether any trace has rows of the table."""
        return next(self.root.glob(f"{table}/*/*/*.parquet"), None) is not None
