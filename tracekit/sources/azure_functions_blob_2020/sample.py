"""Writes the synthetic blob-access sample: a few apps, popular and unpopular blobs, sizes over seven orders of magnitude."""

from pathlib import Path

import numpy as np

HEAD = "Timestamp,AnonRegion,AnonUserId,AnonAppName,AnonFunctionInvocationId,AnonBlobName,BlobType,AnonBlobETag,BlobBytes,Read,Write"


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    rng = np.random.default_rng(20201123)
    names = [rng.bytes(8).hex() for _ in range(40)]
    sizes = [round(size) for size in rng.lognormal(8.6, 2.0, 40)]
    at = 1_606_089_600_031
    rows = []
    for number in range(150):
        at += int(rng.exponential(4_000))
        app = int(rng.zipf(1.8)) % 6
        blob = min(int(rng.zipf(1.6)) - 1, 39)
        is_write = number % 5 == 0
        size = "" if number == 37 else f"{sizes[blob]}.0"
        cells = [at, f"r{app % 2}", f"u{app // 2}", f"app{app}", rng.bytes(8).hex(), names[blob], "BlockBlob/text/plain", f"v{number % 3}"]
        rows.append(",".join(map(str, [*cells, size, not is_write, is_write])))
    (folder / "azurefunctions-accesses-2020.csv").write_text("\n".join([HEAD, *rows]) + "\n")
