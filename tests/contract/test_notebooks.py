"""The notebooks run from top to bottom over the samples."""

from __future__ import annotations

from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.py"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_and_answers(path: Path, demo_lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEKIT_LAKE", str(demo_lake))
    notebook = jupytext.read(path)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not [output for cell in code for output in cell.outputs if output.output_type in ("error", "stream")]
    answer = code[-1].outputs[0]["data"]["text/plain"]
    assert "burstier than Poisson" in answer
    shown = [output.get("data", {}) for cell in code for output in cell.outputs]
    charts = [data for data in shown if any("vegalite" in kind for kind in data) or "vegaEmbed" in data.get("text/html", "")]
    assert len(charts) == 2
