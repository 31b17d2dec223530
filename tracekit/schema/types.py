"""The logical types and units of the lake, each with its name in DuckDB; engines map from these names."""

from __future__ import annotations

from typing import Annotated, Literal

from tracekit.declare.model import Check
from tracekit.errors import did_you_mean

FAMILIES = ("llm", "serverless", "cluster", "energy")
FamilyName = Literal["llm", "serverless", "cluster", "energy", "all"]

TYPES = ("VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP", "BIGINT[]", "VARCHAR[]")

# Unit → what it means. A field whose unit is not here is refused, so that no spelling creeps in twice.
UNITS = {
    "id": "identifier",
    "name": "name from an open or closed list",
    "text": "free text",
    "bool": "true or false",
    "1": "count or dimensionless number",
    "us": "microseconds since the trace's zero",
    "s": "seconds",
    "instant": "calendar instant",
    "year": "calendar year",
    "ratio": "fraction, 0 to 1",
    "tokens": "tokens",
    "characters": "characters",
    "bytes": "bytes",
    "MB": "megabytes",
    "cores": "CPU cores",
    "GPUs": "GPUs",
    "W": "watts",
    "kW": "kilowatts",
    "VA": "volt-amperes",
    "J": "joules",
    "Wh": "watt-hours",
    "kWh": "kilowatt-hours",
    "MWh": "megawatt-hours",
    "TWh": "terawatt-hours",
    "J/token": "joules per token",
    "J/request": "joules per request",
    "L": "litres",
    "mL": "millilitres",
    "L/kWh": "litres per kilowatt-hour",
    "mL/ktok": "millilitres per 1,000 output tokens",
    "g": "grams of CO2 equivalent",
    "g/kWh": "grams of CO2 equivalent per kilowatt-hour",
    "degC": "degrees Celsius",
    "1/s": "per second",
    "1/W": "per watt",
    "1/J": "per joule",
    "tokens/s": "tokens per second",
    "Mbps": "megabits per second",
    "MB/s": "megabytes per second",
    "GPU-h": "GPU-hours",
    "core-h": "core-hours",
    "GB-s": "gigabyte-seconds",
    "h": "hours",
}


def _no_type(name: str) -> str | None:
    return None if name in TYPES else f"is not one of {', '.join(TYPES)}.{did_you_mean(name, list(TYPES))}"


def _no_unit(name: str) -> str | None:
    return None if name in UNITS else f"is no unit of the schema.{did_you_mean(name, list(UNITS))} docs/schema.md lists them"


TypeName = Annotated[str, Check(_no_type, choices=lambda: TYPES)]
UnitName = Annotated[str, Check(_no_unit, choices=lambda: UNITS)]
