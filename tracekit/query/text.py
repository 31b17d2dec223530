"""The names that a finding uses: placeholders of its sentence, columns of its ORDER BY."""

from __future__ import annotations

import re
import string

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?P<quoted>(?:[^"]|"")+)"|::\s*\w+|(?P<name>[A-Za-z_]\w*)(?P<call>\s*\()?|\d[\w.]*|.""", re.DOTALL)
_NO_COLUMN = re.compile(
    r"(?i)all|and|as|asc|between|case|cast|desc|distinct|else|end|escape|exists|false|filter|first|from|glob|ilike|in|is|isnull|last|like|not"
    r"|notnull|null|nulls|or|order|by|over|partition|select|similar|then|to|true|try_cast|when|where"
    r"|bigint|boolean|date|double|float|int|integer|text|timestamp|varchar"
)


def no_name(text: str) -> str | None:
    """Returns what is wrong with the name of a column or parameter, or None."""
    return None if re.fullmatch(r"[a-z_][a-z0-9_]*", text) else "is no name in small letters, digits and underscores, for example window_s"


def no_sentence(text: str) -> str | None:
    """Returns what is wrong with a sentence with placeholders, or None."""
    if not text.strip():
        return "says nothing"
    try:
        fields = list(string.Formatter().parse(text))
    except ValueError as error:
        return f"is no sentence with {{column}} placeholders: {error}"
    for _, name, form, conversion in fields:
        if conversion not in (None, "s", "r", "a"):
            return f"has a placeholder {{{name}!{conversion}}}: write {{{name}}}"
        if name is not None and not re.fullmatch(r"\w+", name):
            return f"has a placeholder {{{name}}}: write {{column}}"
        if name and form and not _is_format(form):
            return f"has a placeholder {{{name}:{form}}}: {form!r} formats neither a number nor a word"
    return None


def _is_format(form: str) -> bool:
    for value in (1, 1.5, "word"):
        try:
            format(value, form)
        except ValueError:
            continue
        return True
    return False


def placeholders(text: str) -> list[str]:
    """Returns the columns that a sentence tells, each once, in order."""
    return list(dict.fromkeys(name for _, name, _, _ in string.Formatter().parse(text) if name))


def names_in(order: str) -> list[str]:
    """Returns the columns that an ORDER BY names, each once, in order: every name but those of functions, types and SQL itself."""
    found = []
    for token in _TOKEN.finditer(order):
        if token["quoted"]:
            found.append(token["quoted"].replace('""', '"'))
        elif token["name"] and not token["call"] and not _NO_COLUMN.fullmatch(token["name"]):
            found.append(token["name"])
    return list(dict.fromkeys(found))
