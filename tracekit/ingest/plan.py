"""Decides what to ingest: which raw files, of which kind, into which trace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from tracekit.errors import DataError, NothingMatchedError, UsageError
from tracekit.ingest.archives import archive_kind, unpack
from tracekit.ingest.head import first_lines, read_head, refuse_what_has_no_lines
from tracekit.ingest.raw import RawStream, plain_name, printable, refuse_what_is_no_data
from tracekit.ingest.read_arrow import ARROW, arrow_columns
from tracekit.ingest.read_parquet import PARQUET, parquet_columns
from tracekit.ingest.read_pickle import PICKLE
from tracekit.ingest.read_sqlite import SQLITE, sqlite_columns
from tracekit.ingest.wide import wide_columns
from tracekit.sources.model import FileKind, Source

# Formats that are no text: the bytes that such a file starts with, and what tells the names of its columns.
_BINARY: dict[str, tuple[bytes | tuple[bytes, ...], Callable[[Path, FileKind], tuple[str, ...]]]] = {
    "parquet": (PARQUET, lambda path, _kind: parquet_columns(path)),
    "arrow": (ARROW, lambda path, _kind: arrow_columns(path)),
    "sqlite": (SQLITE, lambda path, kind: sqlite_columns(path, kind.records or "")),
    # Only loading tells its columns.
    "pickle": (PICKLE, lambda _path, _kind: ()),
}


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
    """

    path: Path
    name: str
    kind: FileKind
    trace: str | None
    header: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def extra_columns(self) -> list[str]:
        """Columns in the file that the source does not declare."""
        declared = {column.name for column in self.kind.columns} | set(wide_columns(self.kind, self.header))
        return [name for name in self.header if name not in declared]


