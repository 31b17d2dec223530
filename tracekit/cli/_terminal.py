"""Tables on a terminal: as wide as it is, text wrapped, columns that find no place named."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import click

from tracekit.cli._values import as_cell

if TYPE_CHECKING:
    from rich.console import Console

_GAP = 2
# A word of text that is longer is cut with an ellipsis where the line is too short for all columns.
_LONGEST_WORD = 32
# Rows that are laid out together: all rows share the widths of the first ones.
_CHUNK = 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def write_fitting(columns: Sequence[str], first: Sequence[Sequence[Any]], more: Iterator[Sequence[Any]], numeric: Sequence[bool]) -> None:
    """Writes a table no wider than the terminal.

    Text wraps at its words; numbers are never cut. Columns for which that is not enough are left out from the right, which ``…`` in
    the table and a line on standard error say.

    Args:
        columns: Their names.
        first: The rows that the widths are taken from.
        more: The rows after them.
        numeric: Which columns are numbers.
    """
    from rich.console import Console

    room = shutil.get_terminal_size().columns
    cells = [[_printable(as_cell(value)) for value in row] for row in first]
    widths = _fit(columns, cells, numeric, room)
    hidden = list(columns[len(widths) :])
    console = Console(width=room, highlight=False, markup=False, emoji=False, soft_wrap=False)
    rest = ([_printable(as_cell(value)) for value in row] for row in more)
    _print(console, chain(cells, rest), list(columns[: len(widths)]), widths, numeric, is_cut=bool(hidden))
    if hidden:
        said = f"… {len(hidden)} more column{'s' if len(hidden) > 1 else ''}: {', '.join(hidden)} (--wide shows them)"
        click.echo(textwrap.fill(said, room, subsequent_indent="  ", break_on_hyphens=False), err=True)


def _printable(text: str) -> str:
    """Returns text that leaves the terminal as it is: control characters are written as their codes."""
    return _CONTROL.sub(lambda found: " " if found[0] in "\n\t\r" else f"\\x{ord(found[0]):02x}", text)


def _fit(columns: Sequence[str], cells: Sequence[Sequence[str]], numeric: Sequence[bool], room: int) -> list[int]:
    """Returns the widths of the columns that find a place, at least of the first one."""
    from rich.cells import cell_len

    wanted, least = [], []
    for i, name in enumerate(columns):
        texts = [name, *(row[i] for row in cells)]
        wanted.append(max(map(cell_len, texts)))
        longest = max((cell_len(word) for text in texts for word in text.split()), default=1)
        least.append(wanted[-1] if numeric[i] else min(wanted[-1], max(min(longest, _LONGEST_WORD), cell_len(name))))
    shown = len(columns)
    while shown > 1 and sum(least[:shown]) + _GAP * (shown - 1) + (shown < len(columns)) * (_GAP + 1) > room:
        shown -= 1
    spare = room - sum(least[:shown]) - _GAP * (shown - 1) - (shown < len(columns)) * (_GAP + 1)
    widths = [min(width, room) for width in least[:shown]]
    # What is left goes to the columns that would wrap, a share to each, the narrowest wish first.
    waiting = sorted((i for i in range(shown) if wanted[i] > least[i]), key=lambda i: wanted[i] - least[i])
    for place, i in enumerate(waiting):
        gained = max(0, min(wanted[i] - least[i], spare // (len(waiting) - place)))
        widths[i] += gained
        spare -= gained
    return widths


def _print(
    console: Console, rows: Iterator[Sequence[str]], columns: list[str], widths: list[int], numeric: Sequence[bool], *, is_cut: bool
) -> None:
    from rich.table import Table
    from rich.text import Text

    def table() -> Table:
        made = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, show_header=False)
        for i, width in enumerate(widths):
            # Never cut without an ellipsis; numbers that a later row has longer are.
            made.add_column(width=width, justify="right" if numeric[i] else "left", overflow="ellipsis", no_wrap=numeric[i])
        if is_cut:
            made.add_column(width=1)
        return made

    ellipsis = ["…"] if is_cut else []
    head = table()
    head.add_row(*columns, *ellipsis)
    head.add_row(*("-" * width for width in widths), *(["-"] if is_cut else []))
    console.print(head)
    while chunk := list(islice(rows, _CHUNK)):
        body = table()
        for row in chunk:
            body.add_row(*(Text(cell) for cell in row[: len(widths)]), *ellipsis)
        console.print(body)
