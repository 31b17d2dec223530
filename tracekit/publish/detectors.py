"""What must not be published, as patterns: keys, addresses, numbers and folders that lead to a person or open a door.

Every pattern is in the common part of Python's and RE2's syntax, since documents are searched by Python and columns by DuckDB.
Where a shape alone says too little, such as the digits of a card, ``confirm`` decides over each match.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

# A letter of another alphabet than Latin's, in both syntaxes.
_OTHER = r"[^\x00-\x7F]"
_START, _END = r"(?:^|[^0-9A-Za-z_.+-])", r"(?:$|[^0-9A-Za-z_])"
_BASE64 = "[A-Za-z0-9/+]"


@dataclass(frozen=True)
class Detector:
    """Something that must not be published.

    Attributes:
        name: What it is called in a finding, with its article.
        pattern: Its shape.
        confirm: Decides over a match of the shape; None where the shape says enough.
        by_chance: Share of meaningless values of the shape that ``confirm`` takes for one: a tenth where it is a check digit.
    """

    name: str
    pattern: str
    confirm: Callable[[re.Match[str]], bool] | None = None
    by_chance: float = 0.0

    @property
    def compiled(self) -> re.Pattern[str]:
        """The pattern for Python; compiled once, by the cache of ``re``."""
        return re.compile(self.pattern)

    def finds(self, text: str) -> bool:
        """Whether a text holds one."""
        matches = self.compiled.finditer(text)
        return any(self.confirm is None or self.confirm(match) for match in matches)


def _any(*patterns: str) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


def _is_card(match: re.Match[str]) -> bool:
    """Luhn's check digit (ISO/IEC 7812-1), the ranges of the networks and their lengths."""
    digits = re.sub(r"\D", "", match[1])
    networks = (
        r"4(\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|(222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
        r"|(6011|64[4-9]\d|65\d\d)\d{12}|35\d{14}|62\d{14,17}|3(0[0-5]|[68]\d)\d{11}"
    )
    doubled = [int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(digits))]
    return bool(re.fullmatch(networks, digits)) and len(set(digits)) > 1 and sum(d - 9 * (d > 9) for d in doubled) % 10 == 0


def _is_iban(match: re.Match[str]) -> bool:
    """Two check digits modulo 97 (ISO 13616)."""
    text = re.sub(r"\s", "", match[1])
    return 15 <= len(text) <= 34 and int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def _is_ipv4(match: re.Match[str]) -> bool:
    before = match.string[: match.start(1)].lower().rstrip(" :=_-")
    if before.endswith(("version", "driver", "release", "build", "ver", "firmware", "kernel", "cuda", "sdk", "section")):
        return False
    try:
        address = ipaddress.IPv4Address(match[1])
    except ValueError:
        return False
    return address.packed[0] not in (0, 127) and address.packed != b"\xff" * 4


def _is_ipv6(match: re.Match[str]) -> bool:
    try:
        address = ipaddress.IPv6Address(match[1].partition("%")[0])
    except ValueError:
        return False
    groups = [group for group in match[1].split(":") if group]
    # Names that are joined by colons and lists of small numbers have the shape of an address as well.
    return not address.is_loopback and len(groups) > 1 and max(map(len, groups)) > 2 and any(c.isdigit() for c in match[1])


def _is_email(match: re.Match[str]) -> bool:
    files = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".json", ".csv", ".txt", ".yaml", ".yml", ".toml", ".gz", ".parquet", ".whl")
    return not match[0].lower().endswith(files) and not match[0].startswith("git@")


def _is_phone(match: re.Match[str]) -> bool:
    return 8 <= len(re.sub(r"\D", "", match[0])) <= 15


def _is_random(match: re.Match[str]) -> bool:
    """Whether forty characters of base64 are drawn at random: all classes of characters, and nearly all their entropy."""
    text = match[1]
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
    return entropy > 4.4 and all(re.search(kind, text) for kind in ("[a-z]", "[A-Z]", "[0-9]"))


def _is_set(match: re.Match[str]) -> bool:
    """Whether what stands behind ``password =`` is a value and not its placeholder."""
    words = ("example", "changeme", "redacted", "placeholder", "your", "none", "null", "true", "false", "***", "xxx", "...", "…")
    return not any(word in match[1].lower() for word in words)


