"""Licences: which may be passed on, which go together, and the texts that travel with the data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tracekit.sources.model import Source

_TEXTS = Path(__file__).parent / "licences"
_LINE = "{copyright}"
# Statistics that we compute are ours to license.
DERIVED = "CC-BY-4.0"


@dataclass(frozen=True)
class Terms:
    """What a licence asks of those who pass data on.

    Attributes:
        hub: The Hub's id for it.
        share_alike: Whether derived data must bear the same licence.
        non_commercial: Whether commercial use is excluded.
    """

    hub: str
    share_alike: bool = False
    non_commercial: bool = False


# What is not here is unknown, and unknown is refused. Licences without derivatives are left out on purpose.
KNOWN = {
    "Apache-2.0": Terms("apache-2.0"),
    "BSD-2-Clause": Terms("bsd-2-clause"),
    "BSD-3-Clause": Terms("bsd-3-clause"),
    "CC-BY-4.0": Terms("cc-by-4.0"),
    "CC0-1.0": Terms("cc0-1.0"),
    "MIT": Terms("mit"),
    "MPL-2.0": Terms("mpl-2.0"),
    "CC-BY-SA-4.0": Terms("cc-by-sa-4.0", share_alike=True),
    "CC-BY-NC-4.0": Terms("cc-by-nc-4.0", non_commercial=True),
    "CC-BY-NC-SA-4.0": Terms("cc-by-nc-sa-4.0", share_alike=True, non_commercial=True),
    "ODbL-1.0": Terms("odbl", share_alike=True),
}


def ids(spdx: str) -> list[str]:
    """Returns the licences of an SPDX expression, all of which hold; a choice (OR) is one unknown licence."""
    return [part.strip() for part in spdx.split(" AND ")]


def release_ids(sources: Iterable[Source], *, derived_only: bool) -> list[str]:
    """Returns the licences of a release, sorted."""
    return [DERIVED] if derived_only else sorted({name for source in sources for name in ids(source.licence.spdx)})


def hub_id(names: list[str]) -> str:
    """Returns the Hub's licence id: the one licence's, else ``other``."""
    return KNOWN[names[0]].hub if len(names) == 1 else "other"


def refusals(source: Source, *, derived_only: bool) -> list[str]:
    """Returns why a source may not be published, each reason in a sentence."""
    licence, where = source.licence, f"{source.id}: licence {source.licence.spdx} ({source.licence.evidence})"
    if licence.redistributable == "no":
        return [f"{where} does not allow redistribution, not even of statistics"]
    if derived_only:
        return []
    if licence.redistributable == "derived-only":
        return [f"{where} does not allow the rows to be redistributed; --derived-only publishes query results instead"]
    return [f"{where}: {name} is not known to allow redistribution" for name in ids(licence.spdx) if name not in KNOWN]


def conflicts(sources: Iterable[Source]) -> list[str]:
    """Returns why sources may not go into one release: terms that cannot all be kept."""
    held: dict[str, str] = {name: source.id for source in sources for name in ids(source.licence.spdx) if name in KNOWN}
    alike = sorted(name for name in held if KNOWN[name].share_alike)
    bound = sorted(name for name in held if KNOWN[name].non_commercial)
    reasons = []
    for name in alike:
        for other in sorted(held):
            # Permissive data may go under a share-alike licence; another one's restrictions may not.
            if other != name and (other in alike or other in bound) and (other not in alike or name < other):
                reasons.append(f"licences conflict: {held[name]} is {name}, {held[other]} is {other}; publish them apart")
    return reasons


def text(source: Source, name: str) -> str | None:
    """Returns a licence's text with the upstream's copyright line, or None where only its name and link are known."""
    path = _TEXTS / f"{name}.txt"
    if not path.exists():
        return None
    holder = source.licence.copyright or f"Copyright (c) the authors of {source.title}; see {source.homepage}"
    return path.read_text(encoding="utf-8").replace(_LINE, holder.strip())
