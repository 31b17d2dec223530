"""What is asked of an export: the window, the rate, the limit, the seed, and which trace is meant."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tracekit.errors import NothingMatchedError, UsageError, did_you_mean
from tracekit.export.intake import INTAKES, Intake
from tracekit.export.model import Format
from tracekit.export.moment import Moment
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest, read_manifests


@dataclass(frozen=True)
class Options:
    """What to export of a trace, and how.

    Attributes:
        start: Start of the window, in seconds since the trace's zero or as a calendar instant; None: the first row.
        until: Its end, exclusive; None: the last row.
        rate_scale: 2 is twice the rate: offsets from the first exported row are halved.
        limit: Rows to write at most, the first ones.
        seed: Seed of what is invented at random.
    """

    start: Moment | None = None
    until: Moment | None = None
    rate_scale: float = 1.0
    limit: int | None = None
    seed: int = 0

    def check(self) -> None:
        """Raises UsageError where a value cannot be meant."""
        if not (math.isfinite(self.rate_scale) and self.rate_scale > 0):
            raise UsageError(
                f"rate scale {self.rate_scale:g}: it divides the instants and has to be above 0", "2 is twice the rate, 0.5 half of it"
            )
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"limit {self.limit}: at least one row has to be written")


def _fitting(manifest: Manifest, form: Format) -> str | None:
    """Returns the first of the format's tables that a trace has rows in."""
    return next((name for name in form.tables if name in manifest.tables and manifest.tables[name].rows), None)


def find_trace(layout: Layout, dataset: str, trace: str | None, form: Format) -> tuple[Manifest, Intake]:
    """Returns the manifest of the one trace that is meant, and the table of it that the format takes.

    Args:
        layout: The lake.
        dataset: Source id.
        trace: A trace of it; None: the only one that the format can be made of.
        form: The format.

    Raises:
        NothingMatchedError: The lake holds no such dataset or trace, or no rows of it that the format takes.
        UsageError: There are several traces and none is named.
    """
    wanted = " or ".join(form.tables)
    every = read_manifests(layout)
    held = [m for m in every if m.dataset == dataset]
    if not held:
        datasets = sorted({m.dataset for m in every if _fitting(m, form)})
        hint = did_you_mean(dataset, datasets)
        raise NothingMatchedError(f"the lake holds no dataset {dataset!r}.{hint}", f"it holds {wanted} of: {', '.join(datasets) or 'none'}")
    traces = {m.trace: m for m in held if _fitting(m, form)}
    names = sorted(name or "" for name in traces)
    if not traces:
        raise NothingMatchedError(
            f"{dataset} has no {wanted} rows, and this format holds nothing else", f"tracekit describe {dataset}; tracekit export --help"
        )
    if trace is None and len(traces) > 1:
        raise UsageError(
            f"{dataset} has {len(traces)} traces and a replay file holds one: {', '.join(names)}",
            f"name it: trace={names[0]!r}",
            f"name it: --trace {names[0]}",
        )
    if trace is not None and trace not in traces:
        known = ", ".join(names)
        raise NothingMatchedError(f"{dataset} has no trace {trace!r} with {wanted}.{did_you_mean(trace, names)}", f"it has: {known}")
    found = traces[trace] if trace is not None else next(iter(traces.values()))
    return found, INTAKES[_fitting(found, form) or form.tables[0]]
