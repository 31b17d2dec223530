"""Lakes that the tests share: one of all samples, one of the real files where they are."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

from tracekit.api import Lake
from tracekit.cli import main
from tracekit.ingest.run import ingest
from tracekit.ingest.settings import Settings
from tracekit.lake import catalog
from tracekit.lake.catalog import Macros
from tracekit.lake.head import Head
from tracekit.lake.layout import Layout
from tracekit.query.macros import macros
from tracekit.sources.load import source, sources

ROOT = Path(__file__).parent.parent
Run = Callable[..., "subprocess.CompletedProcess[str]"]
# How long an example takes says more of what else the machine does than of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


# Files whose tests are of the catalog itself.
FROM_NOTHING = ("test_catalog.py", "test_hostile.py")
# What takes longest begins first, so that no worker is left alone with it at the end.
LONGEST = (
    "lake/test_steps.py",
    "real/test_published_figures.py",
    "unit/test_cli.py",
    "contract/test_report_pages.py",
    "contract/test_query_library.py",
    "contract/test_unknown_values.py",
    "hub/",
    "lake/",
    "unit/test_publish_build.py",
    "browser/",
    "real/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests that take longest first; the others keep their order."""

    def rank(item: pytest.Item) -> int:
        place = item.path.relative_to(ROOT / "tests").as_posix()
        return next((i for i, start in enumerate(LONGEST) if place.startswith(start)), len(LONGEST))

    items.sort(key=rank)


def _shared(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]) -> Path:
    """Returns a lake that is built once, by whichever worker comes first, and read by all."""
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    lake, done = root / name / "lake", root / f"{name}.done"
    with FileLock(root / f"{name}.lock"):
        if not done.exists():
            build(lake)
            done.touch()
    return lake


class _Seeds:
    """Catalogs of an empty lake, by their macros: what a first catalog can begin with, as the next ones begin with the former."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, dict[str, Path]()
        self._build, self._update = catalog._build, catalog._update

    def use(self, patch: pytest.MonkeyPatch) -> None:
        """Lets catalogs begin with these."""
        patch.setattr(catalog, "_build", self.build)
        patch.setattr(catalog, "_update", self.update)

    def build(self, layout: Layout, head: Head, known: Macros, draft: Path) -> None:
        """Stands for the function that builds a catalog."""
        if known.fingerprint not in self._made:
            path = self._folder / f"{len(self._made)}.duckdb"
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(catalog, "_update", self._update)
                self._build(Layout(self._folder / "no lake"), Head(), known, path)
            self._made[known.fingerprint] = path
        self._build(layout, head, known, draft)

    def update(self, layout: Layout, views: dict[str, list[str]], made: dict[str, str], draft: Path) -> bool:
        """Stands for the function that changes what has changed in the former catalog."""
        former = layout.catalog if layout.catalog.exists() else self._made[made["macros"]]
        return self._update(SimpleNamespace(catalog=former), views, made, draft)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def catalog_seeds(tmp_path_factory: pytest.TempPathFactory) -> _Seeds:
    """Catalogs of an empty lake."""
    return _Seeds(tmp_path_factory.mktemp("catalogs"))


@pytest.fixture(scope="module", autouse=True)
def first_catalogs(request: pytest.FixtureRequest, catalog_seeds: _Seeds) -> Iterator[None]:
    """Takes a lake's first catalog from one of an empty lake, but in the tests of the catalog itself.

    Three quarters of a small ingest went into comments on the columns of views without a row.
    """
    with pytest.MonkeyPatch.context() as patch:
        if request.path.name not in FROM_NOTHING:
            catalog_seeds.use(patch)
        yield


@pytest.fixture(scope="session")
def demo_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the samples of every source; read-only."""

    def build(lake: Path) -> None:
        for known in sources().values():
            ingest(known, [], lake, macros=None, sample=True)
        catalog.rebuild(Layout(lake), macros())

    return _shared(tmp_path_factory, "demo", build)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `tracekit demo` leaves: a folder with its lake, report.html, and what it said under --quiet; read-only."""

    def build(lake: Path) -> None:
        done = run_here("demo", "--out", lake.parent, "--quiet")
        assert done.returncode == 0, done.stderr
        (lake.parent / "stdout").write_text(done.stdout)
        (lake.parent / "stderr").write_text(done.stderr)

    return _shared(tmp_path_factory, "demonstration", build).parent


@pytest.fixture(scope="session")
def real_traces() -> Path:
    """The folder of real raw files; tests that need it are skipped without it."""
    given = os.environ.get("TRACEKIT_REAL_TRACES")
    if not given or not Path(given).is_dir():
        pytest.skip("TRACEKIT_REAL_TRACES is not set: no real raw files here")
    return Path(given).resolve()


@pytest.fixture(scope="session")
def real_lake(real_traces: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with every real file that there is; read-only."""

    def build(lake: Path) -> None:
        for known in sources().values():
            if (real_traces / known.id).is_dir():
                ingest(known, [real_traces / known.id], lake, macros=None)
        catalog.rebuild(Layout(lake), macros())

    return Lake(_shared(tmp_path_factory, "real", build))


@pytest.fixture
def ingest_file(tmp_path: Path) -> Callable[..., Lake]:
    """Ingests raw text as a file of a source and returns the lake."""

    def run(dataset: str, name: str, content: str | bytes, **settings: object) -> Lake:
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        ingest(source(dataset), [path], tmp_path / "lake", macros=[], settings=Settings(**settings))  # type: ignore[arg-type]
        return Lake(tmp_path / "lake")

    return run


@pytest.fixture
def cli_process() -> Run:
    """Runs the command line in a process of its own, as a user does: for what is a process's own, such as its limits and its user."""

    def run(*args: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from tracekit.cli import main; main()", *map(str, args)]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=300, **options)

    return run


class _Captured(io.TextIOWrapper):
    """Stands for standard output or error: text and bytes are kept in the order in which they were written."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def bytes(self) -> bytes:
        """Returns what was written."""
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue()

    def text(self) -> str:
        """Returns what was written, with the line ends that a process's output is read with."""
        return io.TextIOWrapper(io.BytesIO(self.bytes()), encoding="utf-8").read()


def run_here(*args: str | Path, env: Mapping[str, str] | None = None, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Runs the command line in this process; returns what a process would have."""
    code, out, err = _run(args, env, folder)
    return subprocess.CompletedProcess(list(args), code, out.text(), err.text())


def _run(args: Sequence[str | Path], env: Mapping[str, str] | None, folder: Path) -> tuple[int, _Captured, _Captured]:
    out, err = _Captured(), _Captured()
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
        if env is not None:
            for name in set(os.environ) - set(env):
                patch.delenv(name)
            for name, value in env.items():
                patch.setenv(name, value)
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
    code = ended.value.code
    assert isinstance(code, int)
    return code, out, err


@pytest.fixture
def cli() -> Run:
    """Runs the command line in this process, where everything is imported already; returns what a process would have."""
    return run_here


@pytest.fixture
def cli_bytes() -> Callable[..., bytes]:
    """Runs the command line in this process; returns the bytes of its output."""

    def run(*args: str | Path) -> bytes:
        code, out, err = _run(args, None, ROOT)
        assert code == 0, err.text()
        return out.bytes()

    return run
