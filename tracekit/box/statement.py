"""The gate: one statement whose whole parse tree only reads.

The type of a statement is no gate: DuckDB lets a CTE write (``WITH a AS (COPY … TO …) SELECT 1`` is a SELECT). So the tree is walked, and
what is not known to read is refused: kinds of nodes and table functions by lists of what is allowed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from tracekit.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import duckdb


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Query nodes, table references and modifiers that read. Expressions bear a class and do nothing by themselves, functions apart.
_NODES = _words("""
    SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE
    BASE_TABLE SUBQUERY JOIN TABLE_FUNCTION EMPTY EXPRESSION_LIST PIVOT SHOW_REF
    DISTINCT_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER ORDER_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING
""")
_EXPRESSIONS = _words("""
    BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT DEFAULT FUNCTION LAMBDA OPERATOR PARAMETER
    POSITIONAL_REFERENCE STAR SUBQUERY TYPE WINDOW
""")
# Table functions that read: series, values, the files that the walls allow, and what the engine says of tables. Not here: those that
# run SQL given as text, follow raw pointers, attach databases, change the engine, or reveal its settings and secrets.
TABLE_FUNCTIONS = _words("""
    range generate_series unnest repeat repeat_row json_each json_tree histogram histogram_values summary query_table
    glob sniff_csv read_csv read_csv_auto read_json read_json_auto read_json_objects read_json_objects_auto
    read_ndjson read_ndjson_auto read_ndjson_objects read_parquet parquet_scan read_text read_blob
    parquet_metadata parquet_schema parquet_file_metadata parquet_kv_metadata parquet_full_metadata
    duckdb_columns duckdb_constraints duckdb_databases duckdb_functions duckdb_indexes duckdb_keywords
    duckdb_schemas duckdb_tables duckdb_types duckdb_views
    pragma_collations pragma_show pragma_table_info pragma_version pg_timezone_names icu_calendar_names test_all_types
""")
# Scalar functions that act, or reveal the settings; all others compute.
REFUSED_FUNCTIONS = _words("write_log setseed setval nextval currval sleep_ms current_setting getvariable")

# What a statement writes by. PIVOT without IN (…) has no tree to look at, so it is held to its words, wherever they stand.
_WRITING_WORDS = _words("copy insert update delete merge truncate create drop alter attach detach install load export import")
_PIVOT_HINT = "list the columns: PIVOT … ON column IN (value, …), or write the word in another way"

_SPACE = r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)"
_EXPLAIN = re.compile(
    rf"\A{_SPACE}*(?P<head>EXPLAIN\b(?:{_SPACE}*ANALYZE\b)?(?:{_SPACE}*\(\s*(?:ANALYZE|FORMAT\s+\w+)(?:\s*,\s*(?:ANALYZE|FORMAT\s+\w+))*\s*\))?)"
    rf"(?P<statement>.*)\Z",
    re.IGNORECASE | re.DOTALL,
)


def check(connection: duckdb.DuckDBPyConnection, text: str, macros: Collection[str] = ()) -> str:
    """Returns the statement to run, once it is certain that it only reads.

    Args:
        connection: Any connection; the engine's own parser makes the tree. Nothing of the text is run.
        text: SQL.
        macros: Table macros that may be called besides the engine's reading table functions.

    Raises:
        UsageError: It is not one statement, the parser does not know it, or it holds anything that is not known to read.
    """
    import duckdb

    try:
        statements = connection.extract_statements(text)
    except duckdb.Error as error:
        raise UsageError(f"SQL: {error}") from error
    if len(statements) != 1:
        raise _refused(f"one statement is read at a time, not {len(statements) or 'none'}")
    kind = _kind(statements[0])
    if kind == "MULTI":
        _check_words(connection, text)
        return text
    if kind == "EXPLAIN":
        return _explained(connection, text, macros)
    if kind != "SELECT":
        raise _refused(f"{kind} is not allowed, since it may do more than read")
    _check_tree(connection, text, macros)
    return text


def _kind(statement: duckdb.Statement) -> str:
    try:
        return statement.type.name
    except ValueError:
        # The engine knows kinds that its Python side has no name for, such as UPDATE EXTENSIONS.
        return "a statement of this kind"


def _refused(why: str) -> UsageError:
    return UsageError(f"SQL: {why}", "the lake is read-only: SELECT, WITH, VALUES, PIVOT, DESCRIBE, SUMMARIZE, SHOW and EXPLAIN read it")


def _explained(connection: duckdb.DuckDBPyConnection, text: str, macros: Collection[str]) -> str:
    """Returns an EXPLAIN put together anew from its head and the statement that was checked, so that what is run is what was looked at."""
    found = _EXPLAIN.match(text)
    if found is None:
        raise _refused("an EXPLAIN of this form is not known")
    statement = found["statement"]
    _check_tree(connection, statement, macros)
    return f"{found['head']} {statement}"


def _check_words(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    words = {word.lower() for word in re.findall(r"\w+", text)}
    if "pivot" not in words and "pivot_wider" not in words:
        raise _refused("a statement of several parts is not allowed, since it may do more than read")
    known = connection.execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN ('table', 'table_macro', 'pragma')"
    )
    acting = {name for (name,) in known.fetchall()} - TABLE_FUNCTIONS
    if wrong := sorted(words & (_WRITING_WORDS | REFUSED_FUNCTIONS | acting)):
        raise UsageError(f"SQL: {wrong[0].upper()} may not stand beside a PIVOT whose columns are not listed", _PIVOT_HINT)


def _check_tree(connection: duckdb.DuckDBPyConnection, text: str, macros: Collection[str]) -> None:
    found = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [text]).fetchall()[0][0]
    try:
        tree = json.loads(found)
    except RecursionError:
        raise _refused("it is nested too deep to be looked at") from None
    if tree["error"]:
        raise _refused(f"{tree['error_message']}")
    if len(tree["statements"]) != 1:
        raise _refused(f"one statement is read at a time, not {len(tree['statements'])}")
    allowed = TABLE_FUNCTIONS | {name.lower() for name in macros}
    for node in _nodes(tree["statements"]):
        _check_node(node, allowed)


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _check_node(node: dict[str, Any], allowed: Collection[str]) -> None:
    kind = node.get("class", node.get("type"))
    if isinstance(kind, str) and kind not in (_EXPRESSIONS if "class" in node else _NODES):
        raise _refused(f"{kind.removesuffix('_NODE').removesuffix('_QUERY')} is not allowed, since it may do more than read")
    if "info_type" in node:
        raise _refused(f"{node['info_type']} is not allowed, since it may do more than read")
    if kind == "TABLE_FUNCTION" and (name := _name(node["function"])) not in allowed:
        raise _refused(f"the table function {name} is not among those that only read.{did_you_mean(name, sorted(allowed))}")
    if kind == "FUNCTION" and (name := _name(node)) in REFUSED_FUNCTIONS:
        raise _refused(f"the function {name} is not among those that only compute")


def _name(function: dict[str, Any]) -> str:
    return str(function["function_name"]).lower()
