"""What a recording covers by its source's own word, and the rates that are taken over it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tracekit.api import Lake
from tracekit.errors import DeclarationError
from tracekit.ingest.extent import recorded_extent
from tracekit.ingest.plan import RawFile
from tracekit.ingest.trace import TraceResult
from tracekit.lake.manifest import TableCount
from tracekit.sources.extent import Extent
from tracekit.sources.load import load_source, source

DAY_S = 86_400
Ingest = Callable[..., Lake]


def _minutes(busy: dict[int, int], last: int = 1440) -> str:
    header = ["HashOwner", "HashApp", "HashFunction", "Trigger", *map(str, range(1, last + 1))]
    return "\n".join([",".join(header), ",".join(["o", "a", "f", "timer", *(str(busy.get(m, 0)) for m in range(1, last + 1))])]) + "\n"


def test_a_day_of_minutes_is_a_day_whenever_something_happens(ingest_file: Ingest) -> None:
    # Two invocations a minute in the eleventh hour: in that hour alone a load is as high as its mean.
    lake = ingest_file("azure-functions-2019", "day_invocations.csv", _minutes(dict.fromkeys(range(601, 661), 2)))
    [row] = lake.run("serverless/peak_to_trough", {"smooth_s": [3600]}).records()
    assert (row["windows"], row["peak_to_mean"], row["peak_to_trough"]) == (24, pytest.approx(24), None)
    assert row["is_extent_known"] is True
    [rate] = lake.run("serverless/rate_classes").records()
    assert rate["class"] == "3: up to one a minute"
    [day] = lake.run("serverless/days").records()
    assert day["per_hour"] == pytest.approx(120 / 24)


def test_windows_are_those_of_the_recording_and_not_of_its_first_event(ingest_file: Ingest) -> None:
    # From the first event on there is one full hour, which is its own trough.
    busy = {60: 1, **dict.fromkeys(range(61, 85), 1), 120: 0}
    lake = ingest_file("azure-functions-2019", "part_invocations.csv", _minutes(busy, last=120))
    [row] = lake.run("serverless/peak_to_trough", {"smooth_s": [3600]}).records()
    assert (row["windows"], row["peak_to_trough"]) == (2, pytest.approx(24))


def test_days_of_a_release_cover_the_days_that_are_there(tmp_path: Path, ingest_file: Ingest) -> None:
    lake = ingest_file("azure-functions-2019", "invocations_per_function_md.anon.d03.csv", _minutes({5: 1}))
    [(start, end)] = lake.sql("SELECT extent_start_us, extent_end_us FROM recording").rows()
    assert (start, end) == (2 * DAY_S * 10**6, 3 * DAY_S * 10**6)


def test_zeros_that_a_source_states_are_recorded_time(ingest_file: Ingest) -> None:
    # Huawei's minutes: a zero is a row, and says that somebody looked.
    lines = ["day,time,0", *(f"0,{60 * m},{6 if 600 <= m < 660 else 0}" for m in range(1440))]
    lake = ingest_file("huawei-functions-2023", "private_dataset/requests_minute/day_000.csv", "\n".join(lines) + "\n")
    [row] = lake.run("serverless/peak_to_trough", {"smooth_s": [3600]}).records()
    assert (row["windows"], row["peak_to_mean"], row["is_extent_known"]) == (24, pytest.approx(24), False)


def _covered(dataset: str, records: int, first_s: float, last_s: float) -> tuple[int, int] | None:
    kind = source(dataset).files[0]
    counts = {table: TableCount(rows=records, records=records) for table in kind.maps}
    result = TraceResult(counts=counts, first_us=round(first_s * 1e6), last_us=round(last_s * 1e6))
    return recorded_extent([RawFile(Path("x"), "x", kind, "t")], result)


@pytest.mark.parametrize(
    ("dataset", "records", "first_s", "last_s", "covered_s"),
    [
        ("burstgpt", 1_429_737, 5, 5_269_973, (0, 61 * DAY_S)),
        ("burstgpt", 5_344_021, 19_440_110, 28_943_983, (225 * DAY_S, 335 * DAY_S)),
        ("mooncake", 12_031, 0, 3_536.999, (0, 3600)),
        # A part of a recording covers nobody knows what.
        ("burstgpt", 1000, 5, 20_000, None),
        ("mooncake", 3_993, 0, 1_500, None),
    ],
)
def test_whole_spans_of_whole_recordings(
    dataset: str, records: int, first_s: float, last_s: float, covered_s: tuple[int, int] | None
) -> None:
    assert _covered(dataset, records, first_s, last_s) == (covered_s and tuple(s * 10**6 for s in covered_s))


def test_what_begins_before_the_zero_does_not_move_it() -> None:
    kind = replace(source("burstgpt").files[0], extent=Extent(every_s=10, records=(7,)))
    result = TraceResult(counts={"llm_request": TableCount(rows=7, records=7)}, first_us=-3_000_000, last_us=12_000_000)
    assert recorded_extent([RawFile(Path("x"), "x", kind, "t")], result) == (0, 20_000_000)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ("extent = { cell_s = 60, every_s = 60 }", "one of cell_s and every_s"),
        ("extent = { label = 'day' }", "one of cell_s and every_s"),
        ("extent = { every_s = -1, records = [1] }", "above zero"),
        ("extent = { every_s = 60 }", "records: they are of every_s"),
        ("extent = { cell_s = 60, label = 'day' }", "go together"),
        ("extent = { cell_s = 60, label = 'week', label_s = 1 }", "no label 'week'"),
        ("extent = { cells = 60 }", "Did you mean 'cell_s'"),
    ],
)
def test_a_wrong_extent_is_refused_by_name(changed: str, words: str, tmp_path: Path) -> None:
    text = (source("azure-functions-2019").folder / "source.toml").read_text()
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "source.toml").write_text(text.replace('extent = { cell_s = 60, label = "day", label_s = 86_400 }', changed))
    with pytest.raises(DeclarationError, match=words):
        load_source(folder)


def test_only_a_clock_with_its_own_zero_has_an_extent(tmp_path: Path) -> None:
    text = (source("azure-functions-2019").folder / "source.toml").read_text()
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "source.toml").write_text(text.replace('zero = "source"', 'zero = "first"'))
    with pytest.raises(DeclarationError, match="zero of its own"):
        load_source(folder)
