"""Names the traces of files whose rule is their name: one name is one recording, however alike files in different folders are called."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tracekit.errors import UsageError
from tracekit.ingest.raw import plain_name

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile

_ARCHIVES = re.compile(r"(?i)\.(zip|7z|rar|tar|tgz|tbz2|txz)$")
# The parts of a path that name a recording, the last one first among equals: ("runs", "run1", "power").
Unit = tuple[str, ...]


def parts_of(place: str) -> Unit:
    """Returns the parts of a place; an archive is a folder of its members."""
    return tuple(part for part in re.split(r"[/!]", plain_name(place)) if part)


def _bare(part: str) -> str:
    """Returns a folder's name; an archive's without what it is packed as."""
    return _ARCHIVES.sub("", plain_name(part))


def as_folders(place: str) -> str:
    """Returns a path in which archives are folders of their members: patterns are written for trees, packed or not."""
    return re.sub(r"([^/!]+)!", lambda archive: f"{_bare(archive[1])}/", place)


def _forms(name: str) -> tuple[str, str, str]:
    """Returns shorter and longer names of a file: without extensions, without the last one, as it is."""
    return name.split(".")[0], PurePosixPath(plain_name(name)).stem, name


def _last_parts(files: list[RawFile]) -> dict[str, str]:
    """Returns what the name of each file gives, by place: the shortest form that tells files of one folder apart."""
    alike: dict[tuple[str, str | None], list[RawFile]] = defaultdict(list)
    for file in files:
        alike[re.split(r"[^/!]*$", file.place)[0], file.trace].append(file)
    found: dict[str, str] = {}
    for members in alike.values():
        names = [_forms(re.split(r"[/!]", file.place)[-1]) for file in members]
        shortest = next((form for form in range(3) if len({name[form] for name in names}) == len(names)), 2)
        # Alone in its folder a file keeps the name that its rule gives.
        found |= {f.place: f.trace or "" if len(names) == 1 else name[shortest] for f, name in zip(members, names, strict=True)}
    return found


def _units(files: list[RawFile]) -> dict[str, Unit]:
    """Returns the recording that each file is of, by place.

    A file that is named by its name alone is a recording. Where a pattern names the trace, files are parts of one recording unless two of
    them would be the same part: then each folder that holds such parts is a recording.
    """
    alone = [file for file in files if file.depth == 1 and file.is_file_name]
    last = _last_parts(alone)
    units = {file.place: (*parts_of(file.place)[:-1], last[file.place]) for file in alone}
    by_trace: dict[str, list[RawFile]] = defaultdict(list)
    for file in files:
        if file.place not in units:
            by_trace[file.trace or ""].append(file)
    for trace, members in by_trace.items():
        split = {file.place: _split(file) for file in members}
        parts = Counter((file.kind.name, split[file.place][1], *sorted(file.labels.items())) for file in members)
        is_clash = max(parts.values()) > 1
        units |= {place: (*before, trace) if is_clash else (trace,) for place, (before, _) in split.items()}
    return units


def _split(file: RawFile) -> tuple[Unit, Unit]:
    """Returns the parts of a file's path before the one that names its trace, and the others."""
    parts = parts_of(file.place)
    at = len(parts) - (file.depth or 0)
    return parts[:at], parts[at:]


def _joined(unit: Unit, length: int) -> str:
    return "-".join((*map(_bare, unit[-length:-1]), unit[-1]))


def _growing(clashing: list[Unit], names: dict[Unit, str], taken: set[str]) -> list[Unit]:
    """Returns which of the recordings with one name need a longer one.

    These are all that a rule names alike; a name that others only join to stays with the one that bears it.
    """
    alike: dict[str, list[Unit]] = defaultdict(list)
    for unit in clashing:
        alike[names[unit]].append(unit)
    found = []
    for name, units in alike.items():
        is_joined = len({unit[-1] for unit in units}) > 1 and name not in taken
        bearer = min(units, key=lambda unit: unit[-1] != name) if is_joined else None
        found += [unit for unit in units if unit != bearer]
    return found


def shortest_names(units: list[Unit], taken: set[str]) -> dict[Unit, tuple[str, int]]:
    """Returns a name for each recording: the shortest run of trailing parts that tells it from the others, joined by ``-``.

    Args:
        units: The parts of each recording's path, the name that its rule gives last.
        taken: Names that are given already.

    Returns:
        Unit → its name, and how many parts that took.

    Raises:
        UsageError: No run of parts tells two of them apart.
    """
    lengths = dict.fromkeys(units, 1)
    while True:
        names = {unit: _joined(unit, length) for unit, length in lengths.items()}
        counts = Counter([*names.values(), *taken])
        clashing = [unit for unit, name in names.items() if counts[name] > 1]
        if not clashing:
            return {unit: (name, lengths[unit]) for unit, name in names.items()}
        growing = [unit for unit in _growing(clashing, names, taken) if lengths[unit] < len(unit)]
        if not growing:
            fix = "ingest one after the other, the second with --trace NAME"
            raise UsageError(f"{' and '.join('/'.join(unit) for unit in clashing)} would both be trace {names[clashing[0]]!r}", fix)
        for unit in growing:
            lengths[unit] += 1


def name_traces(files: list[RawFile]) -> list[RawFile]:
    """Gives files of one rule-made name different traces where they are different recordings.

    Args:
        files: The files of one run, copies taken out.

    Returns:
        The same files; those whose trace took folders into its name have them in their own name as well.

    Raises:
        UsageError: Two files cannot be told apart by their paths.
    """
    named = [file for file in files if file.trace is not None and file.depth]
    units = _units(named)
    constant = {file.trace for file in files if file.trace is not None and not file.depth}
    # A constant may be the name of a file too, and then means the same recording.
    names = shortest_names(list(dict.fromkeys(units.values())), {trace for trace in constant if (trace,) not in units.values()})
    found = []
    for file in files:
        if file.place in units and file.depth and file.trace is not None:
            trace, length = names[units[file.place]]
            file = replace(file, trace=trace, name=_longer(file, length - 1 + file.depth) if length > 1 else file.name)
        found.append(file)
    return found


def _longer(file: RawFile, parts: int) -> str:
    """Returns a file's name with at least so many parts of its path."""
    if len(parts_of(file.name)) >= parts:
        return file.name
    return "".join(re.findall(r"[^/!]+[/!]?", file.place)[-parts:])


def suggest(file: RawFile, taken: set[str]) -> str:
    """Returns a name for the trace of a file whose own name is taken: with as many folders as it needs."""
    before = parts_of(file.place)[: -(file.depth or 1)]
    unit = (*before, file.trace or "")
    names = (_joined(unit, length) for length in range(2, len(unit) + 1))
    return next((name for name in names if name not in taken), f"{file.trace}-2")
