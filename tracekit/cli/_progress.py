"""Progress: on standard error, only on a terminal, and not with --quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

F = TypeVar("F", bound=Callable[..., Any])
QUIET = "tracekit.quiet"
# Called with steps done, steps in all (None: not known), and what is being done.
Steps = Callable[[int, "int | None", str], None]
# Called with the name of a file, bytes done, bytes in all.
Bytes = Callable[[str, int, "int | None"], None]


def _remember(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta[QUIET] = True


def quiet_option(function: F) -> F:
    """Adds --quiet."""
    return click.option("--quiet", is_flag=True, expose_value=False, callback=_remember, help="Show no progress; only results and errors.")(
        function
    )


def is_quiet() -> bool:
    """Whether --quiet was given, before the verb or after it."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(QUIET))


def say(line: str) -> None:
    """Prints how far the work has come, as a line that stays; nothing with --quiet."""
    if not is_quiet():
        click.echo(line, err=True)


@contextmanager
def _shown(*columns: ProgressColumn) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import Progress

    # What is printed on standard error meanwhile stands above the bar.
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as progress:
        yield progress


@contextmanager
def steps(verb: str) -> Iterator[Steps]:
    """Shows how many steps of a verb are done; from the beginning, before anything heavy is imported or read.

    Args:
        verb: What is going on, e.g. ``report``.

    Yields:
        A function that shows steps done, steps in all, and what is being done.
    """
    if is_quiet() or not sys.stderr.isatty():
        yield lambda done, total, what: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn(verb), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with _shown(*columns) as progress:
        task = progress.add_task("starting", total=None)

        def show(done: int, total: int | None, what: str) -> None:
            progress.update(task, completed=done, total=total, description=what)

        yield show


@contextmanager
def bar(verb: str) -> Iterator[Bytes]:
    """Yields a function that shows how far a file has come: name, bytes so far, bytes in all."""
    if is_quiet() or not sys.stderr.isatty():
        yield lambda name, done, total: None
        return
    from rich.progress import BarColumn, DownloadColumn, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn

    columns = (SpinnerColumn(), TextColumn(f"{verb} {{task.description}}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with _shown(*columns) as progress:
        waiting = progress.add_task("starting", total=None)
        tasks: dict[str, TaskID] = {}

        def show(name: str, done: int, total: int | None) -> None:
            progress.update(waiting, visible=False)
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=total)
            progress.update(tasks[name], completed=done, total=total)

        yield show