@dataclass
class Plan:
    """What an ingest will read.

    Attributes:
        files: The files, in natural order.
        unknown: Files of a folder that no kind of the source matches.
        skipped: Known files left alone, with the reason.
    """

    files: list[RawFile] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Returns a sort key under which day_2 comes before day_10."""
    pieces = re.split(r"(\d+)", name)
    return [(1, int(piece), "") if piece.isdigit() else (0, 0, piece) for piece in pieces]


def _walk(path: Path) -> Iterator[Path]:
    for found in sorted(path.rglob("*"), key=lambda p: natural_key(p.relative_to(path).as_posix())):
        if found.is_file() and not _is_hidden(found.relative_to(path).as_posix()):
            yield found


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _is_known(source: Source, archive: str, member: str) -> bool:
    """Whether a member of an archive may be a file of the source, by its name."""
    return not _is_hidden(member) and any(re.search(kind.path, plain_name(f"{archive}!{member}")) for kind in source.files)


def _expand(source: Source, paths: list[Path], scratch: Path) -> Iterator[tuple[Path, str, Path]]:
    """Yields every file: path, display name, and the path that the user named."""
    for number, path in enumerate(paths):
        if not path.exists():
            raise UsageError(f"{path}: no such file or folder")
        base = path if path.is_dir() else path.parent
        for found in _walk(path) if path.is_dir() else [path]:
            name = printable(found.relative_to(base).as_posix())
            try:
                is_archive = archive_kind(found) is not None
            except PermissionError:
                raise UsageError(f"{found}: no permission to read it", f"chmod +r {found}") from None
            if is_archive:
                folder = scratch / f"archive-{number}" / name
                left = unpack(found, folder, partial(_is_known, source, name))
                yield from ((inner, f"{name}!{printable(inner.relative_to(folder).as_posix())}", path) for inner in _walk(folder))
                yield from ((folder / member, f"{name}!{printable(member)}", path) for member in left if not _is_hidden(member))
            else:
                yield found, name, path


def _misfit(kind: FileKind, header: tuple[str, ...], record: str) -> str | None:
    """Returns why a file is not of a kind, or None."""
    if kind.format == "jsonl" and record and not record.lstrip().startswith("{"):
        return "its first line is no JSON object"
    if kind.format == "sqlite" and not header:
        return f"it has no table {kind.records!r}"
    # A first record that is broken, or longer than the head, says nothing: it is read, and judged line by line.
    if kind.format != "json" and header:
        missing = [c.name for c in kind.columns if not c.optional and c.name not in header]
        if missing:
            where = "first record" if kind.format == "jsonl" else "header"
            return f"column {', '.join(repr(m) for m in missing)} is missing; the {where} has {', '.join(header)[:300]}"
        if twice := sorted({name for name in header if header.count(name) > 1}):
            return f"column {twice[0]!r} stands twice in the header"
    if kind.line and record and not re.search(kind.line, record):
        return f"the first record does not look like {kind.text}"
    return None


def _recognise(source: Source, path: Path, name: str, *, named: bool) -> RawFile | str:
    """Returns the file with its kind, or why it fits none."""
    shown = printable(path.as_posix()) if "!" not in name else name
    kinds = [kind for kind in source.files if re.search(kind.path, plain_name(shown))]
    if not kinds and not named:
        return "unknown"
    raw = RawStream(path)
    try:
        head = read_head(raw)
    finally:
        raw.close()
    binary = next((name for name, (magic, _) in _BINARY.items() if head.startswith(magic)), None)
    if binary is None:
        refuse_what_is_no_data(path, head)
    reasons = []
    # A file named on the command line may bear any name: then the names of its columns decide, where the path has nothing to say.
    for kind in kinds or [kind for kind in source.files if kind.has_header or (kind.format == "jsonl" and "(?P<" not in kind.path)]:
        if binary != (kind.format if kind.format in _BINARY else None):
            reasons.append(f"it is {f'a {binary} file' if binary else 'text'}, and {kind.name} are {kind.format}")
            continue
        header, record = (_BINARY[binary][1](path, kind), "") if binary else first_lines(head, kind) if kind.is_lines else ((), "")
        reason = _misfit(kind, header, record)
        if reason is None:
            place = Path(plain_name(shown))
            if kind.is_lines:
                refuse_what_has_no_lines(shown, head)
            return RawFile(path, name, kind, kind.trace_of(place), header, kind.labels_of(place))
        reasons.append(reason)
    return min(reasons, key=len) if reasons else "unknown"


def _others(source: Source, file: RawFile) -> list[RawFile]:
    """Returns the same file as the other kinds of records that it holds."""
    kinds = [kind for kind in source.files if kind.name in file.kind.others]
    columns = {kind.name: _BINARY[kind.format][1](file.path, kind) if kind.format in _BINARY else () for kind in kinds}
    return [replace(file, kind=kind, header=columns[kind.name]) for kind in kinds]


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


def make_plan(source: Source, paths: list[Path], scratch: Path) -> Plan:
    """Plans an ingest.

    Args:
        source: The dataset.
        paths: Files, folders and archives.
        scratch: A folder for what archives hold.

    Returns:
        The plan; at least one file.

    Raises:
        UsageError: A path does not exist or cannot be read.
        DataError: A file is of a known kind but does not have its layout, or is no data.
        NothingMatchedError: No file is of a known kind.
    """
    plan = Plan()
    withheld: dict[tuple[str, str], None] = {}
    for path, name, given in _expand(source, paths, scratch):
        ignored = next((i for i in source.ignored if re.search(i.path, plain_name(path.as_posix()))), None)
        if ignored:
            plan.skipped.append((name, ignored.reason))
            continue
        found = _recognise(source, path, name, named=path == given)
        if isinstance(found, RawFile) and not _is_asked_for(found.kind, given):
            folder = name.rpartition("/")[0] or name
            named = folder if "!" in name else path if folder == name else path.parent
            withheld[folder, f"{found.kind.name} are ingested on request: tracekit ingest {source.id} {given} {named}"] = None
        elif isinstance(found, RawFile):
            plan.files += [found, *_others(source, found)]
        elif found == "unknown":
            plan.unknown.append(name)
        else:
            fix = f"tracekit sources {source.id} lists the files and their columns"
            raise DataError(f"{path}: not a file of {source.id}: {found}", fix)
    plan.skipped += withheld
    if not plan.files:
        names = ", ".join(plan.unknown[:5]) or "none at all"
        fix = f"tracekit sources {source.id} says which files it takes"
        raise NothingMatchedError(f"no file of {source.id} among: {names}", fix)
    plan.files = _with_latest(plan.files)
    plan.files.sort(key=lambda file: natural_key(file.name))
    return plan
