"""What a report page cannot mean is refused: the error names file, line, key and value, and says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracekit import assets
from tracekit.errors import DeclarationError
from tracekit.report.page import page_names, parse_page

PAGE = """# Requests

```page
order = 5
```

```figure
query = "arrival/dispersion"
title = "How bursty is it?"
params = { windows_s = [1, 60], stream = "job" }
chart = { color = "stream", reference = 2 }
finding = { pick = "idc DESC", text = "{trace} is burstiest: {idc:.1f}." }
```
"""
MISUSES_OF_PAGES = [
    ("# Requests", "Requests", "a page starts with `# title`", "write its title in the first line"),
    ("```figure", "```figrue", "line 7: there is no directive 'figrue'. Did you mean 'figure'?", "the directives are figure, page, lake"),
    ("order = 5", 'order = "first"', "line 3, page: order: expected", "order: Where it stands among the pages"),
    ("order = 5", "oder = 5", "line 3, page: unknown key 'oder'. Did you mean 'order'?", "its keys are order"),
    (
        'query = "arrival/dispersion"',
        'query = "arrival/dispersal"',
        "line 7, figure: query: there is no query 'arrival/dispersal'. Did you mean",
        "tracekit query",
    ),
    ('query = "arrival/dispersion"\n', "", "line 7, figure: missing query", "query: The query"),
    ("title = ", "titel = ", "figure: unknown key 'titel'. Did you mean 'title'?", "its keys are query, params, chart"),
    (
        "windows_s",
        "window_s",
        "figure.params: arrival/dispersion has no parameter 'window_s'. Did you mean 'windows_s'?",
        "it has dataset, trace",
    ),
    ("[1, 60]", "60", "figure.params: windows_s: 60 is not DOUBLE[], for example [0.5]", "windows_s: "),
    ("[1, 60]", '["60"]', "figure.params: windows_s: ['60'] is not DOUBLE[]", "windows_s: "),
    ("[1, 60]", "[0, 60]", "windows_s=0 is out of bounds", "give 1e-06 to 1e+09 s"),
    ('stream = "job"', "stream = 3", "figure.params: stream: 3 is not VARCHAR", "stream: Only this event stream."),
    ("color = ", "colour = ", "figure.chart: unknown key 'colour'. Did you mean 'color'?", "its keys are x, y, color"),
    (
        'color = "stream"',
        'color = "steam"',
        "figure.chart: color: 'steam' is not a column. Did you mean 'stream'?",
        "its columns are dataset",
    ),
    ('color = "stream"', 'kind = "pie"', "figure.chart: kind: 'pie' is not one of ", 'kind = "'),
    ('color = "stream"', 'kind = "bar"', "figure.chart: unknown key 'reference'", "its keys are x, y, color, sort, top, log"),
    ("reference = 2", 'reference = "two"', "figure.chart: reference: expected a number, not text 'two'", "reference: A value of"),
    ('pick = "idc DESC"', 'pick = "id DESC"', "figure.finding: pick: 'id' is not a column. Did you mean 'idc'?", "its columns are dataset"),
    ("{trace} is", "{tarce} is", "figure.finding: text: 'tarce' is not a column. Did you mean 'trace'?", "its columns are dataset"),
    (
        "order = 5\n```\n",
        "order = 5\n```\n\n```lake\nlimit = 3\n```\n",
        "line 7, lake: it takes no options, and limit is one",
        "leave the block empty",
    ),
    ("order = 5", "order = nan", "line 3, page: order: nan is no finite number", "order: Where it stands"),
    ("reference = 2", "reference = inf", "figure.chart: reference: inf is no finite number", "reference: A value of"),
    (
        "order = 5\n```\n",
        "order = 5\n```\n\n```page\norder = 6\n```\n",
        "line 7: there is a second page directive",
        "delete one of the two",
    ),
    ("order = 5", "order = ", "line 3, page: not valid TOML", "correct the file"),
]


def _once(text: str, old: str, new: str) -> str:
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


def test_the_page_that_is_misused_is_right_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "requests.md").write_text(PAGE)
    [figure] = parse_page(tmp_path / "requests.md").figures
    assert (figure.query, figure.params["windows_s"]) == ("arrival/dispersion", [1, 60])


@pytest.mark.parametrize(("old", "new", "words", "fix"), MISUSES_OF_PAGES)
def test_a_page_that_cannot_be_meant_is_refused(old: str, new: str, words: str, fix: str, tmp_path: Path) -> None:
    path = tmp_path / "requests.md"
    path.write_text(_once(PAGE, old, new))
    with pytest.raises(DeclarationError) as caught:
        parse_page(path)
    assert caught.value.message.startswith(f"{path}: ")
    assert words in caught.value.message
    assert fix in str(caught.value.fix)


def test_a_page_stands_where_it_says_and_last_without_a_word(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, order in (("a", "order = 30"), ("b", "order = 1.5"), ("c", None), ("d", "order = 2")):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n" + (f"\n```page\n{order}\n```\n" if order else ""))
    monkeypatch.setattr(assets, "reports_dir", lambda: tmp_path)
    assert page_names() == ["b", "d", "a", "c"]
    assert parse_page(tmp_path / "a.md").blocks == ()
