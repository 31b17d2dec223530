"""PlanetLab's files of CPU use, as CloudSim reads them."""

from __future__ import annotations

import re
from pathlib import Path

from tracekit.errors import DataError
from tracekit.export.draft import Draft
from tracekit.export.model import Facts, Field, Format

_LAST = 100


def _fields(facts: Facts) -> list[Field]:
    return [
        Field("entity", "entity_id", ("entity_id",), "the file's name; characters other than letters, digits, dot, dash are underscores"),
        Field("percent", f"least(round(cpu_ratio * 100), {_LAST})::BIGINT", ("cpu_ratio",), "ratio → whole percent, 100 at most"),
    ]


def _file(folder: Path, entity: str, taken: dict[str, str]) -> Path:
    """Returns the file of an entity; two entities never share one."""
    name = re.sub(r"[^A-Za-z0-9._-]", "_", entity).strip(".") or "_"
    if taken.setdefault(name.lower(), entity) != entity:
        raise DataError(
            f"entities {taken[name.lower()]!r} and {entity!r} would be the same file {name}", "rename one of them at its source"
        )
    return folder / name


def _write(draft: Draft) -> int:
    import polars as pl

    draft.path.mkdir()
    taken: dict[str, str] = {}
    rows = 0
    for frame in draft.frames():
        for (entity,), part in frame.group_by("entity", maintain_order=True):
            with _file(draft.path, str(entity), taken).open("ab") as file:
                file.write(part.select(pl.col("percent")).write_csv(include_header=False).encode())
        rows += frame.height
    return rows


FORMAT = Format(
    text="folder with a file per VM, a whole percent per line",
    suffix=None,
    reader="CloudSim, CloudSim Plus (UtilizationModelPlanetLab)",
    citation="https://github.com/beloglazov/planetlab-workload-traces; Beloglazov and Buyya, CCPE 2012",
    fields=_fields,
    tables=("resource_sample",),
    needs="cpu_ratio IS NOT NULL",
    shape=_write,
    notes=("a line is a sample: set the samples' width in the reader (its own default is 300 s); gaps are not filled",),
)
