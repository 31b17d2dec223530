"""The sources of a lake: those of tracekit, and the user's own whose mappings the lake keeps."""

from __future__ import annotations

from pathlib import Path

from tracekit.lake.head import read_head
from tracekit.lake.layout import Layout
from tracekit.paths import inside
from tracekit.sources.load import source, sources
from tracekit.sources.mapping_file import parse_mapping
from tracekit.sources.model import Source


def mapping_path(layout: Layout, dataset: str) -> Path | None:
    """Returns the mapping that the lake keeps for a dataset of the user's own, or None."""
    name = read_head(layout).mappings.get(dataset)
    return None if name is None else inside(layout.root, name, f"the head of {layout.root}")


def source_in(layout: Layout, dataset: str) -> Source:
    """Returns a source of tracekit, or of the lake's own mappings.

    Raises:
        UsageError: There is no such source.
    """
    path = mapping_path(layout, dataset) if dataset not in sources() else None
    if path is not None and path.exists():
        return parse_mapping(path.read_text(encoding="utf-8"), path)
    return source(dataset)


def sources_in(layout: Layout) -> dict[str, Source]:
    """Returns every source that the lake may hold rows of, by id; those of tracekit first."""
    own = {dataset: source_in(layout, dataset) for dataset in read_head(layout).mappings}
    return {**sources(), **own}
