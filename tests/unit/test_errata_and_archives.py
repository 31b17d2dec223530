"""Errata act by rule and are counted; 7z archives are opened safely; odd documents and claims are said."""

from __future__ import annotations

import json
from pathlib import Path

import py7zr
import pytest
from msgspec.structs import replace

from tracekit.api import Lake
from tracekit.errors import DataError
from tracekit.ingest.run import ingest
from tracekit.lake.manifest import read_manifests
from tracekit.query.claims import AGREES, DIFFERS, NEEDS_FULL, check_claims
from tracekit.sources.claims import Claim
from tracekit.sources.load import source
from tracekit.sources.model import Erratum

HEADER = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"
ROWS = "\n".join([HEADER, *(f"{i},m,{10 * i},{i},{11 * i},x" for i in range(10))]) + "\n"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "trace.csv"
    path.write_text(ROWS)
    return path


def _erratum(action: str, **more: object) -> Erratum:
    return Erratum(id="e", text="text", link="https://example.org", table="llm_request", where="output_tokens >= 7", action=action, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("erratum", "rows", "dropped", "check"),
    [
        (_erratum("flag"), 10, 0, lambda t: t["output_tokens"].max() == 9),
        (_erratum("drop"), 7, 3, lambda t: t["output_tokens"].max() == 6),
        (_erratum("null", columns=("output_tokens",)), 10, 0, lambda t: t["output_tokens"].null_count() == 3),
        (_erratum("shift", columns=("arrived_us",), by_us=500_000), 10, 0, lambda t: (t["arrived_us"] % 1_000_000 > 0).sum() == 3),
    ],
)
def test_errata_act_and_are_counted(erratum: Erratum, rows: int, dropped: int, check: object, raw: Path, tmp_path: Path) -> None:
    ingest(replace(source("burstgpt"), errata=(erratum,)), [raw], tmp_path / "lake", macros=[])
    lake = Lake(tmp_path / "lake")
    manifest = read_manifests(lake.layout)[0]
    count = manifest.tables["llm_request"]
    assert manifest.errata == {"e": 3}
    assert (count.records, count.rows, count.dropped) == (10, rows, dropped)
    assert check(lake.table("llm_request").collect())  # type: ignore[operator]


def test_7z_archive(raw: Path, tmp_path: Path) -> None:
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w") as archive:
        archive.write(raw, "inner/trace.csv")
    out = ingest(source("burstgpt"), [tmp_path / "a.7z"], tmp_path / "lake", macros=[])
    assert [entry.name for entry in out.written[0].inputs] == ["a.7z!inner/trace.csv"]
    assert Lake(tmp_path / "lake").table("llm_request").collect().height == 10


def test_broken_archive_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + b"nonsense" * 50)
    with pytest.raises(DataError, match="archive is broken"):
        ingest(source("burstgpt"), [tmp_path / "a.zip"], tmp_path / "lake", macros=[])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{not json", "not a JSON document"),
        ("[1, 2]", "no records at"),
        (json.dumps({"XAA": {"country_name": 3, "year": 2020}}), "none of 1 records is valid"),
        (json.dumps({"XAA": {"year": 2020}}), "'country_name' is missing"),
    ],
)
def test_bad_documents(content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "global_energy_mix.json").write_text(content)
    with pytest.raises(DataError, match=words):
        ingest(source("energy-mix"), [tmp_path / "global_energy_mix.json"], tmp_path / "lake", macros=[])


def test_verdicts(raw: Path, tmp_path: Path) -> None:
    ingest(source("burstgpt"), [raw], tmp_path / "lake", macros=[])
    lake = Lake(tmp_path / "lake")
    base = Claim(
        id="c",
        text="ten requests",
        citation="here",
        value=10,
        query="llm/tokens",
        where={"trace": "trace"},
        column="requests",
        needs="trace.csv",
    )
    claims = (
        base,
        replace(base, value=11),
        replace(base, value=11, tolerance=1),
        replace(base, disputed="it cannot be"),
        replace(base, needs="full", records=10),
        replace(base, needs="full", records=11),
        replace(base, needs="other.csv"),
    )
    with lake.connect() as connection:
        verdicts = check_claims(connection, [replace(source("burstgpt"), claims=claims)], read_manifests(lake.layout))
    assert [v.verdict for v in verdicts] == [AGREES, DIFFERS, AGREES, AGREES, AGREES, NEEDS_FULL, "needs other.csv"]
    assert [v.ours for v in verdicts] == [10, 10, 10, 10, 10, None, None]
