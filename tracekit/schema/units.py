"""Conversions into the units of the schema: constants for the sources' mappings, a table of units for those that users write."""

from __future__ import annotations

from tracekit.errors import UsageError, did_you_mean

NS_PER_US = 1_000
MS_PER_S = 1_000
US_PER_S = 1_000_000
US_PER_H = 3_600_000_000
US_PER_DAY = 86_400_000_000
S_PER_MS = 1e-3
MB_PER_GB = 1e3
MB_PER_KIB = 1.024e-3
MB_PER_MIB = 1.048576
MB_PER_GIB = 1073.741824
G_PER_KG = 1_000
J_PER_KWH = 3.6e6
MWH_PER_TWH = 1e6
C_PER_F = 5 / 9

_US = {"us": 1.0, "ns": 1e-3, "ms": 1e3, "s": 1e6, "min": 60e6, "h": 3600e6, "day": 86_400e6}
_S = {unit: factor / 1e6 for unit, factor in _US.items()}
_J = {"J": 1.0, "mJ": 1e-3, "kJ": 1e3, "MJ": 1e6, "Wh": 3600.0, "kWh": 3.6e6}

# Unit of the schema → unit of the raw data → factor.
FACTORS: dict[str, dict[str, float]] = {
    "us": _US,
    "s": _S,
    "h": {unit: factor / 3600 for unit, factor in _S.items()},
    "ratio": {"ratio": 1.0, "percent": 1e-2, "permille": 1e-3},
    "MB": {"B": 1e-6, "KB": 1e-3, "MB": 1.0, "GB": 1e3, "TB": 1e6, "KiB": 1.024e-3, "MiB": 1.048576, "GiB": 1073.741824},
    "bytes": {"bytes": 1.0, "B": 1.0, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1024.0, "MiB": 1048576.0, "GiB": 1073741824.0},
    "cores": {"cores": 1.0, "millicores": 1e-3, "percent of a core": 1e-2},
    "GPUs": {"GPUs": 1.0, "milli-GPUs": 1e-3, "percent of a GPU": 1e-2},
    "W": {"W": 1.0, "mW": 1e-3, "kW": 1e3, "MW": 1e6},
    "kW": {"W": 1e-3, "kW": 1.0, "MW": 1e3},
    "VA": {"VA": 1.0, "kVA": 1e3},
    "J": _J,
    "J/token": {f"{unit}/token": factor for unit, factor in _J.items()},
    "J/request": {f"{unit}/request": factor for unit, factor in _J.items()},
    "kWh": {unit: factor / 3.6e6 for unit, factor in _J.items()},
    "MWh": {"MWh": 1.0, "kWh": 1e-3, "GWh": 1e3, "TWh": 1e6},
    "TWh": {"TWh": 1.0, "GWh": 1e-3, "MWh": 1e-6},
    # The US liquid gallon, 231 cubic inches, exactly.
    "L": {"L": 1.0, "mL": 1e-3, "m3": 1e3, "gal": 3.785411784},
    "mL": {"mL": 1.0, "L": 1e3},
    "L/kWh": {"L/kWh": 1.0, "m3/MWh": 1.0, "L/MWh": 1e-3, "gal/kWh": 3.785411784, "gal/MWh": 3.785411784e-3},
    "g": {"g": 1.0, "mg": 1e-3, "kg": 1e3, "t": 1e6},
    "g/kWh": {"g/kWh": 1.0, "kg/kWh": 1e3, "kg/MWh": 1.0, "t/MWh": 1e3, "lb/MWh": 0.45359237},
    "Mbps": {"Mbps": 1.0, "bps": 1e-6, "kbps": 1e-3, "Gbps": 1e3, "B/s": 8e-6, "KB/s": 8e-3, "MB/s": 8.0, "MiB/s": 8.388608},
    "1/s": {"1/s": 1.0, "1/min": 1 / 60, "1/h": 1 / 3600},
    "tokens": {"tokens": 1.0, "thousand tokens": 1e3},
    "tokens/s": {"tokens/s": 1.0, "tokens/min": 1 / 60},
}


def factor(given: str, wanted: str, where: str) -> float:
    """Returns what a value in one unit is multiplied by to be in another.

    Args:
        given: Unit of the raw value.
        wanted: Unit of the schema.
        where: What asks, for the error.

    Raises:
        UsageError: The one cannot become the other; names the units that can.
    """
    known = FACTORS.get(wanted, {wanted: 1.0})
    if given not in known:
        raise UsageError(
            f"{where}: unit {given!r} cannot become {wanted}.{did_you_mean(given, list(known))}", f"use one of {', '.join(known)}"
        )
    return known[given]
