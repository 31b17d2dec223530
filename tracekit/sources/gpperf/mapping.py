"""GPPerf → energy_run. Power and time come in files of their own; what is measured of one size and tile is one run."""

import polars as pl


def _number(column: str) -> pl.Expr:
    # Some cells end in a space.
    return pl.col(column).str.strip_chars().cast(pl.Float64)


def run(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """Maps mean power in watts and the time of a kernel, printed in milliseconds; the energy is their product."""
    watts, seconds = _number("Average Power Usage (W)"), _number("Execution Time") * 1e-3
    return pairs.select(
        "source_row",
        run_id=pl.format("{}x{}x{}/{}", "M", "N", "K", "Tile Size"),
        task=pl.lit("matmul"),
        variant=pl.format("{}x{}x{}, tile {}", "M", "N", "K", "Tile Size"),
        duration_s=seconds,
        mean_power_w=watts,
        energy_j=watts * seconds,
        gpu_energy_j=watts * seconds,
        boundary=pl.lit("gpu"),
    )
