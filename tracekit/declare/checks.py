"""Types of text that declarations hold: patterns, time zones, licences, addresses, names in kebab-case."""

from __future__ import annotations

import math
import re
from typing import Annotated

from tracekit.declare.model import Check
from tracekit.errors import did_you_mean


def _pattern(text: str) -> str | None:
    try:
        re.compile(text)
    except re.error as error:
        return f"is not a regular expression: {error}"
    return None


def _zone(name: str) -> str | None:
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        known = sorted(zoneinfo.available_timezones())
        # A machine without the database knows no zone; it is not the declaration that is wrong.
        return f"is no time zone.{did_you_mean(name, known)} For example Europe/Berlin, or UTC" if known else None
    return None


def _said(text: str) -> str | None:
    return None if text.strip() else "says nothing"


def _character(text: str) -> str | None:
    return None if len(text.encode()) == 1 else 'is not one character, for example ";" or "\\t"'


def _kebab(text: str) -> str | None:
    return None if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) else "is not a name in kebab-case, for example my-gateway-logs"


def _sha256(text: str) -> str | None:
    return None if re.fullmatch(r"[0-9a-f]{64}", text) else "is not a SHA-256: 64 hexadecimal digits"


def _no_licence(text: str) -> str | None:
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    if text == "NOASSERTION":
        return None
    try:
        canonical = canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return "is no SPDX licence, for example CC-BY-4.0; NOASSERTION where none is stated"
    return None if canonical == text else f"is written {canonical}"


def _url(text: str) -> str | None:
    return None if re.match(r"https?://[^/\s]+", text) else "is not an http or https address"


def _finite(number: int | float) -> str | None:
    return None if math.isfinite(number) else "is no finite number"


Pattern = Annotated[str, Check(_pattern, "regex")]
Zone = Annotated[str, Check(_zone)]
Text = Annotated[str, Check(_said)]
Character = Annotated[str, Check(_character)]
Kebab = Annotated[str, Check(_kebab)]
Sha256 = Annotated[str, Check(_sha256)]
Spdx = Annotated[str, Check(_no_licence)]
Url = Annotated[str, Check(_url, "uri")]
Finite = Annotated[int | float, Check(_finite)]
