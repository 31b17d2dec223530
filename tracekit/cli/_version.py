"""The versions that a report of a defect needs; read from package metadata, so that nothing heavy is imported."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import click

_NEEDED = ("polars", "duckdb", "pyarrow", "altair")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def print_versions(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Prints the versions of tracekit, Python, the engines and the platform, and ends."""
    if not value or ctx.resilient_parsing:
        return
    click.echo(f"tracekit, version {_version('workload-tracekit')}")
    about = {"Python": f"{platform.python_version()} ({platform.python_implementation()})"}
    about |= {package: _version(package) for package in _NEEDED}
    about["platform"] = platform.platform()
    for name, text in about.items():
        click.echo(f"{name} {text}")
    ctx.exit()
