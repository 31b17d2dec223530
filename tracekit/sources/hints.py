"""Commands that help with a dataset: those of a source, or those of a user's own mapping."""

from __future__ import annotations

from tracekit.sources.load import sources


def ingest_command(dataset: str, rest: str = "") -> str:
    """Returns the command that ingests a dataset again, with further options.

    Args:
        dataset: Its id.
        rest: Options that follow, e.g. ``--replace``.
    """
    named = f"{dataset} PATH" if dataset in sources() else "--mapping FILE.toml PATH"
    return " ".join(f"tracekit ingest {named} {rest}".split())


def layout_hint(dataset: str) -> str:
    """Returns where the files and columns that a dataset is read from are described."""
    if dataset in sources():
        return f"tracekit sources {dataset} lists the files and their columns"
    return f"the mapping of {dataset} says which columns are read; docs/mapping.md describes mappings"
