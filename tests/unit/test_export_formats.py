"""Every replay format, whatever traces are at hand: it is written, every row is accounted for, and the record says what each field is."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from tracekit.api import Lake
from tracekit.errors import NothingMatchedError
from tracekit.export.formats import formats
from tracekit.export.model import Format
from tracekit.lake.manifest import read_manifests


def _export(lake: Lake, to: str, form: Format, folder: Path) -> dict[str, Any]:
    """Exports the first trace that the format can be made of."""
    held = sorted(read_manifests(lake.layout), key=lambda manifest: (manifest.dataset, manifest.trace or ""))
    for trace in held:
        if trace.trace and any(name in trace.tables and trace.tables[name].rows for name in form.tables):
            # A trace whose rows lack what the format cannot do without has nothing for it.
            with contextlib.suppress(NothingMatchedError):
                return lake.export(trace.dataset, to, folder / f"replay{form.suffix or ''}", trace=trace.trace)
    pytest.fail(f"no sample has rows that {to} can be made of")


@pytest.mark.parametrize("to", formats())
def test_a_format_accounts_for_every_row(to: str, demo_lake: Path, tmp_path: Path) -> None:
    form = formats()[to]
    record = _export(Lake(demo_lake), to, form, tmp_path)
    path = tmp_path / f"replay{form.suffix or ''}"
    assert path.is_file() if form.suffix else any(path.iterdir())
    assert json.loads((tmp_path / f"{path.name}.export.json").read_text()) == json.loads(json.dumps(record))
    counts = record["rows"]
    assert counts["trace"] == sum(number for name, number in counts.items() if name not in ("trace", "written")) + counts["written"]
    assert form.citation.startswith("http")
    assert form.reader
