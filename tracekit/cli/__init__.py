"""The command line: one file per verb, each a thin layer over the library."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import click

from tracekit.cli._progress import quiet_option
from tracekit.cli._version import print_versions
from tracekit.errors import TracekitError, did_you_mean

_FOLDER = Path(__file__).parent


class _Verbs(click.Group):
    """Finds the verbs by listing the files of this folder, so that adding one is one file."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(path.stem for path in _FOLDER.glob("*.py") if not path.stem.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"tracekit.cli.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.list_commands(ctx):
            hint = did_you_mean(args[0], self.list_commands(ctx))
            raise click.UsageError(f"there is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=print_versions,
    help="Show the versions that a report of a defect needs, and exit.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@quiet_option
@click.pass_context
def cli(ctx: click.Context, *, debug: bool) -> None:
    """Public workload traces under one schema, one clock and one query layer.

    \b
    Example:
      tracekit demo
      tracekit ingest burstgpt BurstGPT_1.csv
      tracekit query arrival/dispersion --dataset burstgpt
    """
    ctx.obj = {"debug": debug}


if "_TRACEKIT_COMPLETE" in os.environ:
    # Its way of taking Bash's words is registered before click looks for one.
    import_module("tracekit.cli._complete")


def main(args: list[str] | None = None) -> None:
    """Runs the command line and ends the process with the exit code of the contract."""
    given = sys.argv[1:] if args is None else args
    debug = "--debug" in given
    # --debug is accepted before and after the verb.
    rest = [arg for arg in given if arg != "--debug"]
    try:
        code = cli.main(args=["--debug", *rest] if debug else rest, prog_name="tracekit", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        click.echo("stopped; nothing was committed", err=True)
        sys.exit(1)
    except TracekitError as error:
        if debug:
            raise
        click.echo(f"error: {error.for_shell()}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone (head, less): nothing is wrong.
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        if debug:
            raise
        # The engine's own class, which is not imported here.
        if type(error).__name__ == "OutOfMemoryException":
            said = str(error).splitlines()[0].removeprefix("Out of Memory Error: ")
            click.echo(f"error: out of memory: {said}\n  → give a larger --memory-limit", err=True)
            sys.exit(2)
        click.echo(f"error: unexpected {type(error).__name__}: {error}\n  → run with --debug and report it", err=True)
        sys.exit(1)
