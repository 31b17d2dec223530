"""SQL expressions of mappings and errata compute with the columns at hand and open nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tracekit.schema.expression import sql_expression
from tracekit.sources.load import sources

SECRET = "a_secret_word"


@pytest.mark.parametrize(
    "text",
    [
        "(SELECT x FROM read_csv('{file}'))",
        "(SELECT nothing FROM read_csv('{file}'))",
        "(WITH q AS (SELECT * FROM read_csv('{file}')) SELECT x FROM q)",
        "n IN (FROM read_csv('{file}'))",
        "n IN (sElEcT x fRoM rEaD_cSv('{file}'))",
        "n + (SELECT/**/count(*) FROM read_parquet('{file}'))",
        "(/* SELECT */ n)",
        "n -- and nothing else",
        "(SELECT x FROM \"read_csv\"('{file}'))",
        "EXISTS (SELECT 1)",
        "'\\' || (SELECT x FROM read_csv('{file}')) || '\\'",
        "n; SELECT 1",
    ],
)
def test_expression_opens_no_file(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text(f"x\n{SECRET}\n")
    with pytest.raises(pl.exceptions.PolarsError) as caught:
        sql_expression(text.format(file=file))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("n * 2", [2, 4]),
        ("CASE WHEN s = 'select' THEN 1 ELSE 0 END", [1, 0]),
        ("s = 'it''s -- (FROM here)'", [False, False]),
        ("SUBSTRING(s FROM 1 FOR 2)", ["se", "b"]),
        ("read_bytes / 2", [5, 10]),
    ],
)
def test_expression_computes(text: str, values: list[object]) -> None:
    frame = pl.DataFrame({"n": [1, 2], "s": ["select", "b"], "read_bytes": [10, 20]})
    assert frame.select(sql_expression(text).alias("x"))["x"].to_list() == values


def test_errata_of_every_source_are_expressions() -> None:
    wheres = [erratum.where for known in sources().values() for erratum in known.errata if erratum.where]
    assert len(wheres) > 10
    for where in wheres:
        sql_expression(where)


def test_mapping_that_reads_a_file_is_refused(tmp_path: Path, cli: Callable[..., object]) -> None:
    (tmp_path / "secret.csv").write_text(f"{SECRET}\n1\n")
    (tmp_path / "a.csv").write_text("at,n\n0,1\n1,2\n")
    (tmp_path / "m.toml").write_text(
        'dataset = "mine"\ntable = "llm_request"\n[time]\nzero = "source"\n[columns]\narrived_us = { column = "at", unit = "s" }\n'
        f"input_tokens = {{ sql = \"(SELECT x FROM read_csv('{tmp_path / 'secret.csv'}'))\" }}\n"
    )
    done = cli("ingest", "--mapping", tmp_path / "m.toml", tmp_path / "a.csv", "--lake", tmp_path / "lake")
    assert done.returncode == 2, done.stderr  # type: ignore[attr-defined]
    assert "m.toml: columns.input_tokens" in done.stderr  # type: ignore[attr-defined]
    assert "no sub-queries, no files" in done.stderr  # type: ignore[attr-defined]
    assert SECRET not in done.stderr  # type: ignore[attr-defined]
