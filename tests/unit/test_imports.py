"""Rooms import earlier rooms only."""

import ast
from pathlib import Path

ROOMS = [
    ["errors", "assets", "paths", "disk"],
    ["declare"],
    ["schema"],
    ["sources"],
    ["lake", "ingest"],
    ["query", "stats"],
    ["charts", "export", "box", "offline"],
    ["api"],
    ["report", "compare"],
    ["publish"],
    ["cli"],
]
LEVEL = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}
PACKAGE = Path(__file__).parents[2] / "tracekit"


def test_no_import_runs_upward() -> None:
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tracekit"):
                names = [node.module.split(".")[1]] if node.module != "tracekit" else [alias.name for alias in node.names]
                wrong += [f"{path.relative_to(PACKAGE)} imports {name}" for name in names if LEVEL[name] > LEVEL[room]]
    assert wrong == []
