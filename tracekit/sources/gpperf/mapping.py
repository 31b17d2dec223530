"""GPPerf → energy_run. Power and time come in files of their own: a run_id names a size and a tile, and the two rows of one share it."""

import polars as pl


def _number(column: str) -> pl.Expr:
    # Some cells end in a space.
    return pl.col(column).str.strip_chars().cast(pl.Float64)


def _run() -> dict[str, pl.Expr]:
    return {
        "run_id": pl.format("{}x{}x{}/{}", "M", "N", "K", "Tile Size"),
        "task": pl.lit("matmul"),
        "variant": pl.format("{}x{}x{}, tile {}", "M", "N", "K", "Tile Size"),
        "boundary": pl.lit("gpu"),
    }


def power(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps mean power."""
    return raw.select("source_row", **_run(), mean_power_w=_number("Average Power Usage (W)"))


def time(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the time of a kernel, printed in milliseconds."""
    return raw.select("source_row", **_run(), duration_s=_number("Execution Time") * 1e-3)
