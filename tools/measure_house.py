"""Prints what the house is held to: long functions, long files, import cycles, and SQL that stands in two files.

    python tools/measure_house.py [--list] [--check]

A line of SQL counts as standing twice when it lies in a run of six consecutive lines (stripped; comments, blank lines and the header left
out) that another file below queries/ has too, be it a query or a fragment. With --list everything that is counted is named; with --check
it fails where anything is.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FUNCTION, FILE, RUN = 50, 300, 6
# The share of SQL that may stand in two queries.
TWICE = 0.06


def modules() -> dict[str, Path]:
    """Returns module → its file."""
    found = {}
    for path in sorted((ROOT / "tracekit").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def long_functions(paths: list[Path]) -> list[str]:
    """Returns the functions of more lines than one can see, the longest first."""
    found = []
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION:
                    found.append((lines, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"))
    return [f"{lines:4} {where}" for lines, where in sorted(found, reverse=True)]


def long_files(paths: list[Path]) -> list[str]:
    """Returns the files of too many lines, the longest first."""
    counts = sorted(((len(path.read_text(encoding="utf-8").splitlines()), path) for path in paths), reverse=True)
    return [f"{lines:4} {path.relative_to(ROOT)}" for lines, path in counts if lines > FILE]


def imports_of(path: Path, known: set[str]) -> set[str]:
    """Returns the modules of tracekit that a file imports when it is imported itself."""
    found: set[str] = set()
    for node in _at_import(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & known
            found |= inner or ({node.module} & known)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & known
    return found


def _at_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        for inner in ("body", "orelse", "finalbody"):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _at_import(getattr(node, inner, []))


def cycles(graph: dict[str, set[str]]) -> list[str]:
    """Returns the sets of modules that import each other, by Tarjan's algorithm."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[str] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        stack.append(module)
        for other in sorted(graph[module]):
            if other not in number:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], number[other])
        if lowest[module] == number[module]:
            component = []
            while not component or component[-1] != module:
                component.append(stack.pop())
            if len(component) > 1:
                found.append(", ".join(sorted(component)))

    for module in graph:
        if module not in number:
            visit(module)
    return found


def code_of(path: Path) -> list[str]:
    """Returns the lines of a query or a fragment that are code."""
    text = path.read_text(encoding="utf-8")
    lines = [line.strip() for line in text.partition("--- */")[2].splitlines()]
    return [line for line in lines if line and not line.startswith("--")]


def repeated(paths: list[Path]) -> tuple[int, int, list[str]]:
    """Returns how many lines of SQL stand in a run that another file has, how many there are, and who shares how many."""
    codes = {path: code_of(path) for path in paths}
    holders: dict[tuple[str, ...], set[Path]] = defaultdict(set)
    for path, lines in codes.items():
        for i in range(len(lines) - RUN + 1):
            holders[tuple(lines[i : i + RUN])].add(path)
    shared: dict[frozenset[Path], int] = defaultdict(int)
    twice = 0
    for lines in codes.values():
        marked: set[int] = set()
        for i in range(len(lines) - RUN + 1):
            found = holders[tuple(lines[i : i + RUN])]
            if len(found) > 1:
                new = set(range(i, i + RUN)) - marked
                marked |= new
                shared[frozenset(found)] += len(new)
        twice += len(marked)
    names = sorted(((count, sorted(f"{p.parent.name}/{p.stem}" for p in group)) for group, count in shared.items()), reverse=True)
    return twice, sum(map(len, codes.values())), [f"{count:4} {', '.join(group)}" for count, group in names]


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name all that is counted")
    parser.add_argument("--check", action="store_true", help="fail where anything is counted, or too much SQL stands twice")
    given = parser.parse_args()
    known = modules()
    python = [*known.values(), *sorted((ROOT / "tools").glob("*.py")), *sorted((ROOT / "benchmarks").glob("*.py"))]
    twice, lines, runs = repeated(sorted((ROOT / "queries").rglob("*.sql")))
    graph = {module: imports_of(path, set(known)) - {module} for module, path in known.items()}
    counted = 0
    for title, found in (
        (f"functions of more than {FUNCTION} lines", long_functions(python)),
        (f"files of more than {FILE} lines", long_files(python)),
        ("import cycles", cycles(graph)),
    ):
        counted += len(found)
        print(f"{title}: {len(found)}")
        for line in found if given.list else []:
            print(f"  {line}")
    print(f"lines of SQL that stand in a run of {RUN} in another file too: {twice:,} of {lines:,}, {100 * twice / lines:.1f} %")
    for line in runs if given.list else []:
        print(f"  {line}")
    if given.check and (counted or twice > TWICE * lines):
        sys.exit("the house is held to none of these, and to less SQL that stands twice: --list names what is counted")


if __name__ == "__main__":
    main()
