"""`tracekit verify`: is a release what it says, all the way from the raw files?"""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("release", metavar="RELEASE")
@click.option(
    "--raw", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Folder with the raw files: make the release again."
)
@click.option("--expect", "expected", metavar="HASH", help="SHA-256 of its SHA256SUMS, as `tracekit publish` printed it.")
@click.option("--endpoint", default=None, metavar="URL", help="Address of the Hub.  [default: $HF_ENDPOINT, else huggingface.co]")
@click.option("--allow-endpoint", is_flag=True, help="The address is meant, though it is neither the Hub nor this machine.")
def command(release: str, raw: Path | None, expected: str | None, endpoint: str | None, *, allow_endpoint: bool) -> None:
    """Check every hash of a release.

    With --raw it is made again from the raw files, and every byte compared. The hashes are those that the release brings along: one
    that was rewritten together with them passes, unless --expect or --raw holds it against something else.

    RELEASE is a folder, or hf://NS/NAME@vX.Y.Z, which is downloaded whole. Raw files are found in the folder by their hashes.

    \b
    Example:
      tracekit verify data/releases/me/burstgpt-sample/v1.0.0
    """
    import tempfile

    from tracekit.disk import hash_file
    from tracekit.publish.release import SUMS
    from tracekit.publish.target import Place
    from tracekit.publish.verify import open_release, rebuild, verify

    with tempfile.TemporaryDirectory(prefix="tracekit-verify-") as scratch:
        found = open_release(release, Path(scratch) / "fetched", Place("", endpoint=endpoint, allow_endpoint=allow_endpoint))
        files, tables = verify(found, expected)
        click.echo(f"{files} files agree with SHA256SUMS, the rows of {tables} tables with provenance.json")
        if expected is not None:
            click.echo("SHA256SUMS is the one that was published")
        elif raw is None:
            click.echo(
                f"A release that was rewritten together with its hashes passes as well. Its SHA256SUMS has {hash_file(found.root / SUMS)}: "
                "compare it with what was printed at publishing (--expect HASH), or make the release again (--raw DIR)",
                err=True,
            )
        if raw is not None:
            count = rebuild(found, raw, Path(scratch) / "again")
            click.echo(f"made again from the raw files: {count} files are the same to the byte")
