"""Lakes made before heads: manifests lie by name, files by convention, and a journal may describe a commit under way. Only read."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracekit.errors import DataError, UsageError
from tracekit.lake.head import Head, Held, numbers, sort_key
from tracekit.lake.layout import BESIDE, MANIFESTS, MAPPINGS, REJECTS, Layout, trace_folder
from tracekit.lake.manifest import Manifest, StoredFile, parse_manifest
from tracekit.paths import inside

JOURNAL = "_commit.json"
_UPGRADE = "tracekit check --upgrade completes it and converts the lake"


@dataclass(frozen=True)
class Journal:
    """A commit that was under way.

    Attributes:
        moves: (where a file was prepared, where it goes).
        gone: Files to remove, unless they come anew.
    """

    moves: list[tuple[Path, Path]]
    gone: list[Path]

    @property
    def is_begun(self) -> bool:
        """Whether a file has been moved or removed."""
        return any(not source.exists() for source, _ in self.moves) or any(not path.exists() for path in self.gone)

    @property
    def is_done(self) -> bool:
        """Whether every file is where it goes."""
        return all(target.exists() and not source.exists() for source, target in self.moves) and not any(p.exists() for p in self.gone)


def read_journal(layout: Layout) -> Journal | None:
    """Returns the journal of a lake, or None where there is none.

    Raises:
        DataError: It does not fit: it is no journal, or names a path outside of the lake. Nothing is done with it.
    """
    path = layout.root / JOURNAL
    if not path.exists() and not path.is_symlink():
        return None
    fix = "nothing was touched; if no process is writing to this lake, look at the file and remove it"
    try:
        body: dict[str, Any] = json.loads(inside(layout.root, JOURNAL, layout.root).read_bytes())
        moved = [_text(name) for name in body["move"]]
        staged = _text(body["staged"])
        gone = [inside(layout.root, name, path) for name in map(_text, body["remove"]) if name not in moved]
        moves = [(inside(layout.root, f"{staged}/{name}", path), inside(layout.root, name, path)) for name in moved]
    except (ValueError, TypeError, KeyError, AttributeError, OSError, RecursionError) as error:
        raise DataError(f"{path}: not the journal of a commit: {error}", fix) from error
    if odd := [source for source, target in moves if not source.exists() and not target.exists()]:
        raise DataError(f"{path}: it does not fit the lake: there is no {odd[0]}", fix)
    return Journal(moves, gone)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a path")
    return value


def is_former(layout: Layout) -> bool:
    """Whether a lake is one made before heads."""
    return next(layout.root.glob(f"{MANIFESTS}/*/*.json"), None) is not None


def refuse_former(layout: Layout) -> None:
    """Raises UsageError where a lake has to be converted before it is written to."""
    if not numbers(layout) and is_former(layout):
        fix = f"tracekit check --upgrade --lake {layout.root}"
        raise UsageError(f"{layout.root} was made by an earlier tracekit: it can be read, but not written to", fix)


def former_head(layout: Layout) -> Head:
    """Returns what a lake made before heads holds, as if it had one.

    Raises:
        DataError: A commit was under way when its writer ended, and half of it is done.
    """
    journal = read_journal(layout)
    if journal and journal.is_begun and not journal.is_done:
        raise DataError(f"{layout.root / JOURNAL}: half of a commit was made when its writer was stopped", _UPGRADE)
    paths = sorted(layout.root.glob(f"{MANIFESTS}/*/*.json"))
    known = [(path, parse_manifest(inside(layout.root, _name(layout, path), layout.root).read_bytes(), path)) for path in paths]
    held = [Held(m.dataset, m.trace, _name(layout, path), m.is_synthetic) for path, m in known]
    mappings = {path.stem: _name(layout, path) for path in sorted((layout.root / MAPPINGS).glob("*.toml"))}
    return Head(did="a lake made before heads", held=tuple(sorted(held, key=lambda h: sort_key(h.key))), mappings=mappings)


def _name(layout: Layout, path: Path) -> str:
    return path.relative_to(layout.root).as_posix()


def former_names(layout: Layout) -> set[str]:
    """Returns the files of a lake made before heads, as they are left where its conversion was stopped after its head was written."""
    names: set[str] = set()
    for path in layout.root.glob(f"{MANIFESTS}/*/*.json"):
        manifest = completed(layout, parse_manifest(inside(layout.root, _name(layout, path), layout.root).read_bytes(), path))
        names |= {_name(layout, path), *(part.name for parts in manifest.parts.values() for part in parts)}
        names |= {manifest.rejects.name} if manifest.rejects else set()
    return names | {_name(layout, path) for path in (layout.root / MAPPINGS).glob("*.toml")}


def completed(layout: Layout, manifest: Manifest) -> Manifest:
    """Returns a manifest of such a lake with what it leaves to convention: which files there are, and what their columns are."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from tracekit.schema.arrow import type_names

    folder = trace_folder(manifest.trace)
    for table in (*manifest.tables, *BESIDE):
        name = f"{table}/{manifest.dataset}/{folder}/part-00000.parquet"
        path = inside(layout.root, name, layout.root / MANIFESTS)
        count = manifest.tables.get(table)
        if not path.exists() and count is None:
            continue
        rows, shape = count.rows if count else 0, {}
        # Of a damaged file nothing is known; it is the check that says so.
        with contextlib.suppress(OSError, pa.ArrowException), pq.ParquetFile(path) as file:
            rows, shape = file.metadata.num_rows, type_names(file.schema_arrow)
            if table == "recording" and rows:
                anchor = file.read(["anchor_at"])["anchor_at"][0].as_py()
                manifest.anchor_at = None if anchor is None else anchor.isoformat(sep=" ")
        manifest.parts[table] = [StoredFile(name, count.sha256 if count else "", path.stat().st_size if path.exists() else 0, rows)]
        manifest.columns[table] = shape
    name = f"{REJECTS}/{manifest.dataset}/{folder}.jsonl"
    path = inside(layout.root, name, layout.root / MANIFESTS)
    if path.exists():
        manifest.rejects = StoredFile(name, "", path.stat().st_size, path.read_bytes().count(b"\n"))
    return manifest
