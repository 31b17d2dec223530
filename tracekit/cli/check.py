"""`tracekit check`: is the lake what its manifests say?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracekit.cli._options import lake_option
from tracekit.cli._progress import Steps, quiet_option, steps

if TYPE_CHECKING:
    from tracekit.lake.layout import Layout


@click.command()
@lake_option
@click.option("--repair", is_flag=True, help="Remove what stopped runs have left.")
@quiet_option
@click.option("--upgrade", is_flag=True, help="Convert a lake made by an earlier tracekit.")
def command(lake: Path, *, repair: bool, upgrade: bool) -> None:
    """Check every file of the lake against its manifest.

    Says as well which traces were written under an older schema, and rebuilds the catalog where it is out of date.

    \b
    Example:
      tracekit check
    """
    from tracekit.errors import DataError

    with steps("check") as progress:
        checked, faults = _check(lake, progress, repair=repair, upgrade=upgrade)
    if faults:
        fix = "put the files back, or ingest the trace again with --replace"
        raise DataError(f"{len(faults)} of {checked} files differ from their manifest:\n  " + "\n  ".join(faults), fix)
    click.echo(f"{checked} files agree with their manifests")


def _check(lake: Path, progress: Steps, *, repair: bool, upgrade: bool) -> tuple[int, list[str]]:
    """Returns the number of files checked and what is wrong with them; says on standard error what else there is to know."""
    from tracekit.ingest.run import tool_version
    from tracekit.lake.layout import Layout
    from tracekit.lake.repair import repair as clear
    from tracekit.lake.upgrade import needs_upgrade
    from tracekit.lake.upgrade import upgrade as convert
    from tracekit.lake.verify import find_faults

    layout = Layout(lake)
    if upgrade:
        did = f"converted {convert(layout, tool_version())} traces" if needs_upgrade(layout) else "it has the present layout already"
        click.echo(f"{lake}: {did}", err=True)
    _refuse_none(layout)
    for line in clear(layout) if repair else []:
        click.echo(line, err=True)
    checked, faults = find_faults(layout, progress=progress)
    _renew_catalog(layout, is_sound=not faults)
    _say_more(layout)
    return checked, faults


def _refuse_none(layout: Layout) -> None:
    from tracekit.api import no_lake
    from tracekit.lake.head import read_head

    head = read_head(layout)
    if not head.number and not head.held:
        raise no_lake(layout)


def _renew_catalog(layout: Layout, *, is_sound: bool) -> None:
    from tracekit.lake import catalog
    from tracekit.lake.disk import is_writable
    from tracekit.query.macros import macros

    if is_sound and not catalog.is_current(layout, macros()) and is_writable(layout):
        failed = catalog.refresh(layout, macros())
        for line in failed or [f"rebuilt {layout.catalog}"]:
            click.echo(line, err=True)


def _say_more(layout: Layout) -> None:
    """Says on standard error what is not a fault, but good to know."""
    from tracekit.errors import DataError
    from tracekit.lake.age import find_aged
    from tracekit.lake.disk import limits
    from tracekit.lake.upgrade import needs_upgrade
    from tracekit.lake.verify import find_strays, find_unknown
    from tracekit.sources.hints import ingest_command

    notes = limits(layout)
    if needs_upgrade(layout):
        notes.append(f"made by an earlier tracekit: it is read as it is; tracekit check --upgrade --lake {layout.root} converts it")
    try:
        aged = find_aged(layout)
        strays = [] if needs_upgrade(layout) else find_strays(layout)
        unknown = find_unknown(layout)
    except DataError as error:
        aged, strays, unknown = [], [], []
        notes.append(error.message)
    if fine := [a for a in aged if not a.unreadable]:
        lacking = sorted({name for a in fine for name in a.lacking})
        words = f"; NULL there: {', '.join(lacking)}" if lacking else ""
        notes.append(f"{len(fine)} traces were written under a former schema and are readable as they are{words}")
    for a in aged:
        if a.unreadable:
            m = a.manifest
            notes.append(f"{m.dataset}/{m.trace or '*'}: {'; '.join(a.unreadable)}: {ingest_command(m.dataset, '--replace')}")
    if strays:
        notes.append(f"{len(strays)} files that no head refers to, {sum(e.bytes for e in strays):,} bytes: tracekit gc, or check --repair")
    notes += [f"{name}: not part of the lake, and not read" for name in unknown]
    for line in notes:
        click.echo(line, err=True)
