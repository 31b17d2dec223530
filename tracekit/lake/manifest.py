"""Manifests: what each trace was made from, by which code, and what became of every record."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tracekit.lake.layout import Layout


@dataclass
class Input:
    """A raw file as it was read.

    Attributes:
        name: Path relative to what was named on the command line; ``archive!member`` inside an archive.
        path: Where it was.
        kind: The source's file kind.
        bytes: Size of the file as it lies on disk.
        sha256: Hash of the file as it lies on disk.
        records: Data records in it.
        blank_lines: Empty lines, which are no records.
        extra_columns: Columns that the source does not declare; not read.
    """

    name: str
    path: str
    kind: str
    bytes: int
    sha256: str
    records: int = 0
    blank_lines: int = 0
    extra_columns: list[str] = field(default_factory=list)


@dataclass
class TableCount:
    """What became of a trace's records in one table: records = converted + rejected + dropped + barren.

    Attributes:
        records: Data records read for the table.
        converted: Records that became rows.
        rows: Rows written; more than ``converted`` where a record fans out.
        rejected: Records set aside.
        dropped: Records left out by an erratum.
        barren: Records that by their nature give no row here, such as a session without a tool call.
        out_of_order: Rows whose instant is before that of the row above, in file order.
        same_instant: Readings whose entity (and metric) has another one at the same instant, beyond the first.
        sha256: Hash of the Parquet file.
    """

    records: int = 0
    converted: int = 0
    rows: int = 0
    rejected: int = 0
    dropped: int = 0
    barren: int = 0
    out_of_order: int = 0
    same_instant: int = 0
    sha256: str = ""


@dataclass
class Manifest:
    """Everything needed to say where a trace came from and to rebuild it."""

    dataset: str
    trace: str | None
    is_synthetic: bool
    tracekit: str
    source_version: str
    schema_version: str
    limit: int | None
    zero_us: int
    inputs: list[Input]
    tables: dict[str, TableCount]
    errata: dict[str, int]

    def same_input(self, other: Manifest) -> bool:
        """Whether an ingest of ``other`` would write the same rows again."""

        def key(manifest: Manifest) -> tuple[object, ...]:
            return (
                manifest.source_version,
                manifest.schema_version,
                manifest.limit,
                manifest.is_synthetic,
                [(i.name.rsplit("/", 1)[-1], i.kind, i.bytes, i.sha256) for i in manifest.inputs],
            )

        return key(self) == key(other)

    def to_json(self) -> str:
        """Returns the manifest as JSON text."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def _from_json(body: dict[str, Any]) -> Manifest:
    inputs = [Input(**i) for i in body.pop("inputs")]
    counts = {name: TableCount(**count) for name, count in body.pop("tables").items()}
    return Manifest(inputs=inputs, tables=counts, **body)


def read_manifest(path: Path) -> Manifest | None:
    """Returns a manifest, or None where there is none."""
    return _from_json(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def read_manifests(layout: Layout, dataset: str | None = None) -> list[Manifest]:
    """Returns the manifests of a lake, by dataset and trace."""
    pattern = f"_manifests/{dataset or '*'}/*.json"
    found = [read_manifest(path) for path in sorted(layout.root.glob(pattern))]
    return [manifest for manifest in found if manifest is not None]
