"""Private fragments: what several queries compute in the same way, as a table macro that only queries call.

A fragment is a file ``queries/<room>/_name.sql`` with the header of a query: title, question, what it reads, parameters, columns with
units, source. It has no figure and is in no list; a query that calls ``_room_name(...)`` names ``room/_name`` in its ``uses``.
"""

from __future__ import annotations


def is_fragment(name: str) -> bool:
    """Tells whether a query of this name, ``room/name``, is a fragment."""
    return name.rpartition("/")[2].startswith("_")


def macro_name(name: str) -> str:
    """Returns the name of the table macro of a query or a fragment: ``room_name``, and ``_room_name`` for ``room/_name``."""
    room, _, own = name.partition("/")
    return f"_{room}{own}" if own.startswith("_") else f"{room}_{own}"
