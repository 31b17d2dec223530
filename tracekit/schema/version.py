"""The fingerprint of a schema: by which rows written under another one are recognised."""

from __future__ import annotations

import hashlib
import json

from tracekit.schema.load import Table


def schema_version(tables: list[Table]) -> str:
    """Returns a fingerprint of tables: it changes when a column's name, type, unit or nullability does."""
    shape = [
        [
            table.name,
            table.time,
            [[f.name, f.type, f.unit, f.min, f.values] for f in table.fields],
            sorted(table.required),
        ]
        for table in tables
    ]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:16]
