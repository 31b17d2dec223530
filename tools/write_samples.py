"""Writes every source's synthetic sample into data/samples; `make samples` runs it."""

import shutil
from pathlib import Path

from tracekit.sources.load import sources


def main() -> None:
    """Writes all samples anew."""
    for source in sources().values():
        folder = Path("data/samples") / source.id
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        source.write_sample(folder)
        print(f"{source.id}: {sum(path.stat().st_size for path in folder.rglob('*') if path.is_file()):,} bytes")


if __name__ == "__main__":
    main()
