"""Looks for what must not be published: tokens, e-mail addresses, home folders, prompt text. Tells the place, never the value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tracekit.schema.duckdb import quote_name

if TYPE_CHECKING:
    import duckdb

# In the common part of Python's and RE2's syntax: columns are searched by DuckDB.
SECRETS = {
    "a Hugging Face token": r"hf_[A-Za-z0-9]{20,}",
    "a GitHub token": r"gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}",
    "an API key": r"\bsk-[A-Za-z0-9_-]{20,}",
    "an AWS access key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.",
    "an e-mail address": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
    "a home folder": r"(?:^|[^A-Za-z0-9._-])(?:/home/[A-Za-z0-9._-]+|/Users/[A-Za-z0-9._-]+|/root/)|[A-Za-z]:\\+Users\\+",
}
CHAT = r"<\|(?:im_start|user|assistant|system)\|>|\[INST\]|(?:^|\n)(?:Human|User|Assistant|### Instruction):\s"
# An id or a name is short; what reads like sentences was written by or for somebody.
LONG, WORDS = 240, 12
_PATTERNS = {name: re.compile(pattern) for name, pattern in SECRETS.items()}


def scan_text(where: str, text: str, forbidden: Iterable[str] = ()) -> list[str]:
    """Returns the findings of a text, each with its line.

    Args:
        where: What it is called.
        text: The text.
        forbidden: More that must not stand in it, such as the folder of the lake.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        found += [f"{where}: line {number} holds {name}" for name, pattern in _PATTERNS.items() if pattern.search(line)]
        found += [f"{where}: line {number} holds a path of this machine" for word in forbidden if word in line]
    return found


def _metadata(path: Path) -> list[str]:
    """Returns every text in a Parquet file's footer, once each."""
    import pyarrow.parquet as pq

    schema = pq.read_schema(path)
    words = dict(pq.read_metadata(path).metadata or {})
    # Base64 of the schema that is read here.
    words.pop(b"ARROW:schema", None)
    pairs = [*words.items(), *(schema.metadata or {}).items()]
    pairs += [pair for field in schema for pair in (field.metadata or {}).items()]
    return list(dict.fromkeys(f"{key.decode()}={value.decode(errors='replace')}" for key, value in pairs))


def scan_files(root: Path, forbidden: Iterable[str]) -> list[str]:
    """Returns the findings of every text file below a folder, and of the metadata of every Parquet file."""
    found = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix == ".parquet":
            found += scan_text(f"{name} (metadata)", "\n".join(_metadata(path)), forbidden)
        elif path.is_file():
            found += scan_text(name, path.read_text(encoding="utf-8"), forbidden)
    return found


def scan_columns(connection: duckdb.DuckDBPyConnection, name: str, rows: str, columns: dict[str, str], free: set[str]) -> list[str]:
    """Returns the findings of the string columns of a table, every row of them.

    Args:
        connection: Any connection.
        name: What the table is called.
        rows: A query that gives its rows.
        columns: String column → ``VARCHAR`` or ``VARCHAR[]``.
        free: Columns that are declared to hold free text: they may be long, but may hold neither secrets nor prompts.
    """
    if not columns:
        return []
    wanted: dict[tuple[str, str], str] = {}
    for column, kind in columns.items():
        value = f"array_to_string({quote_name(column)}, chr(10))" if kind.endswith("[]") else quote_name(column)
        for what, pattern in SECRETS.items():
            wanted[column, what] = f"count_if(regexp_matches({value}, '{pattern}'))"
        prompt = f"regexp_matches({value}, '{CHAT}')"
        if column not in free:
            words = f"len(string_split({value}, ' '))"
            is_list = kind.endswith("[]")
            prompt += "" if is_list else f" OR length({value}) > {LONG} OR {words} >= {WORDS} OR contains({value}, chr(10))"
        wanted[column, "what reads like the text of a prompt"] = f"count_if({prompt})"
    counts = connection.execute(f"SELECT {', '.join(wanted.values())} FROM ({rows})").fetchall()[0]
    return [f"{name}.{column}: {count:,} rows hold {what}" for (column, what), count in zip(wanted, counts, strict=True) if count]
