"""Writes every source's synthetic sample into data/samples, or those of the sources that are named; `make samples` runs it."""

import shutil
import sys
from pathlib import Path

from tracekit.sources.load import source as get_source
from tracekit.sources.load import source_ids


def main() -> None:
    """Writes samples anew."""
    for source in map(get_source, sys.argv[1:] or source_ids()):
        folder = Path("data/samples") / source.id
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        source.write_sample(folder)
        print(f"{source.id}: {sum(path.stat().st_size for path in folder.rglob('*') if path.is_file()):,} bytes")


if __name__ == "__main__":
    main()
