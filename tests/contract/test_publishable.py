"""Every source against the gate: what its sample and its declaration say, and nothing that only looks like a secret."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tracekit.lake.layout import Layout
from tracekit.publish import licence
from tracekit.publish.build import build
from tracekit.publish.gate import find_reasons
from tracekit.publish.model import Options
from tracekit.publish.papers import _authors
from tracekit.publish.rows import choose
from tracekit.sources.load import sources

SOURCES = sources()


@pytest.mark.parametrize("dataset", SOURCES)
def test_only_licence_and_small_groups_stand_against_a_sample(dataset: str, demo_lake: Path) -> None:
    source = SOURCES[dataset]
    chosen, manifests = choose(Layout(demo_lake), [source])
    options = Options("alice/some-sample", "v1.0.0", (dataset,), synthetic=True)
    reasons = find_reasons(Layout(demo_lake), [source], manifests, chosen, options)
    by_licence = [reason for reason in reasons if reason.startswith(f"{dataset}: licence")]
    assert bool(by_licence) == (source.licence.redistributable != "yes")
    assert [reason for reason in reasons if reason not in by_licence and "fewer than k = 5" not in reason] == []


@pytest.mark.parametrize("dataset", [name for name, source in SOURCES.items() if source.licence.redistributable == "yes"])
def test_a_licence_that_allows_has_its_text_and_authors(dataset: str) -> None:
    source = SOURCES[dataset]
    for name in licence.ids(source.licence.spdx):
        text = licence.text(source, name)
        assert text is None or ("{copyright}" not in text and len(text) > 1_000)
        assert text is not None or name in licence.KNOWN
    assert all(author for author in _authors(source))


def test_statistics_rest_on_the_datasets_of_the_release_alone(demo_lake: Path, tmp_path: Path) -> None:
    options = Options("alice/some-sample", "v1.0.0", ("mlenergy-v3", "gpu-training-power"), synthetic=True, derived_only=True)
    release = build(Layout(demo_lake), options, tmp_path / "v1.0.0")
    named = [pl.read_parquet(path)["dataset"].unique().to_list() for path in release.root.glob("*/*.parquet")]
    assert {name for names in named for name in names} == {"mlenergy-v3", "gpu-training-power"}
    assert (release.root / "LICENSE").read_text().startswith("The statistics of this release are under CC-BY-4.0.")
