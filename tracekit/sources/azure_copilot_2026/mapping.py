"""GitHub Copilot coding agent 2026 → llm_request, agent_task, tool_call."""

import polars as pl

_TOKENS = pl.Struct({"prompt": pl.Int64, "completion": pl.Int64, "cached": pl.Int64})
_CALL = pl.Struct(
    {
        "message_id": pl.String,
        "timestamp": pl.String,
        "duration_ms": pl.Float64,
        "initiator_type": pl.String,
        "model": pl.String,
        "result": pl.String,
        "status_code": pl.Int64,
        "tokens": _TOKENS,
    }
)
_FUNCTION = pl.Struct({"name": pl.String, "status": pl.Int64, "duration_ms": pl.Float64})
_BATCH = pl.Struct({"timestamp": pl.String, "duration_ms": pl.Float64, "request_id": pl.String, "function_calls": pl.List(_FUNCTION)})
_TURNS = pl.List(pl.Struct({"turn_id": pl.String, "llm_calls": pl.List(_CALL), "tool_batches": pl.List(_BATCH)}))
# The status of a tool call is a code of OpenTelemetry: 1 ok, 2 error.
_OK, _ERROR = 1, 2
# As seconds this is the year 5138, as milliseconds 1973.
_MS_FROM = 1e11


def _micros(text: pl.Expr) -> pl.Expr:
    """Microseconds since 1970 of an ISO instant in UTC, or of a number: seconds, or milliseconds from 1e11 on."""
    plain = text.str.strip_suffix("Z").str.strip_suffix("+00:00").str.replace("T", " ", literal=True)
    number = text.cast(pl.Float64, strict=False)
    per_unit = pl.when(number.abs() < _MS_FROM).then(1e6).otherwise(1e3)
    return pl.coalesce(
        plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False).dt.epoch("us"),
        (number * per_unit).round().cast(pl.Int64),
    )


def _turns(raw: pl.LazyFrame, piece: str) -> pl.LazyFrame:
    """One row per model call or per batch of tool calls, with the 1-based position of its turn."""
    return (
        raw.select("source_row", "session_id", turns=pl.col("turns").str.json_decode(_TURNS))
        .explode("turns", empty_as_null=False)
        .filter(pl.col("turns").is_not_null())
        .with_columns(turn=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("source_row"))
        .select("source_row", "session_id", "turn", turn_id=_of("turns", "turn_id"), piece=_of("turns", piece))
        .explode("piece", empty_as_null=False)
        .filter(pl.col("piece").is_not_null())
    )


def _of(column: str, *names: str) -> pl.Expr:
    found = pl.col(column)
    for name in names:
        found = found.struct.field(name)
    return found


def llm_request(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps model calls: parent_id is the turn, service who initiated the call (the user, the agent).

    A status code outside 200 to 299 is a failure; without a code it is not known how the call ended.
    """
    code = _of("piece", "status_code")
    return _turns(raw, "llm_calls").select(
        "source_row",
        arrived_us=_micros(_of("piece", "timestamp")),
        request_id=_of("piece", "message_id"),
        session_id="session_id",
        parent_id="turn_id",
        turn="turn",
        model=_of("piece", "model"),
        service=_of("piece", "initiator_type"),
        input_tokens=_of("piece", "tokens", "prompt"),
        output_tokens=_of("piece", "tokens", "completion"),
        cached_tokens=_of("piece", "tokens", "cached"),
        is_ok=(code >= 200) & (code < 300),
        e2e_s=_of("piece", "duration_ms") * 0.001,
    )


def tool_call(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps tool calls: those of a batch start together, at the batch's instant, and each has a duration of its own."""
    started = _micros(_of("piece", "timestamp"))
    status = _of("call", "status")
    return (
        _turns(raw, "tool_batches")
        .with_columns(call=_of("piece", "function_calls"))
        .explode("call", empty_as_null=False)
        .filter(pl.col("call").is_not_null())
        .select(
            "source_row",
            task_id="session_id",
            request_id=_of("piece", "request_id"),
            tool=_of("call", "name"),
            started_us=started,
            ended_us=started + (_of("call", "duration_ms") * 1e3).round().cast(pl.Int64),
            is_ok=pl.when(status.is_in([_OK, _ERROR])).then(status == _OK),
        )
    )


def agent_task(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps sessions: from the first instant of a call or batch to the end of the last; the model where it is one alone."""

    def extent(piece: str) -> pl.LazyFrame:
        start = _micros(_of("piece", "timestamp"))
        rows = _turns(raw, piece).select(
            "source_row",
            start=start,
            end=start + (_of("piece", "duration_ms").fill_null(0) * 1e3).round().cast(pl.Int64),
            model=_of("piece", "model") if piece == "llm_calls" else pl.lit(None, pl.String),
        )
        return rows

    pieces = pl.concat([extent("llm_calls"), extent("tool_batches")])
    models = pl.col("model").drop_nulls().unique()
    extents = pieces.group_by("source_row").agg(
        started_us=pl.col("start").min(), ended_us=pl.col("end").max(), model=pl.when(models.len() == 1).then(models.first())
    )
    return (
        raw.select("source_row", task_id="session_id")
        .join(extents, on="source_row", how="left", maintain_order="left")
        .with_columns(total_s=(pl.col("ended_us") - pl.col("started_us")) * 1e-6)
    )
