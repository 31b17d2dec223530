"""The JSON Schemas that ship: what is declared here holds to them, and they are those of the loader."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from tracekit import assets
from tracekit.cli import cli
from tracekit.cli._declarations import KINDS

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "schemas" / "json"
_HEADER = re.compile(r"\A\s*/\* ---\n(.*?)\n--- \*/\n", re.DOTALL)


def _fenced(kind: str) -> Iterator[tuple[str, str]]:
    for path in sorted(assets.reports_dir().glob("*.md")):
        for i, found in enumerate(re.finditer(rf"^```{kind}\n(.*?)^```", path.read_text(), re.DOTALL | re.MULTILINE), 1):
            yield f"{path.name} {i}", found[1]


def _declared(kind: str) -> Iterator[tuple[str, str]]:
    """What ships of a kind of declaration: its place and its TOML."""
    if kind in ("query", "fragment"):
        for path in sorted(assets.queries_dir().glob("*/*.sql")):
            if path.name.startswith("_") == (kind == "fragment"):
                found = _HEADER.match(path.read_text())
                assert found is not None
                yield path.name, found[1]
    elif kind in ("page", "figure"):
        yield from _fenced(kind)
    elif kind == "schema-field":
        yield "fields.toml", (assets.schemas_dir() / "fields.toml").read_text()
    elif kind == "table":
        yield from ((p.name, p.read_text()) for p in sorted(assets.schemas_dir().glob("*.toml")) if p.name != "fields.toml")
    elif kind == "mapping":
        text = (ROOT / "docs" / "mapping.md").read_text()
        yield from (
            (f"mapping.md {i}", found)
            for i, found in enumerate(re.findall(r"^```toml[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE), 1)
        )
    else:
        yield from ((p.parent.name, p.read_text()) for p in sorted(assets.sources_dir().glob(f"*/{kind}.toml")))


def _schema(kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SHIPPED / f"{kind}.json").read_text())
    return schema


def _tools() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_docs", ROOT / "tools" / "write_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", KINDS)
def test_what_ships_holds_to_its_schema(kind: str) -> None:
    schema = _schema(kind)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    wrong = [
        f"{place}: {error.json_path}: {error.message[:200]}"
        for place, text in _declared(kind)
        for error in validator.iter_errors(tomllib.loads(text))
    ]
    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_something_of_every_kind(kind: str) -> None:
    assert list(_declared(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_the_loader_does_not_know_is_refused(kind: str) -> None:
    _, text = next(iter(_declared(kind)))
    body = tomllib.loads(text)
    target = next(iter(body.values())) if KINDS[kind].named else body
    target["colour"] = 1
    assert not Draft202012Validator(_schema(kind)).is_valid(body)


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_prints_what_ships(kind: str) -> None:
    done = CliRunner().invoke(cli, ["schema", "--json", kind])
    assert (done.exit_code, done.stdout) == (0, (SHIPPED / f"{kind}.json").read_text())


def test_the_command_lists_the_kinds() -> None:
    done = CliRunner().invoke(cli, ["schema", "--format", "jsonl"])
    assert [json.loads(line)["kind"] for line in done.stdout.splitlines()] == list(KINDS)


def test_no_schema_ships_that_is_not_generated_and_a_drift_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tools = _tools()
    texts = {path: text for path, text in tools.pages().items() if path.suffix == ".json"}
    assert {path.name: text for path, text in texts.items()} == {path.name: path.read_text() for path in SHIPPED.iterdir()}
    moved = {tmp_path / path.name: text for path, text in texts.items()}
    for path, text in moved.items():
        path.write_text(text)
    monkeypatch.setattr(tools, "pages", lambda: moved)
    monkeypatch.setattr(tools, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["write_docs.py", "--check"])
    assert tools.main() == 0
    changed = tmp_path / "query.json"
    changed.write_text(changed.read_text().replace('"key"', '"keys"', 1))
    assert tools.main() == 1


@pytest.mark.parametrize(
    ("kind", "body", "where"),
    [
        ("query", {"chart": {"kind": "pie"}}, "$.chart"),
        ("query", {"params": {"a": {"type": "BOLEAN", "text": "x"}}}, "$.params.a.type"),
        ("query", {"columns": {"a": {"unit": "seconds", "text": "x"}}}, "$.columns.a.unit"),
        ("query", {"chart": {"kind": "line", "x": "a", "y": "a", "log": ["color"]}}, "$.chart"),
        ("table", {"family": "gpu"}, "$.family"),
        ("schema-field", {"a": {"type": "BIGINT", "unit": "1"}}, "$.a"),
        ("errata", {"errata": [{"id": "a", "text": "b", "link": "http://c", "action": "fix"}]}, "$.errata[0].action"),
        ("source", {"files": [{"format": "csv", "pattern": "x"}]}, "$.files[0]"),
    ],
)
def test_a_wrong_value_is_refused_where_it_stands(kind: str, body: dict[str, Any], where: str) -> None:
    assert where in {error.json_path for error in Draft202012Validator(_schema(kind)).iter_errors(body)}
