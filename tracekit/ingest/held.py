"""What to do about a trace that the lake holds already: never what would delete it for the sake of another."""

from __future__ import annotations

import shlex

from tracekit.disk import hash_file
from tracekit.errors import UsageError
from tracekit.ingest.names import suggest
from tracekit.ingest.plan import RawFile
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest, read_manifests


def refusal(layout: Layout, known: Manifest, files: list[RawFile]) -> UsageError:
    """Returns why a trace that is there is not overwritten, and a way out by which nothing of it is lost.

    Args:
        layout: The lake.
        known: The trace as it is there.
        files: What would become a trace of the same name.
    """
    given, hashes = {file.origin for file in files}, {hash_file(file.path) for file in files}
    # What is there came from these files, or from the same bytes elsewhere: replacing it loses nothing but an earlier state.
    is_kept = all(entry.path in given or entry.sha256 in hashes for entry in known.inputs)
    more = f" and {len(known.inputs) - 1:,} more" if len(known.inputs) > 1 else ""
    origin = "an earlier state of this input, or by another version" if is_kept else f"other input, {known.inputs[0].path}{more}"
    name = f"{known.dataset}/{known.trace or 'every trace'}"
    return UsageError(f"{name} is in {layout.root} already, from {origin}", _way_out(layout, known, files, is_kept=is_kept))


def _way_out(layout: Layout, known: Manifest, files: list[RawFile], *, is_kept: bool) -> str:
    replacing = "ingest again with --replace to replace it"
    if known.trace is None:
        return replacing if is_kept else "these rows hold for every trace and have no name: put them in another lake, --lake DIR"
    taken = {manifest.trace or "" for manifest in read_manifests(layout, known.dataset)}
    naming = f"--trace NAME to keep both, for example --trace {shlex.quote(suggest(files[0], taken))}"
    return f"{replacing}, or with {naming}" if is_kept else f"ingest this with {naming}"
