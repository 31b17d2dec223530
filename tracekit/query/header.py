"""Parses a query file: TOML between ``/* ---`` and ``--- */``, then one SELECT."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from tracekit.declare.build import build, read_toml
from tracekit.errors import DeclarationError
from tracekit.query.check_header import check_header, check_names, check_params
from tracekit.query.model import Fragment, Query

_HEADER = re.compile(r"\A\s*/\* ---\n(?P<header>.*?)\n--- \*/\n(?P<sql>.*)\Z", re.DOTALL)


def parse_query(path: Path) -> Query:
    """Parses a query file, or a fragment: a file whose name begins with an underscore has neither chart nor key.

    Args:
        path: ``queries/<room>/<name>.sql``.

    Returns:
        The query; parameters that it has from another one are not in it yet, see ``library.load``.

    Raises:
        DeclarationError: The header is wrong; names file, key and value.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path}: cannot be read: {error}", "a query is a file of SQL in UTF-8") from error
    found = _HEADER.match(text.replace("\r\n", "\n"))
    if not found:
        raise DeclarationError(f"{path}: a query starts with /* --- , TOML, --- */", "copy the head of a query beside it")
    where = f"{path}: header"
    body = read_toml(found["header"], where)
    held: dict[str, Any] = {"name": f"{path.parent.name}/{path.stem}", "sql": found["sql"].strip().rstrip(";")}
    if path.stem.startswith("_"):
        fragment = build(Fragment, body, where)
        query = Query(**msgspec.structs.asdict(fragment), key=(), **held)
    else:
        query = build(Query, body, where, **held)
    check_header(query, where)
    check_names(query, path.parents[1], where)
    if query.params_from is None:
        check_params(query, where)
    return query


def alternatives(names: str) -> list[str]:
    """Returns the columns of an entry of ``requires``: ``a.b | c.d`` asks for either."""
    return [name.strip() for name in names.split("|")]
