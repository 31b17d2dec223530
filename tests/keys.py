"""What a query's key promises of its rows."""

from __future__ import annotations

from collections import Counter

from tracekit.query.run import Result


def check_key(result: Result) -> None:
    """Fails where two rows agree in the key, or rows that count the same things do not count as many."""
    query = result.query
    places = [result.columns.index(name) for name in query.key]
    rows = Counter(tuple(row[place] for place in places) for row in result.rows)
    assert [key for key, times in rows.items() if times > 1] == [], result.params
    if query.n and query.n.over:
        counts = {(tuple(record[name] for name in query.n.over), record[query.n.column]) for record in result.records()}
        assert len(counts) == len({group for group, _ in counts}), result.params
