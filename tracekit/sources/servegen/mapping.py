"""ServeGen → llm_client_window, llm_client_tokens."""

import ast
import json

import polars as pl

_WINDOW_S = 600.0
_HISTOGRAM_S = 21_600.0
_BIN = pl.Struct({"field": pl.String, "tokens": pl.Float64, "probability": pl.Float64})


def _micros(seconds: pl.Expr) -> pl.Expr:
    return (seconds * 1e6).round().cast(pl.Int64)


def llm_client_window(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps windows. An idle window is published as rate 0, cv 0 and no pattern; the zeros are kept as published."""
    return raw.select(
        "source_row",
        client_id="client_id",
        started_us=_micros(pl.col("window_start_s")),
        width_s=pl.lit(_WINDOW_S),
        rate_per_s="rate",
        iat_cv="cv",
        iat_family=pl.col("pattern").str.to_lowercase(),
        iat_shape="shape",
        iat_scale_s="scale",
    )


def _bins(record: str) -> list[dict[str, object]]:
    """Returns the bins of a window's histograms.

    A histogram is the text of a Python dictionary. It is read as a literal, so that text from outside is never run; what is not a
    dictionary of numbers raises, and costs its own record.
    """
    found = []
    for field, text in json.loads(record).items():
        if field == "_key":
            continue
        histogram = ast.literal_eval(text) if isinstance(text, str) else text
        if not isinstance(histogram, dict):
            raise ValueError(f"{field}: {str(text)[:60]!r} is not a dictionary of bins")
        found += [{"field": field, "tokens": float(bin), "probability": float(share)} for bin, share in histogram.items()]
    return found


def llm_client_tokens(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps histograms, a row per bin; a window in which the client was idle holds ``{}`` and gives no row."""
    bins = pl.col("_record").map_batches(
        lambda records: pl.Series([_bins(record) for record in records], dtype=pl.List(_BIN)), return_dtype=pl.List(_BIN)
    )
    return (
        raw.select("source_row", "client_id", "_key", bin=bins)
        .explode("bin", empty_as_null=False)
        .select(
            "source_row",
            client_id="client_id",
            started_us=_micros(pl.col("_key").cast(pl.Float64)),
            width_s=pl.lit(_HISTOGRAM_S),
            field=pl.col("bin").struct.field("field"),
            tokens=pl.col("bin").struct.field("tokens"),
            probability=pl.col("bin").struct.field("probability"),
        )
    )
