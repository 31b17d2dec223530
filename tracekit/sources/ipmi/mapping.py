"""IPMI dumps → power_sample (sensors of power), metric_sample (all others)."""

import polars as pl

_STAMPS = ("%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ")
# Names of sensors of power: of a whole server, of its chassis, and of its supplies, which are never summed together.
_KINDS = (
    (r"(?i)^(sys(tem)? power|pwr consumption|sys_total_power|total_power)$", "server"),
    (r"(?i)^(chassis|psu) power$", "chassis"),
    (r"(?i)^ps(u)?\s*\d+.*(power|pwr|in)\b", "psu"),
)


def _readings(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Readings with their kind of power sensor; lines that are stamps give none."""
    kind = pl.coalesce(*(pl.when(pl.col("sensor").str.contains(pattern)).then(pl.lit(word)) for pattern, word in _KINDS))
    parts = pl.col("reading").str.extract_groups(r"^\s*([-+]?\d+(?:\.\d+)?)\s*(.*?)\s*$").struct
    return raw.filter(pl.col("sensor").is_not_null()).with_columns(
        at=pl.coalesce(*(pl.col("stamp").str.to_datetime(form, strict=False, time_unit="us") for form in _STAMPS)).cast(pl.Int64),
        kind=pl.when(parts.field("2").str.contains(r"(?i)^w(atts)?$") | parts.field("2").is_null()).then(kind),
        # `ns` is a sensor without a reading.
        value=pl.when(pl.col("state") != "ns").then(parts.field("1").cast(pl.Float64, strict=False)),
        unit=parts.field("2"),
    )


def power_sample(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps sensors of power; a supply is an entity of its own."""
    # A sensor that is well reads a number; any other text is the record's fault, and no unknown power.
    text = pl.when(pl.col("value").is_null() & (pl.col("state") == "ok")).then("reading")
    name = pl.when(pl.col("kind") == "psu").then(pl.concat_str("node", "sensor", separator="/")).otherwise("node")
    return (
        _readings(raw)
        .filter(pl.col("kind").is_not_null())
        .select(
            "source_row",
            entity_id=name,
            entity_kind="kind",
            parent_id="node",
            sampled_us="at",
            power_w=pl.coalesce("value", text.cast(pl.Float64)),
        )
    )


def metric_sample(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps all other sensors, in the unit that is printed."""
    return (
        _readings(raw)
        .filter(pl.col("kind").is_null())
        .select(
            "source_row",
            entity_id="node",
            entity_kind=pl.lit("server"),
            sampled_us="at",
            metric="sensor",
            value="value",
            unit=pl.col("unit").fill_null("none"),
        )
    )
