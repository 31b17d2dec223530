"""The columns that an SQL expression names, told without an engine."""

from __future__ import annotations

import re

_WORDS = {"and", "or", "not", "is", "null", "in", "between", "like", "ilike", "case", "when", "then", "else", "end", "as", "true", "false"}
_WORDS |= {"distinct", "from", "cast", "try_cast", "interval", "date", "timestamp", "varchar", "bigint", "double", "boolean", "integer"}
# Quoted text, numbers with an exponent, names.
_TOKENS = re.compile(r"'(?:[^']|'')*'|\"(?P<quoted>[^\"]+)\"|\d[\w.]*|(?P<name>[A-Za-z_]\w*)(?P<call>\s*\()?")


def names_in(expression: str) -> list[str]:
    """Returns the names in an expression that are neither text, words of SQL nor functions, in order of first mention."""
    names: dict[str, None] = {}
    for found in _TOKENS.finditer(expression):
        if found["quoted"]:
            names[found["quoted"]] = None
        elif found["name"] and found["call"] is None and found["name"].lower() not in _WORDS:
            names[found["name"]] = None
    return list(names)
