# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How bursty is it?
#
# A workload is bursty when its arrivals cluster more than those of a Poisson process. Whether it is depends on the time scale, on the clock
# that stamped it, and on which of the many measures is meant. This notebook asks one lake all of it. The lake is the folder in
# `TRACEKIT_LAKE`, else `data/lake`; `tracekit demo` makes one of synthetic samples in `data/demo/lake`.

# %%
import os

import polars as pl

from tracekit import Lake

lake = Lake(os.environ.get("TRACEKIT_LAKE", "data/lake"))
recordings = lake.table("recording").filter(pl.col("calendar") != "").collect()
recordings.select("dataset", "trace", "calendar", "resolution_us", "span_us", "is_synthetic")

# %% [markdown]
# ## One number per trace
#
# The coefficient of variation of the gaps is 1 for Poisson arrivals. `below_resolution` says that the gaps are shorter than the clock can
# resolve: such a number describes the clock.

# %%
gaps = lake.query("arrival/interarrival")
gaps.select("dataset", "trace", "stream", "events", "rate_per_s", "iat_cv", "burstiness", "memory", "below_resolution")

# %%
lake.chart("arrival/interarrival")

# %% [markdown]
# ## The same over time scales
#
# One number hides the scale. The index of dispersion compares the variance of counts with their mean for windows of growing length: flat at 1
# for Poisson, rising where load comes in waves.

# %%
busiest = gaps.sort("events", descending=True).row(0, named=True)
scales = lake.query("arrival/dispersion", dataset=busiest["dataset"], trace=busiest["trace"], windows_s=[1, 3, 10, 30, 60, 120])
scales.select("stream", "window_s", "windows", "empty_windows", "idc", "peak_to_mean", "acf1")

# %%
lake.chart("arrival/dispersion", dataset=busiest["dataset"], trace=busiest["trace"], windows_s=[1, 3, 10, 30, 60, 120])

# %% [markdown]
# ## Which distribution to draw gaps from
#
# The gamma's shape is the burstiness knob of several load generators; below 1 is burstier than Poisson. In the same lake, plain SQL reaches
# everything else.

# %%
lake.query("arrival/fit", dataset=busiest["dataset"], trace=busiest["trace"])

# %%
lake.sql("SELECT stream, count(*) AS events, count(DISTINCT arrived_us) AS instants FROM arrival GROUP BY stream ORDER BY stream")

# %% [markdown]
# ## The answer

# %%
known = gaps.filter(pl.col("iat_cv").is_not_null() & ~pl.col("below_resolution"))
worst = known.sort("iat_cv", descending=True).row(0, named=True)
answer = (
    f"Of {known.height} streams with a clock fine enough to say, {(known['iat_cv'] > 1).sum()} are burstier than Poisson; "
    f"{worst['dataset']}/{worst['trace']} most of all, with a coefficient of variation of {worst['iat_cv']:.2f}."
)
answer
