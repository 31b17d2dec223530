"""What the shell completes: names of sources, datasets, traces, queries, parameters, pages, tables and formats.

Read from the names of files and the head of the lake; no engine is imported, since the user waits for each key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class

if TYPE_CHECKING:
    from tracekit.lake.head import Held
    from tracekit.query.model import Param

Names = Iterable["str | CompletionItem[str]"]
Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem[str]]"]
_QUESTION = re.compile(r'^question = "(.*)"$', re.MULTILINE)


def _completer(find: Callable[[click.Context, str], Names]) -> Completer:
    """Makes a completer of a function that returns names; whatever goes wrong, the shell gets none, never an error."""

    @wraps(find)
    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        try:
            found = [name if isinstance(name, CompletionItem) else CompletionItem(name) for name in find(ctx, incomplete)]
        except Exception:  # a lake that cannot be read, say: there is nowhere to say it
            return []
        return [item for item in found if item.value.startswith(incomplete)]

    return complete


def _given(ctx: click.Context, name: str) -> str | None:
    """Returns the value of a parameter that stands on the line already.

    Where the last word is an option that waits for its value, click leaves the arguments before it unassigned, in ``ctx.args``.
    """
    arguments = [param.name for param in ctx.command.params if isinstance(param, click.Argument)]
    place = arguments.index(name) if name in arguments else len(ctx.args)
    value = ctx.params.get(name) or (ctx.args[place] if place < len(ctx.args) else None)
    return value if isinstance(value, str) else None


def _held(ctx: click.Context) -> tuple[Held, ...]:
    from tracekit.lake.head import read_head
    from tracekit.lake.layout import Layout, default_lake

    return read_head(Layout(Path(ctx.params.get("lake") or default_lake()))).held


def _sources() -> list[str]:
    from tracekit import assets

    return sorted(path.parent.name.replace("_", "-") for path in assets.sources_dir().glob("*/source.toml"))


def _stems(folder: Path, suffix: str) -> list[str]:
    return sorted(path.stem for path in folder.glob(f"*{suffix}") if not path.stem.startswith("_"))


@_completer
def complete_source(ctx: click.Context, incomplete: str) -> Names:
    """Completes the id of a source."""
    return _sources()


@_completer
def complete_dataset(ctx: click.Context, incomplete: str) -> Names:
    """Completes the id of a dataset that the lake holds."""
    return sorted({held.dataset for held in _held(ctx)})


@_completer
def complete_any_dataset(ctx: click.Context, incomplete: str) -> Names:
    """Completes the id of a source, or of a dataset that the lake holds."""
    try:
        own = {held.dataset for held in _held(ctx)}
    except Exception:  # without a lake there are the sources
        own = set()
    return sorted({*_sources(), *own})


@_completer
def complete_trace(ctx: click.Context, incomplete: str) -> Names:
    """Completes a trace of the dataset that is named already, else of any."""
    dataset = _given(ctx, "dataset")
    return sorted({held.trace for held in _held(ctx) if held.trace is not None and dataset in (None, held.dataset)})


@_completer
def complete_query(ctx: click.Context, incomplete: str) -> Names:
    """Completes the name of a query; shells that show help show its question."""
    from tracekit import assets

    found = []
    for path in sorted(assets.queries_dir().glob("*/[!_]*.sql")):
        question = _QUESTION.search(path.read_text(encoding="utf-8"))
        found.append(CompletionItem(f"{path.parent.name}/{path.stem}", help=question[1] if question else None))
    return found


@_completer
def complete_page(ctx: click.Context, incomplete: str) -> Names:
    """Completes the name of a report page."""
    from tracekit import assets

    return _stems(assets.reports_dir(), ".md")


@_completer
def complete_table(ctx: click.Context, incomplete: str) -> Names:
    """Completes the name of a table."""
    from tracekit import assets

    return [name for name in _stems(assets.schemas_dir(), ".toml") if name != "fields"]


@_completer
def complete_export_format(ctx: click.Context, incomplete: str) -> Names:
    """Completes the name of a replay format."""
    return [name.replace("_", "-") for name in _stems(Path(__file__).parents[1] / "export" / "formats", ".py")]


@_completer
def complete_param(ctx: click.Context, incomplete: str) -> Names:
    """Completes ``key=`` of the query that is named already, and after it the words that the key takes."""
    from tracekit import assets
    from tracekit.query.header import parse_query

    params = parse_query(assets.queries_dir() / f"{_given(ctx, 'name')}.sql").params
    key, equals, _ = incomplete.partition("=")
    if equals and key in params:
        return [f"{key}={value}" for value in _words(ctx, params[key])]
    return [CompletionItem(f"{name}=", help=param.text) for name, param in params.items()]


def _words(ctx: click.Context, param: Param) -> list[str]:
    if param.name in ("dataset", "trace"):
        return sorted({value for held in _held(ctx) if (value := getattr(held, param.name)) is not None})
    return ["true", "false"] if param.type == "BOOLEAN" else list(param.choices or ())


class _Bash(BashComplete):
    """Bash breaks words at ``=``: they are joined again for the completion, and what stands before is left off what it answers."""

    # After `key=` comes its value, without a space between.
    source_template = BashComplete.source_template.replace(
        "COMPREPLY+=($value)", "COMPREPLY+=($value)\n            [[ $value == *= ]] && compopt -o nospace"
    )
    _before = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        args, incomplete = super().get_completion_args()
        joined: list[str] = []
        for word in [*args, incomplete]:
            if joined and (word == "=" or joined[-1].endswith("=")):
                joined[-1] += word
            else:
                joined.append(word)
        whole = joined[-1]
        # `key=` and the cursor behind it: the word that Bash replaces is what follows the sign.
        self._before = whole[: whole.rindex("=") + 1] if "=" in whole and incomplete != whole else ""
        return joined[:-1], whole

    def format_completion(self, item: CompletionItem[str]) -> str:
        return f"{item.type},{str(item.value).removeprefix(self._before)}"


add_completion_class(_Bash)
