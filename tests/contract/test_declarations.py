"""What a query header or a chart cannot mean is refused: the error names file, key and value, and says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracekit import assets
from tracekit.errors import DeclarationError
from tracekit.query.chart import chart_kinds
from tracekit.query.header import parse_query

HEADER = """
title = "Requests by model"
question = "Which model takes the requests?"
reads = ["llm_request"]
requires = ["llm_request.model"]
source = "Requests by model"
key = ["dataset", "trace", "model"]
chart = { kind = "bar", x = "requests", y = "model", color = "trace", log = ["x"], sort = "-requests", top = 20 }
finding = { pick = "requests DESC, model", text = "{model} takes {share:.1%} of the requests of {dataset}/{trace}." }
n = { column = "requests", over = ["dataset", "trace", "model"] }

[params.top]
type = "BIGINT"
default = 8
unit = "1"
text = "Models to show."

[params.by]
type = "VARCHAR"
default = "model"
choices = ["model", "device"]
unit = "name"
text = "What is counted by."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
model = { unit = "name", text = "Model." }
requests = { unit = "1", text = "Requests." }
share = { unit = "ratio", text = "Share of the requests." }
"""
SELECT = "SELECT dataset, trace, model, 1 AS requests, 1.0 AS share FROM llm_request WHERE $by = 'model' LIMIT $top"
CHART = next(line for line in HEADER.splitlines() if line.startswith("chart"))
COLUMNS = "its columns are dataset, trace, model, requests, share"

# What stands in the header, what stands there instead, what the error names besides the file, and what it says to write.
MISUSES_OF_QUERIES = [
    (
        'title = "Requests by model"',
        'titel = "Requests"',
        "header: unknown key 'titel'. Did you mean 'title'?",
        "its keys are title, question",
    ),
    ('title = "Requests by model"', "title = 3", "title: expected text, not the number 3", "title: Short title."),
    ('source = "Requests by model"\n', "", "missing source", "source: Citation of the definition."),
    ('key = ["dataset", "trace", "model"]\n', "", "missing key", "key: Columns that identify a row"),
    ('key = ["dataset", "trace", "model"]', 'key = "model"', "key: expected a list, not text 'model'", "key = ['model']"),
    ('"trace", "model"]\nchart', '"trace", "modle"]\nchart', "key: 'modle' is not a column. Did you mean 'model'?", COLUMNS),
    ('"trace", "model"]\nchart', '"trace", "trace"]\nchart', "key: 'trace' is named twice", "name each column once"),
    (
        'reads = ["llm_request"]',
        'reads = ["llm_requests"]',
        "reads: there is no table 'llm_requests'. Did you mean 'llm_request'?",
        "--tables",
    ),
    ('reads = ["llm_request"]', "reads = []", "reads: it names no table", "reads = ["),
    (
        '"llm_request.model"',
        '"llm_request.modell"',
        "requires: there is no column 'llm_request.modell'. Did you mean 'llm_request.model'?",
        "table.column",
    ),
    (
        '"llm_request.model"',
        '"power_sample.power_w"',
        "requires: 'power_sample.power_w' is of a table that it does not read",
        "reads names power_sample",
    ),
    ('kind = "bar"', 'kind = "pie"', f"chart: kind: 'pie' is not one of {', '.join(chart_kinds())}", 'kind = "'),
    ('kind = "bar"', "kind = 3", "chart: kind: 3 is not one of ", 'kind = "'),
    ('kind = "bar", ', "", "chart: missing kind", f"one of {', '.join(chart_kinds())}"),
    ("color = ", "colour = ", "chart: unknown key 'colour'. Did you mean 'color'?", "its keys are x, y, color, sort, top, log"),
    ("top = 20", "tpo = 20", "chart: unknown key 'tpo'. Did you mean 'top'?", "its keys are x, y"),
    ("top = 20", "top = 0", "chart: top: 0 is no number of rows to draw", "top: How many rows are drawn"),
    ("top = 20", 'top = "20"', "chart: top: expected a whole number, not text '20'", "top: How many rows are drawn"),
    ('x = "requests"', 'x = "request"', "chart: x: 'request' is not a column. Did you mean 'requests'?", COLUMNS),
    (
        'x = "requests"',
        'x = "model"',
        "chart: x: 'model' holds no quantities, its unit is 'name'",
        "x is an axis of numbers: requests, share",
    ),
    ('sort = "-requests"', 'sort = "-rank"', "chart: sort: 'rank' is not a column", COLUMNS),
    ('log = ["x"]', 'log = ["z"]', "chart: log: 'z' is not one of x", "log: Axes that are logarithmic."),
    ('log = ["x"]', 'log = "x"', "chart: log: expected a list, not text 'x'", "log = ['x']"),
    ('log = ["x"]', "dash = 'model'", "chart: unknown key 'dash'", "its keys are x, y, color"),
    ('kind = "bar"', 'kind = "range"', "chart: missing x2", "x2: The column of the other end."),
    ('kind = "bar"', 'kind = "stacked_bar"', "chart: unknown key 'log'", "its keys are x, y, color, sort, top"),
    ("{model} takes", "{models} take", "finding.text: 'models' is not a column. Did you mean 'model'?", COLUMNS),
    ("{model} takes", "{model takes", "finding: text: '{model takes", "text: The sentence"),
    ("{share:.1%}", "{share!x}", "has a placeholder {share!x}: write {share}", "text: The sentence"),
    ("chart = { kind", "calendar = 3\nchart = { kind", "calendar: expected text, not the number 3", "calendar: The coarsest"),
    (CHART, 'chart = "bar"', "header.chart: expected a table, not text 'bar'", 'a table with kind = "'),
    ("{share:.1%}", "{share:.1y}", "'.1y' formats neither a number nor a word", "text: The sentence"),
    ('pick = "requests DESC', 'pick = "request DESC', "finding.pick: 'request' is not a column. Did you mean 'requests'?", COLUMNS),
    ("pick = ", "order = ", "finding: unknown key 'order'", "its keys are pick, text"),
    ('column = "requests"', 'column = "tasks"', "n.column: 'tasks' is not a column", COLUMNS),
    ('column = "requests"', 'column = "model"', "n.column: 'model' holds no counts, its unit is 'name'", "unit"),
    ('over = ["dataset", "trace", "model"]', 'over = ["grp"]', "n.over: 'grp' is not a column", COLUMNS),
    (
        'over = ["dataset", "trace", "model"]',
        'over = ["trace"], summed = false',
        "n: over: it says how counts are summed",
        "over: Columns that identify",
    ),
    (
        'n = { column = "requests", over = ["dataset", "trace", "model"] }',
        'n = "requests"',
        "n: expected a table, not text 'requests'",
        "column",
    ),
    (
        'type = "BIGINT"',
        'type = "BOLEAN"',
        "params.top: type: 'BOLEAN' is not one of VARCHAR, BIGINT, DOUBLE, BOOLEAN",
        "type: DuckDB type",
    ),
    ("default = 8", 'default = "8"', "params.top: default: '8' is not BIGINT, for example 60", "default: The value where none is given."),
    ("default = 8", "default = -1", "params.top: default:", "give 0 to"),
    (
        'default = "model"',
        'default = "modle"',
        "params.by: default: 'modle' is not one of its choices: model, device",
        "default: The value",
    ),
    ('choices = ["model", "device"]', 'choices = "model"', "params.by: choices: expected a list, not text 'model'", "choices = ['model']"),
    ('default = 8\nunit = "1"', 'default = 8\nunit = "count"', "params.top: unit: 'count' is no unit of the schema", "unit: Its unit."),
    ("default = 8", "defualt = 8", "params.top: unknown key 'defualt'. Did you mean 'default'?", "its keys are type, default"),
    ('text = "Models to show."\n', "", "params.top: missing text", "text: What it does."),
    ('text = "Models to show."', 'text = " "', "params.top: text: ' ' says nothing", "text: What it does."),
    (
        'text = "Models to show."',
        'text = "Models."\nunless = ["by"]',
        "params.top: unless: it says when known does not hold",
        "unless: Parameters",
    ),
    (
        'text = "What is counted by."',
        'text = "What."\nknown = "SELECT $model"',
        "params.by.known: 'model' is not a parameter",
        "its parameters are dataset",
    ),
    ("[params.top]", "[params.trace]", "params.trace: every query has it", "delete it"),
    ("[params.top]", "[params.most]", "$ in the SELECT: 'top' is not a parameter", "its parameters are dataset, trace, most, by"),
    (
        'share = { unit = "ratio"',
        'share = { unit = "percent"',
        "columns.share: unit: 'percent' is no unit of the schema",
        "unit: A unit of the schema.",
    ),
    (
        'share = { unit = "ratio"',
        'share = { units = "ratio"',
        "columns.share: unknown key 'units'. Did you mean 'unit'?",
        "its keys are unit, text",
    ),
    (
        "[params.top]",
        'calendar = "day"\n[params.top]',
        "calendar: 'day' is not one of day_index, hour, weekday_hour, exact",
        "calendar: The coarsest",
    ),
    (
        "[params.top]",
        'compute = "lenghts.fit_lengths"\n[params.top]',
        "compute: there is no module 'lenghts' in stats. Did you mean 'lengths'?",
        "module.function",
    ),
    ("[params.top]", 'compute = "lengths.fit"\n[params.top]', "compute: stats.lengths has no function 'fit'", "it has "),
    (
        "[params.top]",
        'compute = "lengths.fit_lengths"\n[params.top]',
        "params.top: lengths.fit_lengths has no argument of that name",
        "its arguments are",
    ),
    (
        "[params.top]",
        'uses = ["power/tick"]\n[params.top]',
        "uses: there is no query 'power/tick'. Did you mean 'power/ticks'?",
        "tracekit query lists them",
    ),
    (
        "[params.top]",
        'params_from = "llm/token"\n[params.top]',
        "params_from: there is no query 'llm/token'. Did you mean 'llm/tokens'?",
        "tracekit query",
    ),
    (
        "[params.top]",
        'extend = { when = "by", query = "llm/tokens", on = ["model"] }\n[params.top]',
        "extend.when: 'by' is not BOOLEAN",
        "true or false",
    ),
    (
        "[params.top]",
        'extend = { when = "dataset", query = "llm/tokns", on = ["model"] }\n[params.top]',
        "extend.query: there is no query 'llm/tokns'",
        "tracekit query",
    ),
    (
        "[params.top]",
        'extend = { on = ["model"], wen = "by" }\n[params.top]',
        "extend: unknown key 'wen'. Did you mean 'when'?",
        "its keys are when, query, on",
    ),
    ('key = ["dataset", "trace", "model"]', "key = []", "key: it names no column", 'key = ["dataset", "trace"]'),
    ('over = ["dataset", "trace", "model"]', "over = []", "n: over: it names no column", "over: Columns that identify"),
    ('over = ["dataset", "trace", "model"]', 'over = ["share"]', "n.over: 'share' is not of the key", "the key is dataset, trace, model"),
    ('choices = ["model", "device"]', "choices = []", "params.by: choices: there are none", "choices: The allowed words"),
    (
        'text = "Models to show."',
        'text = "Models."\nknown = "SELECT 1"',
        "params.top: known: it is of words",
        "known: A SELECT of the values",
    ),
    ("[params.top]", "[params.most-of-them]", "params.most-of-them: name: 'most-of-them' is no name in small letters", "name: "),
    (
        "[params.top]",
        '[params.most]\ntype = "BIGINT"\ntext = "Most."\n[params.top]',
        "params.most: the SELECT never says $most",
        "use it, or delete it",
    ),
    ("[columns]", "[columns]\nShare = 3", "columns.Share: expected a table, not the number 3", "a table of unit, text"),
    ('title = "Requests by model"', 'title = "Requests', "header: not valid TOML", "correct the file"),
]


def _query(folder: Path, header: str) -> Path:
    path = folder / "llm" / "by_model.sql"
    path.parent.mkdir()
    path.write_text(f"/* ---{header}--- */\n{SELECT}\n")
    return path


def _once(text: str, old: str, new: str) -> str:
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


def test_the_header_that_is_misused_is_right_as_it_stands(tmp_path: Path) -> None:
    assert list(parse_query(_query(tmp_path, HEADER)).params) == ["dataset", "trace", "top", "by"]


@pytest.mark.parametrize(("old", "new", "words", "fix"), MISUSES_OF_QUERIES)
def test_a_header_that_cannot_be_meant_is_refused(old: str, new: str, words: str, fix: str, tmp_path: Path) -> None:
    path = _query(tmp_path, _once(HEADER, old, new))
    with pytest.raises(DeclarationError) as caught:
        parse_query(path)
    assert caught.value.message.startswith(f"{path}: header")
    assert words in caught.value.message
    assert fix in str(caught.value.fix)


def test_a_fragment_has_neither_chart_nor_key(tmp_path: Path) -> None:
    path = tmp_path / "llm" / "_by_model.sql"
    path.parent.mkdir()
    lines = [line for line in HEADER.splitlines() if not line.startswith(("key", "chart", "finding", "n ", "requires"))]
    text = "\n".join(lines)
    path.write_text(f"/* ---{text}\n--- */\n{SELECT}\n")
    assert parse_query(path).chart is None
    path.write_text(f'/* ---\nkey = ["model"]{text}\n--- */\n{SELECT}\n')
    with pytest.raises(DeclarationError, match="unknown key 'key'"):
        parse_query(path)


def test_a_kind_of_chart_is_one_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in assets.charts_dir().glob("*.py"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "dots.py").write_text(
        "from typing import ClassVar\n\nfrom tracekit.query.chart import Plot, ResultColumn\n\n\n"
        'class Dots(Plot, frozen=True, kw_only=True):\n    """Dots.\n\n    Attributes:\n        size: The column that is their size.\n'
        '    """\n\n'
        '    kind: ClassVar[str] = "dots"\n    size: ResultColumn\n\n\nKIND = Dots\n'
    )
    import tracekit.charts

    monkeypatch.setattr(tracekit.charts, "__path__", [str(tmp_path)])
    monkeypatch.setattr(assets, "charts_dir", lambda: tmp_path)
    dots = 'kind = "dots", size = "share"'
    made = parse_query(_query(tmp_path, _once(HEADER, 'kind = "bar"', dots).replace(', log = ["x"]', ""))).chart
    assert made is not None
    assert made.columns()["size"] == "share"
    path = tmp_path / "llm" / "by_model.sql"
    path.write_text(path.read_text().replace('size = "share"', 'size = "shares"'))
    with pytest.raises(DeclarationError, match=r"chart: size: 'shares' is not a column\. Did you mean 'share'"):
        parse_query(path)
