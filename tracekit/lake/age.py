"""What a lake written under a former schema is good for: read as it is, or ingested again."""

from __future__ import annotations

from dataclasses import dataclass

from tracekit.errors import UsageError
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest, read_manifests
from tracekit.lake.sources import source_in
from tracekit.schema.load import Table, tables
from tracekit.schema.version import schema_version

# What a column of a former type is read as without loss.
_WIDENS = {("BIGINT", "DOUBLE")}


@dataclass(frozen=True)
class Aged:
    """A trace that was written under a former schema.

    Attributes:
        manifest: Its manifest.
        lacking: Columns, ``table.column``, that it does not have: they are NULL.
        unreadable: Why it has to be ingested again; empty where it is read as it is.
    """

    manifest: Manifest
    lacking: list[str]
    unreadable: list[str]


def find_aged(layout: Layout) -> list[Aged]:
    """Returns the traces of a lake whose schema version is not the present one."""
    return [_look_at(manifest) for manifest in read_manifests(layout) if manifest.schema_version != _present(layout, manifest)]


def _present(layout: Layout, manifest: Manifest) -> str:
    try:
        names = source_in(layout, manifest.dataset).tables
    except UsageError:
        # A source that this tracekit does not know: its tables are those that it filled.
        names = list(manifest.tables)
    return schema_version([tables()[name] for name in names if name in tables()])


def _look_at(manifest: Manifest) -> Aged:
    aged = Aged(manifest, [], [])
    for name, columns in manifest.columns.items():
        if name in tables() and columns:
            _compare(tables()[name], columns, aged)
    return aged


def _compare(table: Table, columns: dict[str, str], aged: Aged) -> None:
    for field in table.fields:
        was = columns.get(field.name)
        where = f"{table.name}.{field.name}"
        if was is None and field.name in table.required:
            aged.unreadable.append(f"{where} is never NULL now, and it has none")
        elif was is None:
            aged.lacking.append(where)
        elif was != field.type and (was, field.type) not in _WIDENS:
            aged.unreadable.append(f"{where} is {field.type} now, and it has {was}")