_ASSIGNED = r"[\"']?\s*(?::=|=>|[:=])\s*[\"']?"
_HOME_ROOTS = r"(?:home|homes|Users|usr/people|(?:export|data|scratch|work|gpfs|lustre|nfs|mnt)/users)"

DETECTORS = (
    Detector("a Hugging Face token", r"hf_[A-Za-z0-9]{20,}|api_org_[A-Za-z0-9]{20,}"),
    Detector("a GitHub token", r"gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}"),
    Detector(
        "a GitLab token",
        r"gl(?:pat|oas|dt|rtr?|ptt|ft|soat|imt|agent|cbt|ffct)-[A-Za-z0-9_-]{16,}|GR1348941[\w-]{16,}",
    ),
    Detector(
        "a Slack token", r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,}|hooks\.slack\.com/(?:services|workflows)/\w"
    ),
    Detector("a Google key", r"AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{20,}|\b1//0[A-Za-z0-9_-]{30,}"),
    Detector("an npm token", r"npm_[A-Za-z0-9]{30,}|_authToken\s*=\s*[A-Za-z0-9-]{20,}"),
    Detector("a PyPI token", r"pypi-[A-Za-z0-9_-]{50,}"),
    Detector("a Stripe key", r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9+/]{20,}"),
    Detector(
        "an Azure key",
        _any(
            r"(?:AccountKey|SharedAccessKey|SharedSecret)\s*=\s*[A-Za-z0-9+/]{20,}",
            r"[?&](?:amp;)?sig=[A-Za-z0-9%+/=_-]{30,}",
            r"(?:^|[^A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}",
            rf"(?:^|[^A-Za-z0-9/+-]){_BASE64}{{86}}==",
        ),
    ),
    Detector("an AWS access key", r"\b(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|A3T[A-Z0-9])[A-Z0-9]{16}\b"),
    Detector("an AWS secret key", rf"(?:^|[^A-Za-z0-9/+=_-])({_BASE64}{{40}})(?:$|[^A-Za-z0-9/+=_-])", _is_random),
    Detector("an API key", r"\bsk-[A-Za-z0-9_-]{20,}|\b(?:gsk|r8|xai|pplx|fw|csk|nvapi|ntn|secret|lin_api|dapi)[_-]?[A-Za-z0-9]{32,}\b"),
    Detector(
        "a service's token",
        _any(
            r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
            r"\b(?:SK|AC)[0-9a-f]{32}\b",
            r"\b\d{8,10}:AA[A-Za-z0-9_-]{32,}",
            r"\b[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
            r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}|\bdop_v1_[a-f0-9]{40,}|\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b",
            r"\bsq0(?:atp|csp)-[A-Za-z0-9_-]{20,}|\bkey-[0-9a-f]{32}\b|\b[0-9a-f]{32}-us\d{1,2}\b",
            r"\bhv[sbr]\.[A-Za-z0-9_-]{20,}|\bAGE-SECRET-KEY-1[A-Z0-9]{20,}|\.atlasv1\.[A-Za-z0-9_-]{20,}",
        ),
    ),
    Detector("a private key", r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d"),
    Detector("a JSON web token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."),
    Detector("a password", r"[a-z][a-z0-9+.-]*://[^\s:/@\"'<>]+:[^\s:/@\"'<>]{3,}@[A-Za-z0-9\[]"),
    Detector(
        "a password",
        rf"(?i)(?:password|passwd|passphrase|pwd|(?:client|api|app)[_-]?secret|api[_-]?key){_ASSIGNED}([^\s\"'<>${{}}]{{6,}})",
        _is_set,
    ),
    Detector("a bearer token", r"(?i)\bbearer\s+[A-Za-z0-9._~+/-]{20,}|authorization[\"']?\s*[:=]\s*[\"']?basic\s+[A-Za-z0-9+/=]{8,}"),
    Detector(
        "an e-mail address",
        rf"(?:[A-Za-z0-9._%+!#$&*-]|{_OTHER})+(?:@|＠|&#64;|&#x40;|&commat;)"
        rf"(?:(?:[A-Za-z0-9-]|{_OTHER})+\.)+(?:xn--[a-z0-9-]+|[A-Za-z]{{2,}}|{_OTHER}{{2,}})",
        _is_email,
    ),
    Detector(
        "an e-mail address",
        r"(?i)[a-z0-9._-]+\s*[\[({<]\s*at\s*[\])}>]\s*[a-z0-9-]+\s*(?:\.|[\[({<]\s*dot\s*[\])}>])"
        r"|\b[a-z0-9._-]+ at [a-z0-9-]+(?: dot [a-z]{2,})+\b",
    ),
    Detector(
        "a home folder",
        _any(
            rf"(?:^|[^A-Za-z0-9._/-])(?:/[A-Za-z0-9._-]+)*/{_HOME_ROOTS}/[A-Za-z0-9._-]+",
            r"(?:^|[^A-Za-z0-9._/-])/root(?:/|$|[\s\"',;])",
            r"(?i:\bfile:/+(?:[a-z0-9._-]+/)*(?:home|homes|users|root)/)",
            r"[A-Za-z]:[\\/]+(?:Users|Documents and Settings)[\\/]+",
            r"(?:^|[^\\A-Za-z0-9:])(?:\\\\|\\\\\\\\)[A-Za-z0-9][A-Za-z0-9._-]*\\+[A-Za-z0-9$][^\\\s\"]*",
            r"(?:^|[\s\"'=:(,/])~[A-Za-z_][A-Za-z0-9_.-]*(?:/|$)|(?:^|[\s\"'=:(,])~/",
            r"\$\{?(?:HOME|USERPROFILE)\}?[\\/]|%(?:USERPROFILE|HOMEPATH)%",
            r"/(?:afs|u|people|people2)/(?:[A-Za-z0-9._-]+/)*(?:user|users|people)/[A-Za-z0-9._-]+",
        ),
    ),
    Detector("an IP address", r"(?:^|[^0-9A-Za-z.])(\d{1,3}(?:\.\d{1,3}){3})(?:$|[^0-9A-Za-z.]|\.(?:\s|$))", _is_ipv4),
    Detector("an IP address", r"(?:^|[^0-9A-Za-z])ip-\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}(?:$|[^0-9-])"),
    Detector(
        "an IP address",
        r"(?:^|[^0-9A-Za-z:._-])((?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?:%[0-9A-Za-z]+)?)(?:$|[^0-9A-Za-z:_-])",
        _is_ipv6,
    ),
    Detector(
        "a phone number",
        _any(
            rf"{_START}\+[1-9]\d{{0,2}}[ .()/-]{{0,2}}\d{{1,5}}(?:[ .()/-]{{1,2}}\d{{2,8}}){{1,5}}{_END}",
            rf"{_START}\+[1-9]\d{{9,14}}{_END}",
            rf"{_START}00[1-9]\d{{0,2}}[ .()/-]\d{{1,5}}(?:[ .()/-]{{1,2}}\d{{2,8}}){{1,5}}{_END}",
            rf"{_START}(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{{4}}(?:$|[^0-9A-Za-z_.-])",
            rf"{_START}(?:\(0\d{{1,4}}\) ?|0\d{{1,4}}[ /])\d{{3,4}}[ -]?\d{{3,6}}{_END}",
            r"(?i:(?:^|[^a-z])(?:tel|phone|telephone|mobile|cell|fax|whatsapp)(?:\s*(?:no|number|nr))?)\.?\s*[:=]?\s*"
            r"\+?[\d(][\d ().\/-]{6,18}\d",
        ),
        _is_phone,
    ),
    Detector(
        "a payment card number",
        rf"{_START}([2-6]\d{{3}}(?:[ -]\d{{4}}){{2}}[ -]\d{{1,7}}|3\d{{3}}[ -]\d{{6}}[ -]\d{{4,5}}){_END}",
        _is_card,
    ),
    Detector("a payment card number", rf"{_START}([2-6]\d{{12,18}}){_END}", _is_card, by_chance=0.1),
    Detector(
        "a bank account", rf"{_START}([A-Z]{{2}}\d{{2}}(?: ?[A-Z0-9]{{4}}){{2,7}}(?: ?[A-Z0-9]{{1,4}})?){_END}", _is_iban, by_chance=1 / 97
    ),
)
