"""What a lake holds, a record per dataset: for those who look around."""

from __future__ import annotations

from typing import Any

from tracekit.lake.layout import Layout
from tracekit.lake.manifest import read_manifests
from tracekit.lake.sources import sources_in


def list_datasets(layout: Layout) -> list[dict[str, Any]]:
    """Returns the datasets of a lake, by id: title, number of traces, tables, rows over all tables, whether a sample, licence."""
    known = sources_in(layout)
    found: dict[str, dict[str, Any]] = {}
    for manifest in read_manifests(layout):
        source = known.get(manifest.dataset)
        record = found.setdefault(
            manifest.dataset,
            {
                "dataset": manifest.dataset,
                "title": source.title if source else None,
                "traces": 0,
                "tables": [],
                "rows": 0,
                "is_synthetic": manifest.is_synthetic,
                "licence": source.licence.spdx if source else None,
            },
        )
        record["traces"] += 1
        record["tables"] = sorted({*record["tables"], *(name for name, count in manifest.tables.items() if count.rows)})
        record["rows"] += sum(count.rows for count in manifest.tables.values())
    return [found[dataset] for dataset in sorted(found)]
