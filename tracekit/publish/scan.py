"""Looks for what must not be published: keys, addresses, home folders, prompt text. Tells the place, never the value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tracekit.publish.detectors import DETECTORS, Detector
from tracekit.schema.duckdb import quote_name

if TYPE_CHECKING:
    import duckdb

PROMPT = "what reads like the text of a prompt"
# An id or a name is short; what reads like sentences was written by or for somebody.
LONG, WORDS = 240, 12
# Turns of a conversation as models and servers mark them: special tokens between bars, brackets or angles; speakers; messages as JSON.
CHAT = "|".join(
    (
        r"<[|｜][^|｜<>\s]{1,40}[|｜]>",
        r"\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|gMASK|CLS|SEP)\]|<</?SYS>>",
        r"</?(?:start_of_turn|end_of_turn|bos|eos|sop|think|thinking|reasoning|tool_call|tool_response|function_calls?)>",
        r"</?(?:user|assistant|system|human|instruction)>|<s>|</s>|<extra_id_\d+>",
        r"(?:^|\n)\s*(?:Human|User|Assistant|USER|ASSISTANT|SYSTEM|Bot|Chatbot)\s*[:：]",
        r"(?:^|\n)\s*### ?(?:Human|User|Assistant|System|Instruction|Input|Response|Question|Answer)\s*[:：]",
        r"[\"']role[\"']\s*:\s*[\"'](?:user|assistant|system|tool|developer|human|model|function)[\"']",
    )
)
# Scripts that put no space between words: a run of their letters is a sentence where a name would be over.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}，、：；「」《》]"
_WORD = r"\S*\p{L}\S*"
_SENTENCE = "|".join(
    (
        rf"{_UNSPACED}{{12,}}|{_UNSPACED}{{4,}}\s*[。？！?!]",
        rf"(?:{_WORD} +){{3,}}{_WORD} ?[?？؟।]",
        rf"(?:{_WORD} +){{5,}}{_WORD}[.!۔](?:\s|$)",
    )
)
_SHAPES = "|".join(f"(?:{detector.pattern})" for detector in DETECTORS)
# By chance, this many values of a shape hold so few true ones that a share below this multiple says nothing.
_MANY, _TIMES = 50, 3


def scan_text(where: str, text: str, forbidden: Iterable[str] = ()) -> list[str]:
    """Returns the findings of a text, each with its line.

    Args:
        where: What it is called.
        text: The text.
        forbidden: More that must not stand in it, such as the folder of the lake.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        forms = list(dict.fromkeys((line, unquote(line))))
        names = [detector.name for detector in DETECTORS if any(detector.finds(form) for form in forms)]
        found += [f"{where}: line {number} holds {name}" for name in dict.fromkeys(names)]
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
    found = []
    for column, kind in columns.items():
        text = f"array_to_string({quote_name(column)}, chr(10))" if kind.endswith("[]") else quote_name(column)
        # What is escaped for an address counts as what it stands for.
        both = f"concat_ws(chr(10), {text}, TRY(url_decode({text})))"
        values = f"SELECT CASE WHEN contains({text}, '%') THEN {both} ELSE {text} END AS value FROM ({rows})"
        # One pass over all shapes at once; what each of them found is asked of the few values that bear any.
        suspect = f"FROM ({values}) WHERE regexp_matches(value, $shapes)"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE suspect AS {suspect}", {"shapes": _SHAPES})
        counts = {detector.name: 0 for detector in DETECTORS}
        if connection.execute("FROM suspect LIMIT 1").fetchall():
            for detector in DETECTORS:
                counts[detector.name] += _count(connection, detector)
        is_name = column not in free and not kind.endswith("[]")
        condition, patterns = is_prompt(text, is_name=is_name, is_free=column in free)
        counts[PROMPT] = _total(connection, f"SELECT count(*) FROM ({rows}) WHERE {condition}", patterns)
        found += [f"{name}.{column}: {count:,} rows hold {what}" for what, count in counts.items() if count]
    return found


def _values(connection: duckdb.DuckDBPyConnection, pattern: str) -> Iterator[str]:
    cursor = connection.execute("SELECT value FROM suspect WHERE regexp_matches(value, $pattern)", {"pattern": pattern})
    while batch := cursor.fetchmany(10_000):
        yield from (value for (value,) in batch)


def _count(connection: duckdb.DuckDBPyConnection, detector: Detector) -> int:
    """Returns how many suspect rows hold something; none where as many would by chance."""
    if detector.confirm is None:
        return _total(connection, "SELECT count(*) FROM suspect WHERE regexp_matches(value, $patterns)", detector.pattern)
    of = held = 0
    for value in _values(connection, detector.pattern):
        of += 1
        held += detector.finds(value)
    by_chance = of >= _MANY and held < _TIMES * detector.by_chance * of
    return 0 if by_chance else held


def _total(connection: duckdb.DuckDBPyConnection, counting: str, patterns: str) -> int:
    return int(connection.execute(counting, {"patterns": patterns}).fetchall()[0][0])


def is_prompt(text: str, *, is_name: bool, is_free: bool) -> tuple[str, str]:
    """Returns the condition that a text reads like a prompt, and the patterns that it binds as ``$patterns``.

    Args:
        text: SQL of the text.
        is_name: Whether it should be short, as a name or an id is.
        is_free: Whether it is declared as free text: sentences are expected then, turns of a conversation are not.
    """
    condition = f"regexp_matches({text}, $patterns)"
    if is_name:
        condition += f" OR length({text}) > {LONG} OR len(string_split({text}, ' ')) >= {WORDS} OR contains({text}, chr(10))"
    return condition, CHAT if is_free else f"{CHAT}|{_SENTENCE}"
