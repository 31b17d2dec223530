"""The charting libraries are bundled once, and what is kept of them is used only if it is what was kept."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import pytest

from tracekit.report import bundle


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """How often the libraries were bundled; the cache is a folder of the test's own."""
    made: list[int] = []
    monkeypatch.setattr(bundle, "_bundle", lambda: made.append(1) or "var vega = 1;")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made


def _unpacked(text: str) -> str:
    return zlib.decompress(base64.b64decode(text)).decode()


def test_it_is_made_once(calls: list[int], tmp_path: Path) -> None:
    assert _unpacked(bundle.packed_bundle()) == "var vega = 1;"
    assert bundle.packed_bundle() == bundle.packed_bundle()
    assert len(calls) == 1
    assert len(list((tmp_path / "cache" / "tracekit").iterdir())) == 1


@pytest.mark.parametrize("damage", ["", "x", "é", "0" * 64 + "\nabc"])
def test_a_damaged_one_is_made_again(damage: str, calls: list[int], tmp_path: Path) -> None:
    bundle.packed_bundle()
    (kept,) = (tmp_path / "cache" / "tracekit").iterdir()
    kept.write_text(damage, encoding="utf-8")
    assert _unpacked(bundle.packed_bundle()) == "var vega = 1;"
    assert _unpacked(bundle.packed_bundle()) == "var vega = 1;"
    assert len(calls) == 2


def test_a_folder_that_cannot_be_written_to_costs_time_alone(calls: list[int], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    assert _unpacked(bundle.packed_bundle()) == _unpacked(bundle.packed_bundle()) == "var vega = 1;"
    assert len(calls) == 2
