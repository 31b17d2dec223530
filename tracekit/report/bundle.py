"""The charting libraries of a report page: Vega, Vega-Lite and Vega-Embed as one script, bundled once for each version of theirs."""

from __future__ import annotations

import base64
import hashlib
import os
import zlib
from contextlib import suppress
from pathlib import Path


def packed(text: str) -> str:
    """Returns a text compressed, as letters that need no escape; a browser takes it apart without a library."""
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def packed_bundle() -> str:
    """Returns the libraries, compressed; they set their globals when they run.

    Bundling takes seconds: what it gives is kept in the user's cache, under the hash of the library that gives it, and
    used if it is what was kept.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "tracekit"
    path = folder / f"charts-{_maker()}.txt"
    with suppress(OSError, ValueError):
        digest, text = path.read_text(encoding="ascii").split("\n", 1)
        if digest == hashlib.sha256(text.encode()).hexdigest():
            return text
    text = packed(_bundle())
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}", encoding="ascii")
        draft.replace(path)
    return text


def _maker() -> str:
    """Returns what identifies the libraries: the version and size of the library that has them inside."""
    from importlib.metadata import version

    import vl_convert

    about = "".join(f"{path.name} {path.stat().st_size}\n" for path in sorted(Path(vl_convert.__file__).parent.iterdir()) if path.is_file())
    return hashlib.sha256(f"{version('vl-convert-python')}\n{about}".encode()).hexdigest()[:16]


def _bundle() -> str:
    import vl_convert

    # Without a snippet the bundle exports the libraries as globals; the stubs do not know that.
    script: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    return script
