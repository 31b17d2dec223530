"""A claim about all traces of a dataset together waits for all of them."""

from __future__ import annotations

import pytest

from tracekit.lake.manifest import Input, Manifest
from tracekit.query.claims import NEEDS_FULL, _missing
from tracekit.sources.model import Claim


def _held(trace: str, records: int) -> Manifest:
    inputs = [Input(f"{trace}.csv", f"/{trace}.csv", "cold_starts", 3, "ab" * 32, records)]
    return Manifest("d", trace, False, "0", "v", "s", None, 0, inputs, {}, {})


@pytest.mark.parametrize(("records", "missing"), [(40, NEEDS_FULL), (60, None)])
@pytest.mark.parametrize(("trace", "needed"), [("ALL", 100), ("R2", 60)])
def test_records_of_all_traces_add_up(trace: str, needed: int, records: int, missing: str | None) -> None:
    claim = Claim(id="c", text="t", citation="c", value=1.0, query="q", where={"trace": trace}, needs="full", records=needed)
    assert _missing(claim, [_held("R1", 40), _held("R2", records)]) == missing
