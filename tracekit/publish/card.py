"""README.md: the dataset card, with its front matter from the Parquet footers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pyarrow as pa

from tracekit.publish.facts import SAMPLE, SPLIT, Facts
from tracekit.publish.licence import KNOWN
from tracekit.publish.shards import Config

_TEMPLATE = Path(__file__).with_name("card.md.jinja")
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
)


def _dtype(kind: pa.DataType) -> str:
    names = {pa.string(): "string", pa.int64(): "int64", pa.float64(): "float64", pa.bool_(): "bool", pa.timestamp("us"): "timestamp[us]"}
    return names[kind]


def features(schema: pa.Schema) -> list[dict[str, str]]:
    """Returns a schema as the Hub's feature list."""
    return [
        {"name": f.name, "list": _dtype(f.type.value_type)} if pa.types.is_list(f.type) else {"name": f.name, "dtype": _dtype(f.type)}
        for f in schema
    ]


def _info(config: Config) -> dict[str, Any]:
    raw = sum(shard.raw_bytes for shard in config.shards)
    return {
        "config_name": config.name,
        "features": features(config.schema),
        "splits": [{"name": SPLIT, "num_bytes": raw, "num_examples": config.rows}],
        "download_size": config.bytes,
        "dataset_size": raw,
    }


def _data_files(config: Config) -> dict[str, Any]:
    is_default = {"default": True} if config.name == SAMPLE else {}
    return {"config_name": config.name, **is_default, "data_files": [{"split": SPLIT, "path": [shard.path for shard in config.shards]}]}


def front_matter(facts: Facts) -> dict[str, Any]:
    """Returns the card's metadata, as the Hub reads it."""
    licence: dict[str, Any] = {"license": facts.hub_licence}
    if facts.hub_licence == "other":
        licence |= {"license_name": "-and-".join(KNOWN[name].hub for name in facts.licences), "license_link": "LICENSE"}
    families = sorted({source.family for source in facts.sources})
    kind = "synthetic" if facts.is_synthetic else "found"
    return {
        "pretty_name": facts.title,
        **licence,
        "tags": ["workload-traces", *families, *(["synthetic"] if facts.is_synthetic else []), "tracekit"],
        "task_categories": ["time-series-forecasting"],
        "size_categories": [next((name for most, name in _SIZES if facts.rows < most), "100M<n<1B")],
        "annotations_creators": ["no-annotation" if kind == "found" else "machine-generated"],
        "configs": [_data_files(config) for config in facts.configs],
        "dataset_info": [_info(config) for config in facts.configs],
    }


def to_yaml(value: Any, indent: int = 0) -> Iterator[str]:
    """Yields the lines of a value as YAML: blocks of JSON scalars, which every reader understands alike."""
    pad = " " * indent
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                yield f"{pad}{key}:"
                yield from to_yaml(inner, indent + 2)
            else:
                yield f"{pad}{key}: {json.dumps(inner, ensure_ascii=False)}"
    else:
        for inner in value:
            if isinstance(inner, dict):
                first, *rest = to_yaml(inner, indent + 2)
                yield f"{pad}- {first.strip()}"
                yield from rest
            else:
                yield f"{pad}- {json.dumps(inner, ensure_ascii=False)}"


def _size(value: float) -> str:
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.3g} {unit}" if value < 100 else f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value).replace("|", "&#124;").replace("\n", " ")


def card(facts: Facts) -> str:
    """Returns README.md."""
    # Markdown, not HTML: cells are escaped by the filter.
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701
    environment.filters |= {"cell": _cell, "size": _size}
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    biggest = max(facts.tables, key=lambda config: (config.rows, config.name))
    body = template.render(facts=facts, options=facts.options, main=biggest, meta=_meta)
    return "---\n" + "\n".join(to_yaml(front_matter(facts))) + "\n---\n\n" + body.strip() + "\n"


def _meta(field: pa.Field, key: str) -> str:
    return str((field.metadata or {}).get(key.encode(), b"").decode())
