"""Which rows of a result are drawn: named by dataset and trace, cut to the top ones; what is unknown is drawn without, and said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracekit.charts.frame import steady

if TYPE_CHECKING:
    from tracekit.query.chart import Plot

Record = dict[str, Any]

NO_NAME = "(none)"


def prepare(records: list[Record], spec: Plot) -> tuple[list[Record], list[str]]:
    """Returns the rows to draw, and in words what of the result is unknown.

    Args:
        records: Rows of a result.
        spec: The chart.

    Returns:
        The rows; clauses, none where everything is known.
    """
    drawn, told = _drawable(records, spec)
    if spec.sort is not None:
        drawn = _ordered(drawn, spec.sort)
    fields = spec.drawn()
    for name in dict.fromkeys(fields[key] for key in spec.names if key in fields):
        if name != "trace" and (unknown := sum(record[name] is None for record in drawn)):
            told.append(f"{name} is unknown in {unknown:,} of {len(drawn):,} rows, drawn as {NO_NAME}")
            drawn = [{**record, name: _word(record[name])} for record in drawn]
    drawn = _told_apart(_labelled(drawn), spec)
    return drawn[: spec.top], told


def _drawable(records: list[Record], spec: Plot) -> tuple[list[Record], list[str]]:
    """Returns the rows that have a place on every axis, and how many have none."""
    told = []
    for axis in spec.axes:
        fields = [spec.drawn()[name] for name in axis]
        is_log = spec.is_log(axis[0])
        placed = [{**record, **{name: _placed(record[name], is_log) for name in fields}} for record in records]
        kept = [record for record in placed if any(record[name] is not None for name in fields)]
        what = "unknown or not above zero" if is_log else "unknown"
        if halves := sum(any(record[name] is None for name in fields) for record in kept):
            told.append(f"one of {' and '.join(fields)} {what} in {halves:,} rows, drawn by the other alone")
        if len(kept) < len(records):
            told.append(f"{' and '.join(fields)} {what} in {len(records) - len(kept):,} of {len(records):,} rows, which are not drawn")
        records = kept
    return records, told


def _placed(value: Any, is_log: bool) -> Any:
    """Returns a value that the axis can show, else None."""
    if is_log and not (isinstance(value, int | float) and value > 0):
        return None
    return value


def _word(value: Any) -> str:
    """Returns the value of a named field as text: a scale of names holds names alone."""
    if value is None:
        return NO_NAME
    return value if isinstance(value, str) else str(steady(value))


def _labelled(records: list[Record]) -> list[Record]:
    """Returns the rows with their trace named by dataset, stream and grain."""
    grains: dict[tuple[Any, Any], set[Any]] = {}
    for record in records:
        grains.setdefault((record.get("dataset"), record.get("trace")), set()).add(record.get("grain"))
    return [
        {**record, "trace": _label(record, len(grains[record.get("dataset"), record["trace"]]))} if "trace" in record else record
        for record in records
    ]


def _label(record: Record, grains: int) -> str:
    stream = f" ({record['stream']})" if record.get("stream") is not None else ""
    # A trace of which both events and counts are there is two series.
    stream += f" ({record['grain'] or NO_NAME})" if grains > 1 else ""
    return f"{record.get('dataset') or '*'}/{record['trace'] or '*'}{stream}"


def _told_apart(records: list[Record], spec: Plot) -> list[Record]:
    """Returns the rows with groups of different traces as different bars: traces are never pooled."""
    y = spec.y
    is_apart = y in ("trace", "region") or spec.color == "trace" or not spec.by_category
    if is_apart or not records or "trace" not in records[0]:
        return records
    is_one_dataset = len({record.get("dataset") for record in records}) == 1
    return [{**r, y: f"{r['trace'].partition('/')[2] if is_one_dataset else r['trace']}: {r[y]}"} for r in records]


def _ordered(records: list[Record], sort: str) -> list[Record]:
    """Returns the rows by a column, descending after a minus; those without a value last."""
    key = sort.lstrip("-")
    known = sorted((r for r in records if r[key] is not None), key=lambda r: r[key], reverse=sort.startswith("-"))
    return [*known, *(r for r in records if r[key] is None)]
