"""Samples are the same bytes on every processor: the last bit of a float never reaches a file.

Vector units and BLAS kernels differ between processors in the last bit of a random draw, a sine or a dot product. So each script is
run with every such result, and every float that it prints or writes, moved by one part in 5e15 either way. A float that was rounded to
stated digits, or stands in the script as it is, is exact and stays.
"""

from __future__ import annotations

import ast
import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tracekit import assets
from tracekit.sources.load import sources

SOURCES = sources()
#: What rounds to stated digits: its argument is moved, its result is exact.
ROUNDING = {"round", "rint", "floor", "ceil", "trunc", "significant"}
#: What turns values into bytes.
WRITING = {
    "str",
    "repr",
    "format",
    "join",
    "dumps",
    "array",
    "table",
    "Table",
    "from_pylist",
    "DataFrame",
    "execute",
    "executemany",
    "savez",
}
#: What gives another last bit on another processor, beside every draw of ``rng``.
INEXACT = {
    "exp",
    "log",
    "log2",
    "log10",
    "sin",
    "cos",
    "tanh",
    "power",
    "pow",
    "dot",
    "sum",
    "fsum",
    "mean",
    "std",
    "average",
    "cumsum",
    "cumprod",
}


class _Moved:
    """Moves floats by a factor, except those that were rounded or written down."""

    def __init__(self, factor: float, exact: set[float]) -> None:
        self.factor, self.exact = factor, exact

    def moved(self, value: Any) -> Any:
        """Returns the value with every float in it moved."""
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return np.where(np.isin(value, list(self.exact)), value, value * self.factor)
        if isinstance(value, float | np.floating):
            return value if float(value) in self.exact else type(value)(value * self.factor)
        if isinstance(value, dict):
            return {key: self.moved(item) for key, item in value.items()}
        if type(value) in (list, tuple):
            return type(value)(self.moved(item) for item in value)
        return value

    def kept(self, value: Any) -> Any:
        """Returns the value and remembers its floats as exact."""
        if isinstance(value, dict | list):
            for item in value.values() if isinstance(value, dict) else value:
                self.kept(item)
        elif isinstance(value, float | np.floating | np.ndarray):
            self.exact.update(np.atleast_1d(np.asarray(value, dtype=float)).ravel().tolist())
        return value

    def string(self, value: Any = "") -> str:
        """Returns the text of a moved value; stands for ``str``."""
        return builtins.str(self.moved(value))


class _Wrap(ast.NodeTransformer):
    """Wraps what is drawn, computed by a library, rounded or printed."""

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        self.generic_visit(node)
        node.value = _call("_moved", node.value)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return _call("_moved", node) if isinstance(node.op, ast.Pow | ast.MatMult) else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
        if name in ROUNDING | WRITING:
            node.args = [arg if isinstance(arg, ast.Starred) else _call("_moved", arg) for arg in node.args]
        if name == "map" and isinstance(node.args[0], ast.Name) and node.args[0].id == "str":
            node.args[0] = ast.Name("_string", ast.Load())
        if name in ROUNDING:
            return _call("_kept", node)
        is_drawn = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id == "rng"
        return _call("_moved", node) if is_drawn or name in INEXACT else node


def _call(name: str, value: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [value], [])


def _write_moved(script: Path, folder: Path, factor: float) -> None:
    tree = ast.parse(script.read_text(encoding="utf-8"))
    written = {float(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)}
    hand = _Moved(factor, written | {0.0})
    space = {"__name__": "sample", "__file__": str(script), "_moved": hand.moved, "_kept": hand.kept, "_string": hand.string}
    exec(compile(ast.fix_missing_locations(_Wrap().visit(tree)), str(script), "exec"), space)
    space["write"](folder)  # type: ignore[operator]


@pytest.mark.parametrize("factor", [1 + 2e-16, 1 - 2e-16], ids=["up", "down"])
@pytest.mark.parametrize("dataset", SOURCES)
def test_last_bit_of_a_float_reaches_no_file(dataset: str, factor: float, tmp_path: Path) -> None:
    _write_moved(SOURCES[dataset].folder / "sample.py", tmp_path, factor)
    shipped = assets.samples_dir() / dataset
    names = [p.relative_to(shipped).as_posix() for p in shipped.rglob("*") if p.is_file()]
    assert [name for name in names if (tmp_path / name).read_bytes() != (shipped / name).read_bytes()] == []


def test_a_script_that_prints_a_float_as_it_is_fails(tmp_path: Path) -> None:
    lines = [
        "import numpy as np",
        "def write(folder):",
        "    rng = np.random.default_rng(1)",
        "    drawn = [float(v) for v in rng.normal(0, 1, 3)]",
        "    (folder / 'a').write_text(f'{drawn[0]!r} {drawn[1]:.3f}')",
        "    (folder / 'b').write_text(','.join(map(str, [drawn[2] / 3, 0.5])))",
        "    (folder / 'c').write_text(f'{drawn[0]:.3f} {round(drawn[2], 6)}')",
        "    (folder / 'd').write_text(f'{np.array([0.1, 0.7, 0.3]) @ np.array([1.1, 2.2, 3.3])}')",
    ]
    script = tmp_path / "sample.py"
    script.write_text("\n".join(lines))
    texts = []
    for factor in (1 + 2e-16, 1 - 2e-16):
        _write_moved(script, tmp_path, factor)
        texts.append([(tmp_path / name).read_text() for name in "abcd"])
    assert [up != down for up, down in zip(*texts, strict=True)] == [True, True, False, True]
