"""Decides what to ingest: which raw files, of which kind, into which trace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tracekit.errors import DataError, NothingMatchedError, TracekitError, UsageError
from tracekit.ingest.copies import Start, without_copies
from tracekit.ingest.format import Format, as_format
from tracekit.ingest.names import name_traces
from tracekit.ingest.raw import plain_name, printable
from tracekit.ingest.recognise import Recognised, recognise
from tracekit.ingest.walk import Found, expand, natural_key
from tracekit.lake.layout import is_trace_name
from tracekit.sources.files import FileKind
from tracekit.sources.hints import layout_hint
from tracekit.sources.model import Source


@dataclass(frozen=True)
class RawFile:
    """A raw file to read.

    Attributes:
        path: Where it lies.
        name: Its name for messages and manifests; ``archive!member`` inside an archive.
        kind: How it is read.
        trace: The trace it belongs to.
        header: Column names as they stand in the file; of JSON lines, the keys of the first record.
        labels: What the path says of every record in the file.
        place: Where it lies, absolute, ``archive!member`` inside an archive.
        depth: Trailing parts of the path that name the trace; None where the rule is a constant.
        is_file_name: Whether nothing but the file's name tells the trace.
        start: What its first bytes tell of its content.
        copies: Places of other files of the same content, which are left alone.
    """

    path: Path
    name: str
    kind: Format
    trace: str | None
    header: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    place: str = ""
    depth: int | None = None
    is_file_name: bool = False
    start: Start | None = None
    copies: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """Where to look for it again: its resolved path, or its place inside of an archive."""
        return self.place if "!" in self.name else printable(str(self.path.resolve()))

    @property
    def extra_columns(self) -> list[str]:
        """Columns in the file that the source does not declare."""
        return self.kind.undeclared(self.header)


@dataclass
class Plan:
    """What an ingest will read.

    Attributes:
        files: The files, in natural order.
        unknown: Files of a folder that no kind of the source matches.
        skipped: Known files left alone, with the reason.
        is_partial: Whether files were taken for what their paths say, so that they cannot be read by this plan.
    """

    files: list[RawFile] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    is_partial: bool = False


def _others(source: Source, file: RawFile, *, by_path: bool) -> list[RawFile]:
    """Returns the same file as the other kinds of records that it holds."""
    kinds = [as_format(kind) for kind in source.files if kind.name in file.kind.others]
    return [replace(file, kind=kind, header=() if by_path else kind.columns_of(file.path)) for kind in kinds]


def _is_asked_for(kind: FileKind, given: Path) -> bool:
    """Whether a file of a kind that is taken on request lies under a path that the user named for it."""
    return kind.on_request is None or re.search(kind.on_request, f"{given.resolve().as_posix()}/") is not None


def _with_latest(files: list[RawFile]) -> list[RawFile]:
    """Labels the files of kinds that count attempts: whether theirs is the last."""

    def key(file: RawFile) -> tuple[object, ...]:
        others = {name: value for name, value in file.labels.items() if name != file.kind.latest}
        return file.kind.name, file.trace, *sorted(others.items())

    def number(file: RawFile) -> int:
        text = file.labels.get(file.kind.latest or "", "")
        return int(text) if text.isdigit() else -1

    last: dict[tuple[object, ...], int] = {}
    for file in files:
        last[key(file)] = max(number(file), last.get(key(file), -1))
    return [
        replace(file, labels={**file.labels, "_is_latest": str(number(file) == last[key(file)]).lower()}) if file.kind.latest else file
        for file in files
    ]


def _left(source: Source, found: list[Found], plan: Plan) -> Iterator[Found]:
    """Yields the files that the source does not leave alone."""
    for file in found:
        ignored = next((i for i in source.ignored if re.search(i.path, plain_name(file.path.as_posix()))), None)
        if ignored:
            plan.skipped.append((file.name, ignored.reason))
        else:
            yield file


def make_plan(
    source: Source, paths: list[Path], scratch: Path, *, strict: bool = False, trace: str | None = None, by_path: bool = False
) -> Plan:
    """Plans an ingest.

    Args:
        source: The dataset.
        paths: Files, folders and archives.
        scratch: A folder for what archives hold.
        strict: Whether a file that should be of a kind, and is not, fails the ingest although others fit.
        trace: A name for the trace, instead of the one that the source's rule gives.
        by_path: Whether to believe the paths of files whose columns only an engine can tell: enough to see whether they are in the lake
            already, and not to be read by (``Plan.is_partial``).

    Returns:
        The plan; at least one file.

    Raises:
        UsageError: A path does not exist or cannot be read, or ``trace`` is asked for and there is more than one.
        DataError: No file has the layout of its kind, or one has not and it is strict.
        NothingMatchedError: No file is of a known kind.
        UnsureError: ``by_path``, and a path does not say what the file is.
    """
    plan = Plan()
    unfit: list[tuple[Found, TracekitError]] = []
    found = _left(source, list(expand(source, paths, scratch, unfit)), plan)
    files = _recognised(source, found, plan, unfit, by_path=by_path)
    if unfit and (strict or not files):
        raise unfit[0][1]
    plan.skipped += [(found.name, error.message.removeprefix(f"{found.path}: ")) for found, error in unfit]
    if not files:
        names = ", ".join(plan.unknown[:5]) or "none at all"
        raise NothingMatchedError(f"no file of {source.id} among: {names}", layout_hint(source.id))
    files.sort(key=lambda file: natural_key(file.name))
    files, copies = without_copies(files)
    plan.skipped += copies
    files, lone = _without_lone(name_traces(files))
    if lone and (strict or not files):
        file, reason = lone[0]
        raise unfit[0][1] if unfit else DataError(f"{file.path}: {reason}", "ingest the folder that holds both")
    plan.skipped += [(file.name, reason) for file, reason in lone]
    if trace is not None:
        files = _renamed(files, trace)
    plan.files = _with_latest([each for file in files for each in (file, *_others(source, file, by_path=by_path))])
    plan.is_partial = by_path and any(file.kind.is_known_by_path for file in plan.files)
    plan.files.sort(key=lambda file: natural_key(file.name))
    return plan


def _recognised(
    source: Source, found: Iterator[Found], plan: Plan, unfit: list[tuple[Found, TracekitError]], *, by_path: bool
) -> list[RawFile]:
    """Returns the files that are of a kind; the plan and ``unfit`` get the others."""
    files: list[RawFile] = []
    withheld: dict[tuple[str, str], None] = {}
    for file in found:
        try:
            what = recognise(source, file.path, file.shown, file.place, is_named=file.path == file.given, by_path=by_path)
        except DataError as error:
            unfit.append((file, error))
            continue
        if what is None:
            plan.unknown.append(file.name)
        elif _is_asked_for(what.kind, file.given):
            files.append(_raw_file(file, what))
        else:
            withheld[_on_request(source, what.kind, file)] = None
    plan.skipped += withheld
    return files


def _without_lone(files: list[RawFile]) -> tuple[list[RawFile], list[tuple[RawFile, str]]]:
    """Returns the files, and those that need records of another kind in their trace which are not there, with the reason."""
    held = {(file.trace, file.kind.name) for file in files}
    lacking = [(file, next((name for name in file.kind.needs if (file.trace, name) not in held), None)) for file in files]
    reason = "{} say nothing without {}, and no file of trace {} has them"
    lone = [(file, reason.format(file.kind.name, name, file.trace)) for file, name in lacking if name]
    return [file for file, name in lacking if name is None], lone


def _raw_file(found: Found, what: Recognised) -> RawFile:
    return RawFile(
        found.path,
        found.name,
        what.kind,
        what.trace.name,
        what.header,
        what.labels,
        found.place,
        what.trace.depth,
        what.trace.is_file_name,
        what.start,
    )


def _on_request(source: Source, kind: FileKind, found: Found) -> tuple[str, str]:
    """Returns the folder of a file that is taken when it is named, and how to name it."""
    folder = found.name.rpartition("/")[0] or found.name
    named = folder if "!" in found.name else found.path if folder == found.name else found.path.parent
    return folder, f"{kind.name} are ingested on request: tracekit ingest {source.id} {found.given} {named}"


def _renamed(files: list[RawFile], trace: str) -> list[RawFile]:
    """Gives the one trace of some files another name; what holds for every trace keeps doing so."""
    names = sorted({file.trace for file in files if file.trace is not None})
    if len(names) != 1 or not is_trace_name(trace):
        more = ", …" if len(names) > 5 else ""
        words = f"these files are {len(names)} traces: {', '.join(names[:5])}{more}" if len(names) != 1 else f"{trace!r} is no name"
        raise UsageError(f"--trace names one trace, and {words}", "ingest one trace at a time")
    return [file if file.trace is None else replace(file, trace=trace) for file in files]
