"""Builds the release folder: gate, tables, documents, checksums; the folder appears whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from tracekit.disk import sync
from tracekit.errors import TracekitError, UsageError
from tracekit.ingest.run import tool_version
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest
from tracekit.lake.sources import source_in
from tracekit.publish import derived, metadata, papers
from tracekit.publish.card import card
from tracekit.publish.facts import SAMPLE, Facts, Shown
from tracekit.publish.gate import find_reasons, refuse
from tracekit.publish.model import OnStep, Options, silent
from tracekit.publish.question import show_question
from tracekit.publish.release import CHANGELOG, PROVENANCE, Release, write_sums
from tracekit.publish.rows import RECORDING, Chosen, Rekeyer, batches, check_rekey, choose, read_records
from tracekit.publish.scan import scan_files
from tracekit.publish.shards import Config, write_config
from tracekit.publish.views import connect_only
from tracekit.query.claims import DIFFERS, Verdict, check_claims
from tracekit.schema.load import tables
from tracekit.schema.version import schema_version
from tracekit.sources.load import source_version
from tracekit.sources.model import Source

SAMPLE_ROWS = 1_000
NEEDS_OTHERS = "needs other datasets"
KEY = ".key"


def build(layout: Layout, options: Options, root: Path, on_step: OnStep = silent) -> Release:
    """Builds a release.

    A folder that holds the same release already is taken as it is: with re-keyed ids it could not be made again.

    Args:
        layout: The lake.
        options: What is asked for.
        root: The folder to make.
        on_step: Called with each step.

    Returns:
        The release.

    Raises:
        PublishRefusedError: The gate is shut; names every reason.
        NothingMatchedError: A dataset has no rows in the lake.
        TracekitError: The disk is too small.
    """
    sources = [source_in(layout, name) for name in options.datasets]
    chosen, manifests = choose(layout, sources)
    check_rekey(options, chosen)
    on_step("gate")
    refuse(find_reasons(layout, sources, manifests, chosen, options), options)
    key = _key(sources, manifests, options)
    beside = root.with_name(root.name + KEY)
    if beside.exists() and beside.read_text(encoding="utf-8") == key and root.is_dir() and not Release(root).find_faults():
        on_step("build: unchanged")
        return Release(root)
    draft = root.with_name(f".{root.name}.draft")
    with _alone(root), _room(draft, chosen, options):
        _Build(layout, options, sources, manifests, chosen, draft, on_step).run()
        _replace(root, draft, beside, key)
    on_step("build: in place")
    return Release(root)


def _key(sources: list[Source], manifests: list[Manifest], options: Options) -> str:
    """Returns a fingerprint of everything that decides the bytes."""
    parts = [repr(options), tool_version(), schema_version(list(tables().values()))]
    parts += [source_version(source) for source in sources] + [manifest.to_json() for manifest in manifests]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _replace(root: Path, draft: Path, beside: Path, key: str) -> None:
    # The key goes first and comes last: a folder without its key is built again.
    beside.unlink(missing_ok=True)
    if root.exists():
        shutil.rmtree(root)
    draft.replace(root)
    beside.write_text(key, encoding="utf-8")


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Holds the lock of a release's folder; a killed run lets it go.

    Raises:
        UsageError: Another process is building it.
    """
    root.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(root.with_name(f".{root.name}.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UsageError(f"another process is building {root}", "wait until it is done") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _room(draft: Path, chosen: list[Chosen], options: Options) -> Iterator[None]:
    """Makes an empty draft and removes it at the end, whatever happens.

    Raises:
        TracekitError: The disk has, or had, no room.
    """
    need = 0 if options.derived_only else sum(table.lake_bytes for table in chosen) * 5 // 4
    free = shutil.disk_usage(draft.parent).free
    fix = "free some space, or build elsewhere with --build DIR"
    if need > free:
        raise TracekitError(f"the release takes about {need / 1e6:,.0f} MB, the disk of {draft.parent} has {free / 1e6:,.0f} MB free", fix)
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir()
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise TracekitError(f"no space left on the disk of {draft.parent}; nothing was built", fix) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


class _Build:
    def __init__(
        self,
        layout: Layout,
        options: Options,
        sources: list[Source],
        manifests: list[Manifest],
        chosen: list[Chosen],
        draft: Path,
        on_step: OnStep,
    ) -> None:
        self._layout = layout
        self._options = options
        self._sources = sources
        self._manifests = manifests
        self._chosen = chosen
        self._draft = draft
        self._on_step = on_step
        self._rekeyer = Rekeyer(options.rekey) if options.rekey else None

    def run(self) -> None:
        facts = self._facts()
        self._on_step("build: tables")
        self._write_documents(facts)
        self._on_step("build: documents")
        forbidden = {str(self._layout.root.resolve()), str(self._draft.parent.resolve()), str(Path.home())} - {"/", "/root"}
        refuse(scan_files(self._draft, sorted(forbidden)), self._options)
        write_sums(self._draft)
        for path in sorted(self._draft.rglob("*")):
            sync(path)
        self._on_step("build: checksums")

    def _facts(self) -> Facts:
        left: list[str] = []
        if self._options.derived_only:
            configs, left, reasons = derived.write_results(self._layout, self._options.datasets, self._draft)
            refuse(reasons + ([] if configs else ["no query has an answer for it"]), self._options)
        else:
            configs = self._write_tables()
        shown, verdicts = self._answers()
        clocks = [part.file.path for chosen in self._chosen if chosen.table.name == RECORDING for part in chosen.parts]
        return Facts(
            self._options,
            self._sources,
            self._manifests,
            configs,
            read_records(clocks),
            shown,
            verdicts,
            tool_version(),
            schema_version(list(tables().values())),
            {source.id: source_version(source) for source in self._sources},
            {chosen.table.name: chosen.suppressed for chosen in self._chosen if chosen.small},
            left,
        )

    def _write_tables(self) -> list[Config]:
        sizes = {chosen.table.name: chosen.rows for chosen in self._chosen}
        main = max((c for c in self._chosen if c.table.name != RECORDING), key=lambda c: (sizes[c.table.name], c.table.name))
        configs = [self._write(main, SAMPLE, min(SAMPLE_ROWS * len(main.parts), sizes[main.table.name]), SAMPLE_ROWS)]
        main.suppressed = 0
        for chosen in self._chosen:
            chosen.suppressed = 0
            configs.append(self._write(chosen, chosen.table.name, sizes[chosen.table.name], None))
            self._on_step(f"build: {chosen.table.name}")
        return configs

    def _write(self, chosen: Chosen, name: str, rows: int, limit: int | None) -> Config:
        stem, table = chosen.table.name, chosen.table
        text = f"{table.text} One row is {table.grain}."
        if name == SAMPLE:
            text = f"The first {limit:,} rows of each trace of `{stem}`. {text}"
        read = partial(batches, chosen, self._rekeyer, limit)
        size = chosen.lake_bytes if limit is None else 0
        return write_config(self._draft, name, stem, text, chosen.schema, rows, size, read, self._options.shard_bytes)

    def _answers(self) -> tuple[Shown | None, list[Verdict]]:
        with connect_only(self._layout, self._options.datasets) as connection:
            shown = show_question(connection, self._sources[0])
            verdicts = check_claims(connection, self._sources, self._manifests)
        # A figure that rests on other datasets as well is not contradicted by this one.
        return shown, [replace(v, verdict=NEEDS_OTHERS) if v.verdict == DIFFERS and v.ours is None else v for v in verdicts]

    def _write_documents(self, facts: Facts) -> None:
        texts = {
            "README.md": card(facts),
            "croissant.json": metadata.croissant(facts),
            "datapackage.json": metadata.datapackage(facts),
            "CITATION.cff": papers.citation(facts),
            "LICENSE": papers.licence(facts),
            "NOTICE": papers.notice(facts),
            CHANGELOG: papers.changelog(facts),
            PROVENANCE: papers.provenance(facts),
            **({"chart.svg": facts.shown.svg} if facts.shown else {}),
        }
        for name, text in texts.items():
            (self._draft / name).write_text(text, encoding="utf-8")
