"""Verifying a release all the way from its raw files, and comparing two."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tracekit.compare.release import Change, compare_releases
from tracekit.disk import hash_file
from tracekit.errors import ChecksumMismatchError, NothingMatchedError, UsageError
from tracekit.ingest.run import ingest
from tracekit.lake.layout import Layout
from tracekit.publish.build import build
from tracekit.publish.model import Options
from tracekit.publish.release import Release, write_sums
from tracekit.publish.verify import parse_address, rebuild, verify
from tracekit.sources.load import source

Run = Callable[..., "subprocess.CompletedProcess[str]"]
RAW = (
    "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:50.9951690,396,109\r\n"
    "2023-11-16 18:15:51.2224670,879,55\r\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, Path]:
    """A release of raw files, in nested folders, and the folder of those."""
    base = tmp_path_factory.mktemp("verify")
    for folder, trace in (("a", "conv"), ("b", "code")):
        (base / "raw" / folder).mkdir(parents=True)
        (base / "raw" / folder / f"AzureLLMInferenceTrace_{trace}.csv").write_text(RAW if trace == "conv" else RAW.replace("44", "45"))
    ingest(source("azure-llm-2023"), [base / "raw"], base / "lake", macros=[])
    options = Options("alice/azure", "v1.2.0", ("azure-llm-2023",), previous="# Changes\n\n## v1.1.0\n\nOlder.\n", changes="New.")
    return build(Layout(base / "lake"), options, base / "v1.2.0"), base / "raw"


def test_it_is_made_again_to_the_byte(made: tuple[Release, Path], tmp_path: Path, cli: Run) -> None:
    release, raw = made
    assert verify(release) == (13, 3)
    # Found by their hashes, wherever they lie.
    (tmp_path / "elsewhere").mkdir()
    for path in raw.rglob("*.csv"):
        shutil.copy(path, tmp_path / "elsewhere" / f"renamed-{path.stem}.txt")
    told = cli("verify", release.root, "--raw", tmp_path / "elsewhere")
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines() == [
        "13 files agree with SHA256SUMS, the rows of 3 tables with provenance.json",
        "made again from the raw files: 13 files are the same to the byte",
    ]


def test_another_raw_file_is_not_taken(made: tuple[Release, Path], tmp_path: Path) -> None:
    release, raw = made
    shutil.copytree(raw, tmp_path / "raw")
    path = tmp_path / "raw" / "b" / "AzureLLMInferenceTrace_code.csv"
    path.write_text(path.read_text().replace("45", "46"))
    with pytest.raises(NothingMatchedError, match=r"lacks raw files of azure-llm-2023:\n.*b/AzureLLMInferenceTrace_code\.csv"):
        rebuild(release, tmp_path / "raw", tmp_path / "scratch")


def test_what_differs_is_named(made: tuple[Release, Path], tmp_path: Path, cli: Run) -> None:
    root = tmp_path / "release"
    shutil.copytree(made[0].root, root)
    (root / "NOTICE").write_text("other")
    (root / "extra.txt").write_text("more")
    (root / "LICENSE").unlink()
    told = cli("verify", root)
    assert told.returncode == 5
    for words in ("NOTICE: SHA-256 is", "LICENSE: missing", "extra.txt: not in SHA256SUMS"):
        assert words in told.stderr
    told = cli("verify", tmp_path)
    assert (told.returncode, "holds no release" in told.stderr) == (6, True)


def test_a_forger_who_mends_the_sums_is_found(made: tuple[Release, Path], tmp_path: Path) -> None:
    root = tmp_path / "release"
    shutil.copytree(made[0].root, root)
    path = root / "llm_request" / "llm_request-00000-of-00001.parquet"
    table = pq.read_table(path)
    place = table.schema.get_field_index("output_tokens")
    pq.write_table(table.set_column(place, table.schema.field(place), pa.array([1] * table.num_rows, pa.int64())), path)
    write_sums(root)
    with pytest.raises(ChecksumMismatchError, match=r"provenance\.json has another hash"):
        verify(Release(root))
    provenance = root / "provenance.json"
    was = next(f for f in Release(root).provenance()["outputs"]["llm_request"]["files"])["sha256"]
    provenance.write_text(provenance.read_text().replace(was, Release(root).sums()[path.relative_to(root).as_posix()]))
    write_sums(root)
    with pytest.raises(ChecksumMismatchError, match=r"llm_request: its rows are not those"):
        verify(Release(root))
    (tmp_path / "scratch").mkdir()
    with pytest.raises(ChecksumMismatchError, match=r"files differ: SHA256SUMS, llm_request/llm_request-00000-of-00001\.parquet"):
        rebuild(Release(root), made[1], tmp_path / "scratch")


def _links_a_file(root: Path) -> str:
    (root / "NOTICE").rename(root.parent / "elsewhere")
    (root / "NOTICE").symlink_to(root.parent / "elsewhere")
    return "NOTICE: a link"


def _links_a_folder(root: Path) -> str:
    (root / "sample").rename(root.parent / "sample")
    (root / "sample").symlink_to(root.parent / "sample")
    return "sample: a link"


def _adds_an_empty_folder(root: Path) -> str:
    (root / "more" / "still").mkdir(parents=True)
    return "more/still: an empty folder"


def _adds_a_pipe(root: Path) -> str:
    os.mkfifo(root / "pipe")
    return "pipe: neither a file nor a folder"


def _adds_a_table(root: Path) -> str:
    shutil.copytree(root / "sample", root / "more")
    write_sums(root)
    return "more/llm_request-00000-of-00001.parquet: a table that provenance.json does not have"


def _names_what_is_outside(root: Path) -> str:
    (root.parent / "secret").write_text("x")
    with (root / "SHA256SUMS").open("a") as sums:
        sums.write(f"{hash_file(root.parent / 'secret')}  ../secret\n")
    return "'../secret' is no file of a release"


def _names_a_file_twice(root: Path) -> str:
    with (root / "SHA256SUMS").open("a") as sums:
        sums.write(f"{'0' * 64}  NOTICE\n")
    return "'NOTICE' is no file of a release, once, with its SHA-256"


def _cuts_the_sums(root: Path) -> str:
    text = (root / "SHA256SUMS").read_text()
    (root / "SHA256SUMS").write_text(text[: len(text) // 2])
    return "SHA256SUMS: line "


def _garbles_the_sums(root: Path) -> str:
    (root / "SHA256SUMS").write_bytes(b"\xff\xfe\x00")
    return "SHA256SUMS: line 1"


def _empties_the_sums(root: Path) -> str:
    (root / "SHA256SUMS").write_text("")
    return "NOTICE: not in SHA256SUMS"


def _breaks_a_table(root: Path) -> str:
    path = root / "llm_request" / "llm_request-00000-of-00001.parquet"
    was = Release(root).sums()[path.relative_to(root).as_posix()]
    path.write_bytes(b"PAR1" + path.read_bytes()[4:60] + b"PAR1")
    (root / "provenance.json").write_text((root / "provenance.json").read_text().replace(was, hash_file(path)))
    write_sums(root)
    return "llm_request/llm_request-00000-of-00001.parquet: no Parquet that can be read"


def _breaks_the_record(root: Path) -> str:
    (root / "provenance.json").write_text('{"outputs": [1]}')
    write_sums(root)
    return "provenance.json: not what tracekit writes"


def _removes_the_record(root: Path) -> str:
    (root / "provenance.json").unlink()
    write_sums(root)
    return "provenance.json: cannot be read"


@pytest.mark.parametrize(
    "forge",
    [
        _links_a_file,
        _links_a_folder,
        _adds_an_empty_folder,
        _adds_a_pipe,
        _adds_a_table,
        _names_what_is_outside,
        _names_a_file_twice,
        _cuts_the_sums,
        _garbles_the_sums,
        _empties_the_sums,
        _breaks_a_table,
        _breaks_the_record,
        _removes_the_record,
    ],
)
def test_a_forged_release_is_refused_and_the_file_named(made: tuple[Release, Path], tmp_path: Path, forge: Callable[[Path], str]) -> None:
    root = tmp_path / "release"
    shutil.copytree(made[0].root, root)
    words = forge(root)
    with pytest.raises(ChecksumMismatchError) as caught:
        verify(Release(root))
    assert words in str(caught.value)
    assert caught.value.exit_code == 5


def test_a_release_is_held_against_the_hash_that_was_published(made: tuple[Release, Path], tmp_path: Path, cli: Run) -> None:
    root = tmp_path / "release"
    shutil.copytree(made[0].root, root)
    published = hash_file(root / "SHA256SUMS")
    (root / "NOTICE").write_text("rewritten")
    write_sums(root)
    told = cli("verify", root)
    assert told.returncode == 0
    assert hash_file(root / "SHA256SUMS") in told.stderr
    assert "--expect HASH" in told.stderr
    told = cli("verify", root, "--expect", published)
    assert told.returncode == 5
    assert "not the release that was published" in told.stderr
    told = cli("verify", made[0].root, "--expect", published)
    assert (told.returncode, told.stdout.splitlines()[-1]) == (0, "SHA256SUMS is the one that was published")
    assert cli("verify", made[0].root, "--expect", "abc").returncode == 2


def test_a_dataset_of_the_record_is_no_path(made: tuple[Release, Path], tmp_path: Path) -> None:
    root = tmp_path / "release"
    shutil.copytree(made[0].root, root)
    provenance = root / "provenance.json"
    provenance.write_text(provenance.read_text().replace('"dataset": "azure-llm-2023"', '"dataset": "../../outside"'))
    with pytest.raises(UsageError, match="outside"):
        rebuild(Release(root), made[1], tmp_path / "scratch")
    assert not (tmp_path.parent / "outside").exists()
    assert not (tmp_path / "outside").exists()


def test_what_was_rekeyed_cannot_be_made_again(tmp_path: Path) -> None:
    ingest(source("ragpulse"), [], tmp_path / "lake", macros=[], sample=True)
    options = Options("alice/x-sample", "v1.0.0", ("ragpulse",), synthetic=True, rekey=("session_id",))
    release = build(Layout(tmp_path / "lake"), options, tmp_path / "v1.0.0")
    assert verify(release)[0] == 13
    with pytest.raises(UsageError, match="session_id were re-keyed and the key was thrown away"):
        rebuild(release, tmp_path, tmp_path / "scratch")


def test_addresses() -> None:
    assert parse_address("hf://alice/x@v1.0.0") == parse_address("hf://datasets/alice/x@v1.0.0") == ("alice/x", "v1.0.0")
    for wrong in ("hf://alice/x", "hf://alice@v1.0.0", "hf://alice/x@main"):
        with pytest.raises(UsageError):
            parse_address(wrong)


def _release(root: Path, **tables: dict[str, list[object]]) -> Path:
    for name, columns in {"sample": {"x": [1]}, **tables}.items():
        (root / name).mkdir(parents=True)
        pq.write_table(pa.table(columns), root / name / f"{name}-00000-of-00001.parquet")
    write_sums(root)
    return root


def test_changes_by_hand(tmp_path: Path, cli: Run) -> None:
    keys = {"dataset": ["d"] * 4, "trace": ["t"] * 4, "source_row": [1, 2, 3, 4]}
    a = _release(tmp_path / "a", req={**keys, "n": [1, 2, 3, 4], "s": ["x", "x", "y", None], "old": [1, 1, 1, 1]}, gone={"v": [1.0]})
    more = {"dataset": ["d"] * 5, "trace": ["t"] * 5, "source_row": [1, 2, 3, 5, 6]}
    b = _release(tmp_path / "b", req={**more, "n": [1, 2, 9, 5, 6], "s": ["x", "x", "y", "y", "z"], "old": ["1"] * 5})
    assert compare_releases(a, a) == []
    found = compare_releases(a, b)
    assert [c for c in found if c.kind != "distribution"] == [
        Change("schema", "gone", None, "table", "1 rows", None),
        Change("schema", "req", "old", "type", "BIGINT", "VARCHAR"),
        Change("rows", "req", None, "rows", 4, 5),
        Change("rows", "req", None, "only in the first", 1, None),
        Change("rows", "req", None, "only in the second", None, 2),
        Change("rows", "req", None, "altered", 1, 1),
    ]
    values = {(c.column, c.what): (c.a, c.b) for c in found if c.kind == "distribution"}
    assert values["n", "mean"] == (2.5, 4.6)
    assert values["n", "max"] == (4.0, 9.0)
    assert values["s", "null share"] == (0.25, 0.0)
    assert values["s", "distinct"] == (2, 3)
    # Steps of both: 1 2 | 3 4 | 5 6 9: after 4 the first is at 1, the second at 2/5.
    assert values["n", "largest distance of the distributions"] == (None, pytest.approx(0.6))
    assert ("dataset", "distinct") not in values
    told = cli("compare", a, b, "--format", "csv")
    assert told.returncode == 0
    assert told.stdout.splitlines()[:2] == ["kind,table,column,what,a,b", "schema,gone,,table,1 rows,"]
    assert cli("compare", a, tmp_path).returncode == 6
