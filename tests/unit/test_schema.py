from pathlib import Path

import polars as pl
import pytest

from tracekit.errors import DeclarationError
from tracekit.schema.arrow import arrow_schema
from tracekit.schema.check import is_invalid, violation
from tracekit.schema.duckdb import create_table, quote_text
from tracekit.schema.load import load_schema, table, tables
from tracekit.schema.polars import conform, polars_schema
from tracekit.schema.version import schema_version

FIELDS = 'dataset = { type = "VARCHAR", unit = "id", text = "d" }\ntrace = { type = "VARCHAR", unit = "id", text = "t" }\n'
TABLE = 'text = "x"\ngrain = "a row"\nfamily = "llm"\ncolumns = ["dataset", "trace"]\nrequired = ["dataset"]\n'


@pytest.mark.parametrize(
    ("fields", "body", "named"),
    [
        (FIELDS + 'a = { type = "INTEGER", unit = "1", text = "x" }', TABLE, "[a]: type: 'INTEGER' is not one of VARCHAR, BIGINT"),
        (FIELDS + 'a = { type = "BIGINT", unit = "furlong", text = "x" }', TABLE, "[a]: unit: 'furlong' is no unit of the schema"),
        (FIELDS + 'a = { type = "BIGINT", unit = "1" }', TABLE, "[a]: missing text"),
        (FIELDS + 'a = { type = "BIGINT", unit = "1", text = "x", maxi = 3 }', TABLE, "[a]: unknown key 'maxi'"),
        (FIELDS + 'a = { type = "BIGINT", unit = "1", text = "x" }', TABLE, "[a] is a column of no table"),
        (FIELDS, TABLE.replace('"trace"]', '"trace", "trace"]'), "duplicate column 'trace'"),
        (
            FIELDS,
            TABLE.replace('"trace"]', '"trace", "tracee"]'),
            "'tracee' is not in fields.toml. Did you mean 'trace'?",
        ),
        (FIELDS, TABLE.replace('required = ["dataset"]', 'required = ["when"]'), "required: 'when' is not a column"),
        (FIELDS, TABLE.replace('grain = "a row"\n', ""), "missing grain"),
        (FIELDS + "a = {", TABLE, "not valid TOML"),
    ],
)
def test_wrong_declaration_is_refused_with_file_and_key(tmp_path: Path, fields: str, body: str, named: str) -> None:
    (tmp_path / "fields.toml").write_text(fields)
    (tmp_path / "thing.toml").write_text(body)
    with pytest.raises(DeclarationError) as caught:
        load_schema(tmp_path)
    assert named in str(caught.value)
    assert ".toml" in str(caught.value)


def test_renderers_agree_on_names_and_order() -> None:
    import duckdb

    for declared in tables().values():
        assert list(polars_schema(declared)) == arrow_schema(declared).names == declared.columns
        with duckdb.connect() as connection:
            connection.execute(create_table(declared))
            described = connection.execute(f"DESCRIBE {declared.name}").fetchall()
        assert [(row[0], row[1]) for row in described] == [(f.name, f.type) for f in declared.fields]
        assert {row[0] for row in described if row[2] == "NO"} == declared.required


def test_field_metadata_carries_meaning_and_unit() -> None:
    field = arrow_schema(table("llm_request")).field("ttft_s")
    assert field.metadata[b"unit"] == b"s"
    assert b"first token" in field.metadata[b"description"]


def test_conform_adds_missing_columns_and_refuses_strange_ones() -> None:
    shape = table("machine")
    out = conform(pl.LazyFrame({"machine_id": ["a"], "gpus": [2]}), shape).collect()
    assert out.columns == shape.columns
    assert out["gpus"].to_list() == [2.0]
    assert out["cpus"].to_list() == [None]
    with pytest.raises(ValueError, match="colour"):
        conform(pl.LazyFrame({"colour": [1]}), shape)


def test_violations_name_the_first_broken_rule() -> None:
    shape = table("llm_request")
    rows = pl.LazyFrame(
        {
            "dataset": ["d", "d", "d", None],
            "trace": ["t"] * 4,
            "source_row": [1, 2, 3, 4],
            "input_tokens": [5, -3, None, 1],
            "ttft_s": [0.1, 0.2, float("inf"), 0.1],
        }
    )
    found = conform(rows, shape).select(is_invalid(shape).alias("bad"), violation(shape).alias("why")).collect()
    assert found["bad"].to_list() == [False, True, True, True]
    assert found["why"].to_list() == [
        None,
        "input_tokens = -3 is below 0",
        "ttft_s = inf is not a finite number",
        "dataset is missing",
    ]


def test_schema_version_changes_with_the_shape_only() -> None:
    one, two = schema_version([table("machine")]), schema_version([table("machine"), table("cold_start")])
    assert one == schema_version([table("machine")])
    assert one != two


def test_text_is_quoted() -> None:
    assert quote_text("it's") == "'it''s'"
