"""PerfCastDB → benchmark_result. Instants, which are minutes and seconds of an unknown hour, are not read."""

import polars as pl


def benchmark_result(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps results; the unit stands in the test's name, in parentheses, and a latency is the better the lower."""
    unit = pl.col("RESULT.TestName").str.extract(r"\(([^()]*)\)\s*$")
    is_latency = pl.col("RESULT.TestName").str.contains("(?i)latency") | unit.is_in(["ns", "us", "ms", "s"])
    return raw.select(
        "source_row",
        suite="RESULT.WorkloadName",
        test="RESULT.TestName",
        variant="RESULT.WorkloadPreset",
        machine_id="RESULT.kubernetes.host",
        model="SVR.CPU.CPU Model",
        # The memory is the configuration that these results are compared by.
        sku=pl.concat_str("Measure.DIMM.Population", "Measure.DIMM.Freq", separator=" "),
        value="RESULT.Value",
        unit=unit,
        is_higher_better=~is_latency.fill_null(value=False),
    )
