"""The record beside an exported file: where its rows come from, and what was kept, rounded, clamped, left out and invented."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from tracekit.export.intake import Intake
from tracekit.export.model import DERIVED, KEPT, TRACE, Facts, Field, Format
from tracekit.export.select import Counts, Tally
from tracekit.lake.manifest import Manifest
from tracekit.sources.model import Source

SUFFIX = ".export.json"


@dataclass(frozen=True)
class Recording:
    """What the lake says of a trace's clock; see the table ``recording``."""

    anchor: dt.datetime | None = None
    zone: str | None = None
    calendar: str | None = None


@dataclass(frozen=True)
class Written:
    """A file as it lies on disk, or a folder with its files.

    Attributes:
        name: Its name.
        rows: Rows written.
        bytes: Its size, or that of its files together.
        sha256: Its hash; of a folder, that of the lines ``<sha256>  <file>`` in order of name.
        files: Of a folder, name, bytes and hash of each file.
    """

    name: str
    rows: int
    bytes: int
    sha256: str
    files: tuple[dict[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Returns it for the record; a file has no list of files."""
        record = asdict(self)
        files = list(record.pop("files"))
        return {**record, "files": files} if files else record


def _input(manifest: Manifest, table: str) -> dict[str, Any]:
    files = [{"name": i.name, "kind": i.kind, "bytes": i.bytes, "sha256": i.sha256, "records": i.records} for i in manifest.inputs]
    return {
        "tracekit": manifest.tracekit,
        "source_version": manifest.source_version,
        "schema_version": manifest.schema_version,
        "limit": manifest.limit,
        "is_synthetic": manifest.is_synthetic,
        "table": table,
        "table_sha256": manifest.tables[table].sha256,
        "files": files,
    }


def _licence(source: Source | None) -> dict[str, Any] | None:
    # A lake may hold what this version of tracekit does not know.
    return None if source is None else {**msgspec.structs.asdict(source.licence), "homepage": source.homepage, "paper": source.paper}


def _clock(form: Format, clock: Recording, first_us: int, rate_scale: float) -> dict[str, Any]:
    at = None if clock.anchor is None else clock.anchor + dt.timedelta(microseconds=first_us)
    return {
        "zero": "the trace's zero" if form.zero == TRACE else "the first exported row",
        "subtracted_us": 0 if form.zero == TRACE else first_us,
        "first_row_us": first_us,
        "first_row_at": None if at is None else at.isoformat(sep=" ", timespec="microseconds"),
        "zone": clock.zone,
        "calendar": clock.calendar,
        "rate_scale": "offsets from the first exported row are divided by it, then rounded to 1 us" if rate_scale != 1 else "none",
    }


def _invented(fields: list[Field], tally: Tally, seed: int) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for field in fields:
        if rows := tally.invented.get(field.name, 0):
            entry: dict[str, Any] = {"field": field.name, "how": field.invented_how or field.how, "rows": rows}
            entries.append({**entry, "seed": seed} if field.uses_seed else entry)
    return entries


def _clamped(fields: list[Field], tally: Tally) -> list[dict[str, Any]]:
    bounds = {field.name: field.minimum for field in fields}
    found = [(name, rows, low) for name, (rows, low) in tally.clamped.items() if rows]
    return [{"field": name, "from": low, "to": bounds[name], "rows": rows} for name, rows, low in found]


def _dropped(fields: list[Field], tally: Tally, facts: Facts, whole: set[str], time: str) -> list[dict[str, Any]]:
    # An invented date still keeps the distances between arrivals.
    carried = {time} | {column for field in fields if field.name not in whole for column in field.columns}
    entries: list[dict[str, Any]] = []
    for column, rows in tally.values.items():
        if rows and column not in carried:
            why = "the format has no field for it"
            if column == "prefix_blocks" and facts.block_tokens is None and any(f.name == "hash_ids" for f in fields):
                why = "its blocks have no fixed number of tokens, so they cannot be block ids"
            entries.append({"column": column, "rows": rows, "why": why})
    return entries


def _notes(form: Format, facts: Facts, fields: list[Field], tally: Tally, name: str) -> list[str]:
    notes = list(form.notes)
    clamped = {column for field in fields if field.minimum is not None for column in field.columns}
    for column, rows in tally.zeros.items():
        if rows and column not in clamped:
            notes.append(f"rows with 0 {column}: {rows:,}; they are written, the reader may leave them out")
    if tally.backwards:
        notes.append(f"rows that end before they start: {tally.backwards:,}; how long they took is unknown unless the source says it")
    if tally.odd_blocks and form.uses_blocks:
        notes.append(
            f"rows whose number of block ids is not ceil(input_tokens / {facts.block_tokens}): {tally.odd_blocks:,}, kept as they are"
        )
    if form.suffix and not name.endswith(form.suffix):
        notes.append(f"the file does not end in {form.suffix}, which some readers go by")
    return notes


def build(
    name: str,
    form: Format,
    source: Source | None,
    manifest: Manifest,
    clock: Recording,
    options: dict[str, Any],
    facts: Facts,
    fields: list[Field],
    tally: Tally,
    counts: Counts,
    first_us: int,
    written: Written,
    intake: Intake,
    version: str,
) -> dict[str, Any]:
    """Returns the record; it holds no time of day, so that the same export makes the same record."""
    kept = [{"field": f.name, "columns": list(f.columns), "change": f.how} for f in fields if f.origin == KEPT]
    derived = [{"field": f.name, "how": f.how} for f in fields if f.origin == DERIVED]
    # What is invented in every row is not kept, whatever the format could have carried.
    whole = {f.name for f in fields if tally.invented.get(f.name) == counts.written}
    steps = {f.name: f.step_us for f in fields}
    return {
        "tracekit": version,
        "format": {"name": name, "reader": form.reader, "citation": form.citation, "is_experimental": form.is_experimental},
        "dataset": manifest.dataset,
        "trace": manifest.trace,
        "options": options,
        "licence": _licence(source),
        "input": _input(manifest, intake.table),
        "clock": _clock(form, clock, first_us, options["rate_scale"]),
        "kept": [entry for entry in kept if entry["field"] not in whole],
        "derived": derived,
        "invented": _invented(fields, tally, facts.seed),
        "clamped": _clamped(fields, tally),
        "rounded": [{"field": name, "to_us": steps[name], "rows": rows} for name, rows in tally.rounded.items() if rows],
        "dropped": _dropped(fields, tally, facts, whole, intake.time),
        "rows": counts.named(intake.lacks),
        "reader_settings": form.settings(facts),
        "notes": _notes(form, facts, fields, tally, written.name),
        "file": written.as_dict(),
    }
