"""Options that several verbs share."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from tracekit.cli._output import EXCEL, WIDE
from tracekit.lake.layout import default_lake

F = TypeVar("F", bound=Callable[..., Any])
# Below this an engine cannot even start.
_LEAST = 1_000_000
FORMATS = ("table", "json", "jsonl", "csv", "parquet")


def lake_option(function: F) -> F:
    """Adds --lake."""
    return click.option(
        "--lake",
        type=click.Path(path_type=Path, file_okay=False),
        default=default_lake,
        show_default="$TRACEKIT_LAKE, else data/lake",
        help="The lake's folder.",
    )(function)


def format_option(function: F) -> F:
    """Adds --format, --wide for tables as wide as they are, and --excel for those who open CSV in a spreadsheet."""

    @functools.wraps(function)
    def checked(*args: Any, form: str, excel: bool, wide: bool, **others: Any) -> Any:
        if excel and form != "csv":
            raise click.UsageError("--excel guards CSV: use it with --format csv")
        meta = click.get_current_context().meta
        meta[EXCEL], meta[WIDE] = excel, wide
        return function(*args, form=form, **others)

    whole = click.option("--wide", is_flag=True, help="Show a table whole, however wide the terminal is.")(checked)
    guarded = click.option("--excel", is_flag=True, help="With csv: a quote before text that a spreadsheet takes for a formula.")(whole)
    option = click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="Form of the output.")
    return cast("F", option(guarded))


class Size(click.ParamType[int]):
    """A number of bytes such as 512MB or 2GiB."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Returns the size in bytes."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?\s*", str(value), re.IGNORECASE)
        if not found:
            self.fail(f"{value!r} is not a size; write 512MB or 2GB", param, ctx)
        base = 1024 if found[3] else 1000
        size = int(float(found[1]) * base ** " KMGT".index(found[2].upper() or " "))
        if size < _LEAST:
            self.fail(f"{value!r} is too little to work with; write 512MB or 2GB", param, ctx)
        return size


class Duration(click.ParamType[float]):
    """A time span such as 90s, 12h or 7d."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Returns the span in seconds."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|m|h|d)\s*", str(value))
        if str(value).strip() == "0":
            return 0.0
        # Without a unit, 5 may mean seconds as well as days.
        if not found:
            self.fail(f"{value!r} is not a time span; write 90s, 12h or 7d", param, ctx)
        return float(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[found[2]]
