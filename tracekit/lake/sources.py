"""The sources of a lake: those of tracekit, and the user's own whose mappings the lake keeps."""

from __future__ import annotations

from tracekit.lake.layout import Layout
from tracekit.sources.load import source, sources
from tracekit.sources.mapped import parse_mapping
from tracekit.sources.model import Source


def source_in(layout: Layout, dataset: str) -> Source:
    """Returns a source of tracekit, or of the lake's own mappings.

    Raises:
        UsageError: There is no such source.
    """
    path = layout.mapping(dataset)
    if dataset not in sources() and "/" not in dataset and path.exists():
        return parse_mapping(path.read_text(encoding="utf-8"), path)
    return source(dataset)


def sources_in(layout: Layout) -> dict[str, Source]:
    """Returns every source that the lake may hold rows of, by id; those of tracekit first."""
    own = {path.stem: source_in(layout, path.stem) for path in sorted((layout.root / "_mappings").glob("*.toml"))}
    return {**sources(), **own}
