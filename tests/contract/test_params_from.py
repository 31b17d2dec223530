"""Parameters that a query has from another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracekit.errors import DeclarationError
from tracekit.query.borrow import with_borrowed
from tracekit.query.header import parse_query


def _shared(tmp_path: Path, first: str, second: str) -> None:
    folder = tmp_path / "llm"
    folder.mkdir()
    for name, more in (("a", first), ("b", second)):
        (folder / f"{name}.sql").write_text(
            f'/* ---\ntitle = "t"\nquestion = "q?"\nreads = ["llm_request"]\nsource = "s"\nkey = ["a"]\n{more}\n'
            '[columns]\na = { unit = "1", text = "A." }\n--- */\nSELECT $top AS a\n'
        )
    with_borrowed({query.name: query for query in (parse_query(folder / f"{name}.sql") for name in "ab")})


TOP = '[params.top]\ntype = "BIGINT"\ndefault = 8\ntext = "Rows."\n'


def test_parameters_are_those_of_another_query(tmp_path: Path) -> None:
    _shared(tmp_path, TOP, 'params_from = "llm/a"')
    queries = {name: parse_query(tmp_path / "llm" / f"{name}.sql") for name in "ab"}
    done = with_borrowed({query.name: query for query in queries.values()})
    assert done["llm/b"].params == done["llm/a"].params
    assert done["llm/b"].params["top"].default == 8


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (TOP, 'params_from = "llm/a"\n' + TOP, "llm/b.sql: header: params.top: llm/a, named by params_from, declares it too"),
        ('params_from = "llm/b"', 'params_from = "llm/a"', "llm/a.sql: header: params_from: llm/a from llm/b from llm/a"),
        (
            TOP,
            'params_from = "llm/a"\n[params.most]\ntype = "VARCHAR"\ntext = "x"\nknown = "SELECT $tp"\n',
            "params.most.known: 'tp' is not",
        ),
    ],
)
def test_parameters_that_cannot_be_had_from_another_query_are_refused(first: str, second: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DeclarationError) as caught:
        _shared(tmp_path, first, second)
    assert words in caught.value.message
    assert caught.value.fix
