"""Makes lakes as tracekit made them before heads: manifests by name, one part for a trace, a journal while a commit is under way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tracekit.lake.files import files_of
from tracekit.lake.head import read_head
from tracekit.lake.layout import BESIDE, Layout, trace_folder
from tracekit.lake.manifest import read_manifests
from tracekit.paths import inside

_LATER = ("anchor_at", "parts", "columns", "rejects")


def as_before(now: Path, lake: Path) -> Path:
    """Writes a lake of today in the former layout."""
    layout = Layout(now)
    for manifest in read_manifests(layout):
        folder = trace_folder(manifest.trace)
        for table in (*manifest.tables, *BESIDE):
            [file] = files_of(layout, manifest, table)
            _copy(file.path, lake / table / manifest.dataset / folder / "part-00000.parquet")
        if manifest.rejects:
            _copy(inside(now, manifest.rejects.name, now), lake / "_rejects" / manifest.dataset / f"{folder}.jsonl")
        body = {name: value for name, value in json.loads(manifest.to_json()).items() if name not in _LATER}
        path = lake / "_manifests" / manifest.dataset / f"{folder}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(body, indent=1) + "\n")
    for dataset, name in read_head(layout).mappings.items():
        _copy(now / name, lake / "_mappings" / f"{dataset}.toml")
    (lake / "_lock").touch()
    return lake


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def stop_commit(lake: Path, after: Path, done: int) -> int:
    """Leaves a lake as a writer left it that was stopped during its commit, after so many of its renames.

    Args:
        lake: The lake, in the former layout.
        after: The lake as it was to become.
        done: Renames made; -1: the journal was not yet written.

    Returns:
        How many renames there are.
    """
    names = sorted(path.relative_to(after).as_posix() for path in after.rglob("*") if path.is_file() and path.name != "_lock")
    names.sort(key=lambda name: name.startswith("_manifests"))
    changed = [name for name in names if not (lake / name).exists() or (lake / name).read_bytes() != (after / name).read_bytes()]
    staged = "_staging/lake"
    for name in changed:
        _copy(after / name, lake / staged / name)
    if done >= 0:
        removed = [name for name in changed if (lake / name).exists() and not name.startswith("_manifests")]
        (lake / "_commit.json").write_text(json.dumps({"staged": staged, "move": changed, "remove": removed}))
        for name in changed[:done]:
            (lake / name).parent.mkdir(parents=True, exist_ok=True)
            (lake / staged / name).replace(lake / name)
    return len(changed)
