"""Names the files that were prepared for a trace by their content, and enters them into its manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

from tracekit.disk import hash_file
from tracekit.lake.drafts import Run, numbered_part
from tracekit.lake.layout import BESIDE, part_name, rejects_name
from tracekit.lake.manifest import Manifest, StoredFile
from tracekit.schema.arrow import arrow_schema, type_names
from tracekit.schema.load import tables


@cache
def _declared(name: str) -> tuple[tuple[str, str], ...]:
    return tuple(type_names(arrow_schema(tables()[name])).items())


def name_files(run: Run, manifest: Manifest, rows: Mapping[str, int] | None = None) -> dict[str, Path]:
    """Gives the files that were prepared for a trace the names that they will have, and enters them into the manifest.

    Args:
        run: The run; one file for each table of the manifest lies at ``run.part``, several at that name and a number.
        manifest: The manifest, with its counts; gains parts, columns and rejects.
        rows: Table → rows, of tables that were written as they are declared now; what is not said is read from the files.

    Returns:
        Name → prepared file.
    """
    named: dict[str, Path] = {}
    for table in (*manifest.tables, *BESIDE):
        paths = [run.part(table, manifest.dataset, manifest.trace)]
        if table in BESIDE and not paths[0].exists():
            continue
        while (another := numbered_part(paths[0], len(paths))).exists():
            paths.append(another)
        stored = []
        for path in paths:
            known = manifest.tables[table].sha256 if table in manifest.tables and path == paths[0] else ""
            digest = known or hash_file(path)
            if rows is None or table not in rows or len(paths) > 1:
                about = pq.read_metadata(path)
                # Not as declared: what is renamed may have been written under a former schema.
                count, manifest.columns[table] = about.num_rows, type_names(about.schema.to_arrow_schema())
            else:
                count, manifest.columns[table] = rows[table], dict(_declared(table))
            stored.append(StoredFile(part_name(table, manifest.dataset, manifest.trace, digest), digest, path.stat().st_size, count))
            named[stored[-1].name] = path
        manifest.parts[table] = stored
        if table in manifest.tables:
            hashes = "".join(f"{part.sha256}\n" for part in stored)
            manifest.tables[table].sha256 = stored[0].sha256 if len(stored) == 1 else hashlib.sha256(hashes.encode()).hexdigest()
    rejects = run.rejects(manifest.dataset, manifest.trace)
    if rejects.exists():
        digest, lines = hash_file(rejects), rejects.read_bytes().count(b"\n")
        manifest.rejects = StoredFile(rejects_name(manifest.dataset, manifest.trace, digest), digest, rejects.stat().st_size, lines)
        named[manifest.rejects.name] = rejects
    return named
