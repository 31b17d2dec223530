"""Charts that a notebook shows without the internet: the libraries that draw them travel with the chart."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt


def offline(chart: alt.Chart) -> alt.Chart:
    """Returns the chart as one that brings its libraries along, unless the user has chosen a renderer with ``alt.renderers.enable``."""
    # Altair takes attributes that are set for parts of the chart's specification.
    kind: Any = type(chart)
    object.__setattr__(chart, "__class__", _offline_class(kind))
    return chart


@cache
def _offline_class(kind: Any) -> Any:
    import altair as alt
    from altair.utils.mimebundle import spec_to_mimebundle
    from altair.vegalite.v6 import display

    class Offline(kind):  # type: ignore[misc]
        def _repr_mimebundle_(self, *args: Any, **kwargs: Any) -> Any:
            if alt.renderers.active != "default":
                return super()._repr_mimebundle_(*args, **kwargs)
            versions = {
                "vega_version": display.VEGA_VERSION,
                "vegalite_version": display.VEGALITE_VERSION,
                "vegaembed_version": display.VEGAEMBED_VERSION,
            }
            return spec_to_mimebundle(
                self.to_dict(context={"pre_transform": False}), format="html", mode="vega-lite", template="inline", **versions
            )

    Offline.__name__ = Offline.__qualname__ = kind.__name__
    return Offline
