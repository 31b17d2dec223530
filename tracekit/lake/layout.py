"""Where everything lies in a lake; the only place that builds a name inside one.

::

    _heads/00000000000000000042.json                     what the lake is: a log, the highest number is the head
    _manifests/<dataset>/<trace>/manifest-<sha16>.json   what a trace was made from, and which files hold its rows
    <table>/<dataset>/<trace>/part-<sha16>.parquet       rows
    _rejects/<dataset>/<trace>/rejects-<sha16>.jsonl     records that were set aside
    _mappings/<sha16>/<dataset>.toml                     the mapping of a user's own dataset
    _staging/<run>/                                      what a run prepares
    tracekit.duckdb                                      views and macros, derived from the head; _catalog.json says from which

Names carry a hash of the content: what has a name never changes.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

ALL_TRACES = "_all"
# Tables that every trace has, whatever its source fills.
BESIDE = ("recording", "ingest_profile")
HEADS = "_heads"
MANIFESTS = "_manifests"
REJECTS = "_rejects"
MAPPINGS = "_mappings"
STAGING = "_staging"
_BY_CONTENT = re.compile(
    r".+/part-[0-9a-f]{16}\.parquet|_manifests/.+/manifest-[0-9a-f]{16}\.json|_rejects/.+/rejects-[0-9a-f]{16}\.jsonl"
    r"|_mappings/[0-9a-f]{16}/[^/]+\.toml",
    re.DOTALL,
)
# File systems take 255 bytes; a longer name ends in a hash of the whole.
_LONGEST = 200


def default_lake() -> Path:
    """Returns ``$TRACEKIT_LAKE``, else ``./data/lake``."""
    return Path(os.environ.get("TRACEKIT_LAKE") or "data/lake")


def trace_folder(trace: str | None) -> str:
    """Returns the folder name of a trace: ``_all`` for None; characters that globs or file systems give a meaning are escaped."""
    if trace is None:
        return ALL_TRACES
    name = quote(trace, safe=" -_.+=@,()", errors="surrogateescape")
    return "%" + f"{ord(name[0]):02X}" + name[1:] if name[0] in "_." else name


def trace_of_folder(name: str) -> str | None:
    """Returns the trace that a folder stands for; the inverse of ``trace_folder``."""
    return None if name == ALL_TRACES else unquote(name, errors="surrogateescape")


def sha16(content: bytes) -> str:
    """Returns the first 16 hex digits of the SHA-256 of some bytes, as names of files carry them."""
    return hashlib.sha256(content).hexdigest()[:16]


def trace_path(dataset: str, trace: str | None) -> str:
    """Returns the folder of a trace below a table's; of a very long name, its start and a hash of the whole."""
    name = trace_folder(trace)
    return f"{dataset}/{name if len(name) <= _LONGEST else f'{name[:_LONGEST]}~{sha16(name.encode())}'}"


def is_trace_name(name: str) -> bool:
    """Whether a user may call a trace so: it has something to read, and is not what stands for every trace."""
    return bool(name.strip()) and name != "*" and name.isprintable()


def part_name(table: str, dataset: str, trace: str | None, sha256: str) -> str:
    """Returns the name of a Parquet file of a table's trace."""
    return f"{table}/{trace_path(dataset, trace)}/part-{sha256[:16]}.parquet"


def manifest_name(dataset: str, trace: str | None, content: bytes) -> str:
    """Returns the name of a manifest."""
    return f"{MANIFESTS}/{trace_path(dataset, trace)}/manifest-{sha16(content)}.json"


def rejects_name(dataset: str, trace: str | None, sha256: str) -> str:
    """Returns the name of the rejected records of a trace, JSON lines."""
    return f"{REJECTS}/{trace_path(dataset, trace)}/rejects-{sha256[:16]}.jsonl"


def mapping_name(dataset: str, content: bytes) -> str:
    """Returns the name of the mapping that a user's own dataset was ingested by, kept so that the lake explains itself."""
    return f"{MAPPINGS}/{sha16(content)}/{dataset}.toml"


def is_named_by_content(name: str) -> bool:
    """Whether a name is one that this module gives to what never changes: such files alone are ever removed."""
    return _BY_CONTENT.fullmatch(name) is not None


@dataclass(frozen=True)
class Layout:
    """A lake: where it lies, and as of when it is read.

    Attributes:
        root: The folder.
        at: Number of the head to read; None: the newest whenever it is looked at.
    """

    root: Path
    at: int | None = None

    @property
    def catalog(self) -> Path:
        """The DuckDB file with views, macros and comments."""
        return self.root / "tracekit.duckdb"

    @property
    def catalog_note(self) -> Path:
        """What the catalog was made from, to be read without opening it."""
        return self.root / "_catalog.json"

    @property
    def heads(self) -> Path:
        """The log of heads."""
        return self.root / HEADS

    @property
    def staging(self) -> Path:
        """Where runs prepare what they will commit."""
        return self.root / STAGING
