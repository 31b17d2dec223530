"""Accesses to objects, against loops over the raw sample."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from raw_records import SAMPLES

from tracekit.api import Lake


def test_accesses(demo_lake: Path) -> None:
    with (SAMPLES / "azure-functions-blob-2020" / "azurefunctions-accesses-2020.csv").open() as file:
        raw = list(csv.DictReader(file))
    found = Lake(demo_lake).query("serverless/blob_access").row(0, named=True)
    sizes = [float(row["BlobBytes"]) for row in raw if row["BlobBytes"]]
    assert found["accesses"] == len(raw)
    for name, q in (("bytes_p50", 0.5), ("bytes_p90", 0.9), ("bytes_p99", 0.99), ("bytes_max", 1.0)):
        assert found[name] == pytest.approx(np.quantile(sizes, q))
    blobs = Counter(row["AnonBlobName"] for row in raw)
    assert found["objects"] == len(blobs)
    assert found["once_share"] == pytest.approx(np.mean([n == 1 for n in blobs.values()]))
    assert found["accesses_per_object_p50"] == np.median(list(blobs.values()))
    assert found["reads_share"] == pytest.approx(np.mean([row["Read"] == "True" and row["Write"] == "False" for row in raw]))
    of_apps: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for row in raw:
        of_apps[row["AnonAppName"]][0].add(row["AnonFunctionInvocationId"])
        of_apps[row["AnonAppName"]][1].add(row["AnonBlobName"])
    assert found["apps_without_reuse_share"] == pytest.approx(np.mean([len(i) <= len(b) for i, b in of_apps.values()]))
