"""tracekit: public workload traces under one schema, one clock and one query layer.

>>> from tracekit import Lake
>>> Lake("data/lake").query("arrival/dispersion", dataset="burstgpt")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import Any

__all__ = ["Lake"]


def __getattr__(name: str) -> Any:
    # The engines take most of a second to import: `tracekit --help` does without them.
    if name == "Lake":
        from tracekit.api import Lake

        return Lake
    raise AttributeError(f"module 'tracekit' has no attribute {name!r}")
