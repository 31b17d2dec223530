"""Scaffolds the folder of a new source after an existing one."""

from __future__ import annotations

import re
from pathlib import Path

from tracekit.errors import UsageError
from tracekit.sources.load import source, sources

_LICENCE = """[licence]
spdx = "NOASSERTION"
evidence = "https://example.org: where the licence is stated"
redistributable = "no"
"""
_ERRATA = """# Known defects of the data: id, text, link; with table and where (SQL over the table's columns) rows are counted, and
# action = "null", "shift" or "drop" corrects them.
"""
_CLAIMS = """# Published figures as tests: id, text, citation, query, where, column, value, tolerance, needs.
"""


def scaffold(dataset: str, like: str, folder: Path) -> Path:
    """Makes the folder of a new source.

    Files, columns, mapping and sample are those of the other source, to be changed; what is a fact about that dataset alone (title,
    links, licence, downloads, errata, claims) is not taken over.

    Args:
        dataset: Id of the new source, kebab-case.
        like: Id of the source to follow.
        folder: The folder of sources.

    Returns:
        The new folder.

    Raises:
        UsageError: The id is taken or no kebab-case name, or there is no source to follow.
    """
    other = source(like)
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", dataset):
        raise UsageError(f"{dataset!r} is not a name in kebab-case", "for example my-gateway-2026")
    made = folder / dataset.replace("-", "_")
    if dataset in sources() or made.exists():
        raise UsageError(f"there is a source {dataset!r} already", f"tracekit sources {dataset}")
    made.mkdir(parents=True)
    (made / "__init__.py").write_text(f'"""{dataset}: declaration, mapping, errata, claims and sample."""\n')
    (made / "source.toml").write_text(_declaration((other.folder / "source.toml").read_text(encoding="utf-8"), dataset), encoding="utf-8")
    for name in ("mapping.py", "sample.py"):
        (made / name).write_text((other.folder / name).read_text(encoding="utf-8"), encoding="utf-8")
    (made / "errata.toml").write_text(_ERRATA)
    (made / "claims.toml").write_text(_CLAIMS)
    return made


def _declaration(text: str, dataset: str) -> str:
    # The pieces of a declaration are its tables, each from its header to the next.
    head, *tables = re.split(r"(?m)^(?=\[)", text)
    family = re.search(r"(?m)^family = .*$", head)
    own = [
        f'title = "{dataset}: what was recorded, where and for how long"',
        family.group() if family else 'family = "llm"',
        'homepage = "https://example.org"',
        'paper = "Authors: Title, venue, identifier"',
        f'bibtex = "@misc{{{dataset}}}"',
        'how_to_get = "where the files are"',
    ]
    kept = [_LICENCE + "\n" if table.startswith("[licence]") else table for table in tables if not table.startswith("[[downloads]]")]
    return "\n".join(own) + "\n\n" + "".join(kept).rstrip() + "\n"
