"""Holds values that a declaration gives to a query's parameters against their types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracekit.errors import DeclarationError, UsageError, did_you_mean
from tracekit.query.bounds import check_bounds
from tracekit.query.model import Query
from tracekit.query.values import misfit


def check_given(query: Query, given: Mapping[str, Any], where: str) -> None:
    """Refuses values that a query does not take.

    Args:
        query: The query.
        given: Name → value, as it stands in TOML.
        where: What gives them, for the message.

    Raises:
        DeclarationError: Names parameter and value, and what fits.
    """
    for name, value in given.items():
        if name not in query.params:
            hint = did_you_mean(name, list(query.params))
            raise DeclarationError(f"{where}: {query.name} has no parameter {name!r}.{hint}", f"it has {', '.join(query.params)}")
        param = query.params[name]
        if wrong := misfit(param.type, value):
            raise DeclarationError(f"{where}: {name}: {value!r} {wrong}", f"{name}: {param.text}")
        for word in (value if isinstance(value, list) else [value]) if param.choices else []:
            if word not in (param.choices or ()):
                choices = list(param.choices or ())
                raise DeclarationError(
                    f"{where}: {name}: {word!r} is not one of {', '.join(map(repr, choices))}.{did_you_mean(word, choices)}",
                    f"{name}: {param.text}",
                )
        try:
            check_bounds(query.name, param, value)
        except UsageError as error:
            raise DeclarationError(f"{where}: {error.message}", error.fix) from error
