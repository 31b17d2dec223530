"""Looks for what must not be published: keys, addresses, home folders, prompt text. Reports the place, never the value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tracekit.publish.detectors import DETECTORS, Detector
from tracekit.schema.duckdb import quote_name, quote_text

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
    if not columns:
        return []
    lists = {column for column, kind in columns.items() if kind.endswith("[]")}
    texts = [f"array_to_string({quote_name(c)}, chr(10))" if c in lists else quote_name(c) for c in columns]
    # One column of all cells: the patterns are compiled once for a table, not once for each of its columns.
    names = ", ".join(map(quote_text, columns))
    cells = f"SELECT unnest([{names}]) AS name, unnest([{', '.join(texts)}]) AS value FROM ({rows})"
    counts = _suspects(connection, cells)
    condition, patterns = is_prompt("value", is_name=f"name NOT IN ({_listed(free | lists)})", is_free=f"name IN ({_listed(free)})")
    prompts = connection.execute(f"SELECT name, count(*) FROM ({cells}) WHERE {condition} GROUP BY name", patterns).fetchall()
    counts |= {(column, PROMPT): count for column, count in prompts}
    kinds = [*dict.fromkeys(detector.name for detector in DETECTORS), PROMPT]
    return [
        f"{name}.{column}: {counts[column, what]:,} rows hold {what}" for column in columns for what in kinds if counts.get((column, what))
    ]


def _listed(words: set[str]) -> str:
    return ", ".join(map(quote_text, sorted(words))) or "''"


def _suspects(connection: duckdb.DuckDBPyConnection, cells: str) -> Counter[tuple[str, str]]:
    """Returns (column, what) → cells that hold it."""
    # What is escaped for an address counts as what it stands for.
    both = "CASE WHEN contains(value, '%') THEN concat_ws(chr(10), value, TRY(url_decode(value))) ELSE value END"
    # One pass over all shapes at once; what each of them found is asked of the few values that bear any.
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE suspect AS FROM (SELECT name, {both} AS value FROM ({cells})) WHERE regexp_matches(value, $shapes)",
        {"shapes": _SHAPES},
    )
    counts: Counter[tuple[str, str]] = Counter()
    for (column,) in connection.execute("SELECT DISTINCT name FROM suspect").fetchall():
        for detector in DETECTORS:
            counts[column, detector.name] += _count(connection, column, detector)
    return counts


def _count(connection: duckdb.DuckDBPyConnection, column: str, detector: Detector) -> int:
    """Returns how many suspect cells of a column hold something; none where as many would by chance."""
    matching = "FROM suspect WHERE name = $column AND regexp_matches(value, $pattern)"
    values = {"column": column, "pattern": detector.pattern}
    if detector.confirm is None:
        return int(connection.execute(f"SELECT count(*) {matching}", values).fetchall()[0][0])
    of = held = 0
    cursor = connection.execute(f"SELECT value {matching}", values)
    while batch := cursor.fetchmany(10_000):
        of += len(batch)
        held += sum(detector.finds(value) for (value,) in batch)
    by_chance = of >= _MANY and held < _TIMES * detector.by_chance * of
    return 0 if by_chance else held


def is_prompt(text: str, *, is_name: str, is_free: str) -> tuple[str, dict[str, str]]:
    """Returns the condition that a text reads like a prompt, and the patterns that it binds.

    Args:
        text: SQL of the text.
        is_name: SQL for whether it should be short, as a name or an id is.
        is_free: SQL for whether it is declared as free text: sentences are expected then, turns of a conversation are not.
    """
    long = f"length({text}) > {LONG} OR len(string_split({text}, ' ')) >= {WORDS} OR contains({text}, chr(10))"
    condition = f"regexp_matches({text}, $chat) OR (NOT ({is_free}) AND regexp_matches({text}, $sentence)) OR (({is_name}) AND ({long}))"
    return condition, {"chat": CHAT, "sentence": _SENTENCE}
