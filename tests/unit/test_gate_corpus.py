"""The gate against a corpus: what must not leave is found, and what only looks odd is let through; both rates are printed."""

import duckdb
import polars as pl
import pytest
from gate_corpus import INNOCENT, PAYLOADS

from tracekit.publish.detectors import DETECTORS
from tracekit.publish.scan import PROMPT, is_prompt, scan_columns, scan_text

EVERYTHING = [*dict.fromkeys(value for values in [*PAYLOADS.values(), INNOCENT] for value in values)]


def _prompts(values: list[str]) -> set[str]:
    condition, patterns = is_prompt("x", is_name="true", is_free="false")
    with duckdb.connect() as connection:
        connection.register("rows", pl.DataFrame({"x": values}).to_arrow())
        return {x for (x,) in connection.execute(f"SELECT x FROM rows WHERE {condition}", patterns).fetchall()}


def _refused(values: list[str]) -> set[str]:
    return {value for value in values if scan_text("f", value)} | _prompts(values)


@pytest.mark.parametrize("kind", PAYLOADS)
def test_payloads_are_found(kind: str) -> None:
    values = PAYLOADS[kind]
    found = _prompts(values) if kind == "prompt" else {value for value in values if scan_text("f", f"first\n{value}")}
    print(f"{kind}: {len(found)} of {len(values)} found")
    assert [value for value in values if value not in found] == []
    assert sum(map(len, PAYLOADS.values())) >= 150


def test_innocent_values_pass() -> None:
    refused = _refused(INNOCENT)
    print(f"{len(refused)} of {len(INNOCENT)} innocent values are refused")
    assert refused == set()
    assert len(set(INNOCENT)) >= 150


def test_columns_and_documents_are_searched_alike() -> None:
    with duckdb.connect() as connection:
        connection.register("rows", pl.DataFrame({"x": EVERYTHING}).to_arrow())
        for detector in DETECTORS:
            rows = connection.execute("SELECT x FROM rows WHERE regexp_matches(x, $p)", {"p": detector.pattern}).fetchall()
            assert {x for (x,) in rows} == {x for x in EVERYTHING if detector.compiled.search(x)}, detector.name


def test_ids_that_pass_a_check_digit_by_chance_are_no_cards() -> None:
    ids = [str(4_000_000_000_000_000 + 7_919_777_777 * i) for i in range(1_000)]
    card = next(d for d in DETECTORS if d.by_chance == 0.1)
    valid = sum(map(card.finds, ids))
    assert 50 < valid < 150
    assert _column(ids) == []
    assert _column(["4111111111111111"]) == ["t.x: 1 rows hold a payment card number"]
    assert _column([*ids, "4111 1111 1111 1111"]) == ["t.x: 1 rows hold a payment card number"]


def test_escapes_of_addresses_are_read() -> None:
    assert _column(["%2Fhome%2Fjane", "100%", "%zz%ff"]) == ["t.x: 1 rows hold a home folder"]


def _column(values: list[str]) -> list[str]:
    with duckdb.connect() as connection:
        connection.register("rows", pl.DataFrame({"x": values}).to_arrow())
        return scan_columns(connection, "t", "SELECT * FROM rows", {"x": "VARCHAR"}, set())


def test_findings_count_rows_and_never_show_the_value() -> None:
    found = _column(["a", PAYLOADS["phone"][0], PAYLOADS["phone"][1], PAYLOADS["prompt"][0]])
    assert found == ["t.x: 2 rows hold a phone number", f"t.x: 1 rows hold {PROMPT}"]
