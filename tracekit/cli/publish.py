"""`tracekit publish`: a release of one or more datasets; a plan unless --yes is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracekit.cli._complete import complete_dataset
from tracekit.cli._options import format_option, lake_option
from tracekit.cli._output import write_rows
from tracekit.cli._progress import Steps, quiet_option, say, steps

if TYPE_CHECKING:
    from tracekit.publish.prepare import Prepared

_TARGETS = sorted(path.stem for path in (Path(__file__).parents[1] / "publish" / "targets").glob("*.py") if not path.stem.startswith("_"))


@click.command()
@click.argument("datasets", metavar="ID...", nargs=-1, required=True, shell_complete=complete_dataset)
@click.option("--repo", required=True, metavar="NS/NAME", help="The repository.")
@click.option("--version", default="", metavar="vX.Y.Z", help="The version.  [default: the highest there is, to finish it; else v1.0.0]")
@click.option("--to", type=click.Choice(_TARGETS), default="hub", show_default=True, help="Kind of target.")
@click.option("--yes", is_flag=True, help="Publish; without it the plan is shown and nothing leaves this machine.")
@click.option("--derived-only", is_flag=True, help="Publish query results in place of the rows.")
@click.option("--synthetic", is_flag=True, help="The rows are a synthetic sample, and are published as such.")
@click.option(
    "--rekey", multiple=True, metavar="COLUMN", help="Replace these ids by keyed hashes; the key is thrown away. May be repeated."
)
@click.option("--suppress", is_flag=True, help="Set quasi-identifiers that too few share to NULL.")
@click.option("--changes", default="", metavar="TEXT", help="What this version changes, for the change log.")
@click.option("--private", is_flag=True, help="Leave the repository private.")
@click.option(
    "--build",
    "builds",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data/releases"),
    show_default=True,
    help="Folder of built releases.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data/published"),
    show_default=True,
    help="Folder of a directory target.",
)
@click.option("--endpoint", default=None, metavar="URL", help="Address of the Hub.  [default: $HF_ENDPOINT, else huggingface.co]")
@click.option("--allow-endpoint", is_flag=True, help="The address is meant, though it is neither the Hub nor this machine.")
@click.option(
    "--records",
    type=click.IntRange(min=1),
    default=20_000,
    show_default=True,
    help="Rows of a table that the checks which go record by record read.",
)
@lake_option
@format_option
@quiet_option
def command(
    datasets: tuple[str, ...],
    repo: str,
    version: str,
    to: str,
    rekey: tuple[str, ...],
    changes: str,
    builds: Path,
    records: int,
    root: Path,
    endpoint: str | None,
    lake: Path,
    form: str,
    *,
    yes: bool,
    derived_only: bool,
    synthetic: bool,
    suppress: bool,
    private: bool,
    allow_endpoint: bool,
) -> None:
    """Build a release and show the plan; --yes publishes it.

    A release holds one or more datasets, and is checked before it is shown. The token is read from HF_TOKEN. A version never
    changes: the same content again does nothing, other content is refused. A run that was killed is finished by running it again. Needs
    the extra `publish`; docs/publishing.md describes every step.

    \b
    Example:
      tracekit publish burstgpt --synthetic --repo me/burstgpt-sample --to dir
      tracekit publish burstgpt --synthetic --repo me/burstgpt-sample --to dir --version v1.0.0 --yes
    """
    from tracekit.publish.model import Options, check_repo, version_key
    from tracekit.publish.target import Place

    check_repo(repo)
    if version:
        version_key(version)
    said: dict[str, Any] = {"derived_only": derived_only, "synthetic": synthetic, "suppress": suppress, "rekey": rekey, "changes": changes}
    place = Place(repo, root, endpoint, allow_endpoint=allow_endpoint, private=private, writes=yes)
    with steps("publish") as progress:
        from tracekit.api import Lake
        from tracekit.publish.prepare import prepare

        options = Options(repo, version, tuple(dict.fromkeys(datasets)), **said)
        prepared = prepare(Lake(lake).layout, to, place, options, builds, _stepper(progress), records)
    _show(prepared, form)
    if yes:
        return _publish(prepared, form)
    click.echo("nothing was published; --yes does it", err=True)


def _publish(prepared: Prepared, form: str) -> None:
    from tracekit.publish.flow import publish

    with steps("publish") as progress:
        receipt = publish(prepared.target, prepared.release, prepared.version, _stepper(progress))
    click.echo(f"{receipt.where} {receipt.version} = {receipt.revision}; SHA256SUMS {receipt.sums}", err=form != "table")
    click.echo("whoever has that hash from you can hold the release against it: tracekit verify RELEASE --expect HASH", err=True)


def _stepper(progress: Steps) -> Callable[[str], None]:
    """Returns what is called after each step: the step is printed, and their number shown."""
    done = 0

    def on_step(step: str) -> None:
        nonlocal done
        done += 1
        say(step)
        progress(done, None, f"after: {step}")

    return on_step


def _show(prepared: Prepared, form: str) -> None:
    plan, files = prepared.plan, prepared.release.files()
    if form != "table":
        rows = [[word, files.get(name), name] for word in ("add", "change", "keep", "delete") for name in getattr(plan, word)]
        write_rows(["action", "sha256", "file"], rows, form)
        return
    click.echo(f"{prepared.target.where} {prepared.version}, built in {prepared.release.root}")
    for line in prepared.licences:
        click.echo(f"licence  {line}: may be published")
    for check in prepared.checks:
        click.echo(f"check    {check.name}: {'passed' if check.ok else 'FAILED'}, {check.remark}")
    if plan.tagged:
        click.echo(f"version  {prepared.version} is there already, on {plan.tagged}")
    for word in ("add", "change", "keep", "delete"):
        for name in getattr(plan, word):
            click.echo(f"{word:<8} {files.get(name, '')[:16]:<16} {name}")
    click.echo(f"head     {plan.head or 'none: the target is new'}")
