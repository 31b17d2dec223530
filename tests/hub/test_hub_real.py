"""The whole way on a real trace: raw file → lake → release → Hub → load_dataset, and back to the raw file."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from conftest import Client
from loopback import Loopback

from tracekit.ingest.run import ingest
from tracekit.sources.load import source

pytestmark = pytest.mark.slow
REPO = "alice/azure-llm-2023"
LOAD = """
import datasets
import pyarrow.parquet as pq
datasets.disable_progress_bars()
whole = datasets.load_dataset({repo!r}, "llm_request", revision="v1.0.0", split="train")
assert datasets.load_dataset({repo!r}, revision="v1.0.0", split="train").num_rows == 1000
pq.write_table(whole.data.table, {out!r})
"""


def test_the_conversation_trace_comes_back_row_for_row(real_traces: Path, hub: Loopback, client: Client, tmp_path: Path) -> None:
    raw = real_traces / "azure-llm-2023"
    lake = tmp_path / "lake"
    ingest(source("azure-llm-2023"), [raw / "AzureLLMInferenceTrace_conv.csv"], lake, macros=[])
    told = client.run(
        "publish", "azure-llm-2023", "--repo", REPO, "--lake", lake, "--build", tmp_path / "builds", "--records", "500", "--yes"
    )
    assert told["code"] == 0, told["stderr"]
    release = tmp_path / "builds" / REPO / "v1.0.0"
    assert hub.whole_at("v1.0.0", REPO) == len((release / "SHA256SUMS").read_text().splitlines()) + 1
    assert not hub.repos[REPO].private

    out = tmp_path / "loaded.parquet"
    loaded = client.ask(code=LOAD.format(repo=REPO, out=str(out)), unset=["HF_TOKEN"])
    assert loaded["code"] == 0, loaded["stderr"]
    rows, held = pl.read_parquet(out), pl.read_parquet(lake / "llm_request" / "**" / "*.parquet")
    assert rows.height == 19_366
    assert rows.drop("arrived_at").equals(held)
    # The instants are those that are printed in the raw file, whose last digit is always 0.
    printed = pl.read_csv(raw / "AzureLLMInferenceTrace_conv.csv")["TIMESTAMP"].str.slice(0, 26)
    assert rows["arrived_at"].dt.to_string("%Y-%m-%d %H:%M:%S%.6f").to_list() == printed.to_list()

    card = (release / "README.md").read_text()
    assert (
        "| azure-llm-2023 | Median prompt of the conversation service: 1020 tokens (Splitwise, arXiv:2311.18677) | 1020 | 1020 | agrees |"
        in card
    )
    assert "Synthetic" not in card
    told = client.run("verify", f"hf://{REPO}@v1.0.0", "--raw", raw)
    assert told["code"] == 0, told["stderr"]
    assert "made again from the raw files" in told["stdout"]
    told = client.run("verify", f"hf://{REPO}@v1.0.0", "--raw", tmp_path / "builds")
    assert told["code"] == 6
    assert "lacks raw files of azure-llm-2023" in told["stderr"]
