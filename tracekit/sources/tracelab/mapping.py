"""TraceLab → llm_request, tool_call."""

import polars as pl

_EVENTS = pl.List(pl.Struct({"event_type": pl.String, "timestamp": pl.String}))
_TOOLS = pl.List(
    pl.Struct(
        {
            "tool_name": pl.String,
            "tool_call_id": pl.String,
            "emitted_at": pl.String,
            "result_at": pl.String,
            "is_error": pl.Boolean,
        }
    )
)
_INPUT = ("user_message", "tool_result")
_OUTPUT = ("reasoning", "text", "tool_call")


def _micros(text: pl.Expr) -> pl.Expr:
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", strict=False).dt.epoch("us")


def _instants(kinds: tuple[str, ...]) -> pl.Expr:
    """Instants of a round's events of some kinds."""
    is_kind = pl.element().struct.field("event_type").is_in(kinds)
    stamp = pl.element().struct.field("timestamp")
    return pl.col("timing_events").list.eval(_micros(pl.when(is_kind).then(stamp)).drop_nulls())


def llm_request(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps rounds.

    A round begins when the last of its inputs (a user's message, a tool's result) is there, and ends with the last piece of output;
    one that logs no input begins with its first output. The first output event is a finished block of text, not a first token, so
    ttft_s stays unknown. prefix_tokens are those that the provider's cache served.
    """
    decoded = raw.with_columns(timing_events=pl.col("timing_events").str.json_decode(_EVENTS))
    outputs = _instants(_OUTPUT)
    arrived = pl.coalesce(_instants(_INPUT).list.max(), outputs.list.min())
    return decoded.select(
        "source_row",
        arrived_us=arrived,
        request_id="round_id",
        session_id="session_id",
        turn="round_index",
        client_id="project",
        model="model",
        service="provider",
        input_tokens="input_tokens_total",
        output_tokens="output_tokens",
        cached_tokens="prefix_tokens",
        cache_write_tokens="claude_cache_creation_input_tokens",
        reasoning_tokens="reasoning_output_tokens",
        e2e_s=pl.when(outputs.list.max() >= arrived).then((outputs.list.max() - arrived) * 1e-6),
    )


def tool_call(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the tools that a round called, from the emission of the call to its result."""

    def of(name: str) -> pl.Expr:
        return pl.col("tools").struct.field(name)

    return (
        raw.select("source_row", "session_id", "round_id", tools=pl.col("tools").str.json_decode(_TOOLS))
        .explode("tools", empty_as_null=False)
        .select(
            "source_row",
            task_id="session_id",
            call_id=of("tool_call_id"),
            request_id="round_id",
            tool=of("tool_name"),
            started_us=_micros(of("emitted_at")),
            ended_us=_micros(of("result_at")),
            is_ok=~of("is_error"),
        )
    )
