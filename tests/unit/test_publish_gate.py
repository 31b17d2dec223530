"""What may not be published, and that every reason is named."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
from msgspec.structs import replace
from raw_records import SAMPLES

from tracekit.errors import DeclarationError, NothingMatchedError, PublishRefusedError, TracekitError, UsageError
from tracekit.ingest.run import ingest
from tracekit.ingest.settings import Settings
from tracekit.lake.layout import Layout
from tracekit.publish import build as building
from tracekit.publish import licence
from tracekit.publish.build import build
from tracekit.publish.model import K, Options, check_repo, version_key
from tracekit.publish.scan import scan_columns, scan_files, scan_text
from tracekit.sources.load import load_source, source

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("gate") / "lake"
    for name in ("alibaba-gpu-2023", "huawei-cold-start-2025", "ragpulse"):
        ingest(source(name), [], lake, macros=[], sample=True)
    return lake


def _options(*datasets: str, **more: object) -> Options:
    return Options("alice/some-sample", "v1.0.0", datasets, **{"synthetic": True, **more})  # type: ignore[arg-type]


def _refusal(lake: Path, options: Options, root: Path) -> str:
    with pytest.raises(PublishRefusedError) as caught:
        build(Layout(lake), options, root / "v1.0.0")
    assert caught.value.exit_code == 7
    assert not (root / "v1.0.0").exists()
    return str(caught.value)


def test_every_reason_is_named_at_once(lake: Path, tmp_path: Path) -> None:
    told = _refusal(lake, _options("alibaba-gpu-2023", "huawei-cold-start-2025", synthetic=False), tmp_path)
    for words in (
        "alibaba-gpu-2023: licence NOASSERTION",
        "--derived-only publishes query results instead",
        "alibaba-gpu-2023: its rows are a synthetic sample",
        "huawei-cold-start-2025: its rows are a synthetic sample",
        "function_profile: 24 combinations of (runtime, trigger, is_sync, cpu_cores, memory_mb)",
        "fewer than k = 5 user_id",
    ):
        assert words in told


def test_a_sample_says_so_in_its_name(lake: Path, tmp_path: Path) -> None:
    told = _refusal(lake, dataclasses.replace(_options("ragpulse"), repo="alice/ragpulse"), tmp_path)
    assert "has `synthetic` or `sample` in the name of its repository, 'ragpulse' has not" in told
    release = build(Layout(lake), _options("ragpulse"), tmp_path / "v1.0.0")
    card = (release.root / "README.md").read_text()
    assert "# Synthetic sample: " in card
    assert "**Every row is synthetic**" in card


def test_licences() -> None:
    def refused(spdx: str, redistributable: str = "yes", *, derived_only: bool = False) -> list[str]:
        known = source("burstgpt")
        changed = replace(known, licence=replace(known.licence, spdx=spdx, redistributable=redistributable))
        return licence.refusals(changed, derived_only=derived_only)

    assert refused("CC-BY-4.0") == refused("MIT AND MPL-2.0") == []
    for unknown in ("NOASSERTION", "CC-BY-ND-4.0", "GPL-2.0-only", "MIT OR Apache-2.0", "MIT AND LicenseRef-Made-Up"):
        assert "not known to allow redistribution" in " ".join(refused(unknown)), unknown
    assert "--derived-only" in refused("CC-BY-4.0", "derived-only")[0]
    assert refused("NOASSERTION", "derived-only", derived_only=True) == []
    assert "not even of statistics" in refused("CC-BY-4.0", "no", derived_only=True)[0]


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("CC-BY-4.0", "MIT", False),
        ("CC-BY-4.0", "CC-BY-NC-4.0", False),
        ("CC-BY-4.0", "CC-BY-SA-4.0", False),
        ("CC-BY-SA-4.0", "ODbL-1.0", True),
        ("CC-BY-SA-4.0", "CC-BY-NC-4.0", True),
        ("CC-BY-NC-SA-4.0", "CC-BY-SA-4.0", True),
    ],
)
def test_conflicting_licences(one: str, other: str, clash: bool) -> None:
    known = source("burstgpt")
    both = [replace(known, id=f"d{i}", licence=replace(known.licence, spdx=spdx)) for i, spdx in enumerate((one, other))]
    assert len(licence.conflicts(both)) == len(licence.conflicts(both[::-1])) == clash


PLANTED = {
    "a Hugging Face token": "hf_" + "aB3" * 10,
    "a GitHub token": "ghp_" + "x1" * 18,
    "an API key": "key=sk-" + "q9" * 15,
    "an AWS access key": "AKIA" + "ABCDEFGH12345678",
    "a private key": "-----BEGIN RSA PRIVATE KEY-----",
    "a JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.sig",
    "an e-mail address": "ask jane.doe@mail.example.org",
    "a home folder": "/home/jane/run.py",
    "what reads like the text of a prompt": "please write a poem about the sea and the wind for my old friend",
}
INNOCENT = [
    "R1---77---pool22-300-128",
    "gpt-4o-2024-08-06",
    "a" * 64,
    "2225---765---pool22",
    "meta/llama@v1",
    "homepage",
    "H100-80GB, 2x",
    None,
]


@pytest.mark.parametrize("what", PLANTED)
def test_what_must_not_stand_in_a_column(what: str) -> None:
    frame = pl.DataFrame({"x": [*INNOCENT, PLANTED[what]], "l": [["a"], [PLANTED[what]], *[None] * (len(INNOCENT) - 1)]})
    with duckdb.connect() as connection:
        connection.register("rows", frame.to_arrow())
        kinds = {"x": "VARCHAR", "l": "VARCHAR[]"}
        found = scan_columns(connection, "t", "SELECT * FROM rows", kinds, set())
        assert f"t.x: 1 rows hold {what}" in found
        assert (f"t.l: 1 rows hold {what}" in found) == (what != "what reads like the text of a prompt")
        assert PLANTED[what] not in " ".join(found)
        # A column declared as free text may be long, and may hold no secret all the same.
        free = scan_columns(connection, "t", "SELECT * FROM rows", {"x": "VARCHAR"}, {"x"})
        assert free == ([] if "prompt" in what else [f"t.x: 1 rows hold {what}"])
        chat = "SELECT '<|im_start|>user' AS x"
        assert scan_columns(connection, "t", chat, {"x": "VARCHAR"}, {"x"}) != []
        connection.register("clean", frame[:-1].to_arrow())
        assert scan_columns(connection, "t", "SELECT x FROM clean", {"x": "VARCHAR"}, set()) == []
    if "prompt" not in what:
        assert scan_text("f", f"first\n{PLANTED[what]}") == [f"f: line 2 holds {what}"]


def test_metadata_is_searched_as_well(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"x": ["a"]}).replace_schema_metadata({"made by": PLANTED["an e-mail address"]})
    pq.write_table(table, tmp_path / "a.parquet")
    field = pa.field("x", pa.string(), metadata={"description": PLANTED["a home folder"]})
    pq.write_table(pa.table({"x": ["a"]}, schema=pa.schema([field])), tmp_path / "b.parquet")
    (tmp_path / "note.txt").write_text("made in /srv/lakes/mine\n")
    found = scan_files(tmp_path, ["/srv/lakes/mine"])
    assert [line.partition(":")[0] for line in found] == ["a.parquet (metadata)", "b.parquet (metadata)", "note.txt"]
    assert [line.partition("holds ")[2] for line in found] == ["an e-mail address", "a home folder", "a path of this machine"]


def test_a_lake_that_fails_its_check_and_a_secret_in_its_rows(lake: Path, tmp_path: Path) -> None:
    import shutil

    own = tmp_path / "lake"
    shutil.copytree(lake, own)
    (part,) = (own / "llm_request" / "ragpulse").rglob("*.parquet")
    rows = pl.read_parquet(part)
    rows.with_columns(session_id=pl.lit(PLANTED["an e-mail address"])).write_parquet(part)
    told = _refusal(own, _options("ragpulse"), tmp_path)
    assert "tracekit check fails: " in told
    assert f"llm_request.session_id: {rows.height:,} rows hold an e-mail address" in told
    assert "jane" not in told


@pytest.mark.parametrize("disguise", ["by path", "renamed", "compressed", "in an archive", "among others"])
def test_a_sample_is_synthetic_however_it_is_named(disguise: str, tmp_path: Path) -> None:
    import gzip
    import zipfile

    sample = next((SAMPLES / "azure-llm-2023").glob("*conv.csv"))
    own = tmp_path / sample.name
    if disguise == "renamed":
        own = tmp_path / "mine.csv"
    if disguise == "compressed":
        own = tmp_path / f"{sample.name}.gz"
        own.write_bytes(gzip.compress(sample.read_bytes()))
    elif disguise == "in an archive":
        own = tmp_path / "all.zip"
        with zipfile.ZipFile(own, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(sample, sample.name)
    elif disguise == "by path":
        own = sample
    else:
        own.write_bytes(sample.read_bytes())
    paths = [own]
    if disguise == "among others":
        other = tmp_path / "AzureLLMInferenceTrace_code.csv"
        other.write_text("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,12,3\n")
        paths = [own, other]
    outcome = ingest(source("azure-llm-2023"), paths, tmp_path / "lake", macros=[])
    assert [manifest.is_synthetic for manifest in outcome.written] == [True] * len(paths)
    told = _refusal(tmp_path / "lake", _options("azure-llm-2023", synthetic=False), tmp_path)
    assert "azure-llm-2023: its rows are a synthetic sample" in told


def test_a_sample_that_an_earlier_version_took_for_real_is_known_by_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tracekit.ingest.run as running

    with monkeypatch.context() as patch:
        patch.setattr(running, "is_shipped", lambda _path: False)
        (manifest,) = ingest(source("ragpulse"), [SAMPLES / "ragpulse"], tmp_path / "lake", macros=[]).written
    assert not manifest.is_synthetic
    told = _refusal(tmp_path / "lake", _options("ragpulse", synthetic=False), tmp_path)
    assert "ragpulse: its rows are a synthetic sample" in told


def test_a_truncated_ingest_is_not_the_trace(tmp_path: Path) -> None:
    ingest(source("ragpulse"), [], tmp_path / "lake", macros=[], sample=True, settings=Settings(limit=10))
    assert "ingested with --limit 10: not the whole trace" in _refusal(tmp_path / "lake", _options("ragpulse"), tmp_path)


def test_small_groups_are_suppressed_and_counted(lake: Path, tmp_path: Path) -> None:
    options = _options("huawei-cold-start-2025", suppress=True)
    release = build(Layout(lake), options, tmp_path / "v1.0.0")
    counted = json.loads((release.root / "provenance.json").read_text())["suppressed_rows"]
    for privacy in source("huawei-cold-start-2025").privacy:
        held = pl.read_parquet(lake / privacy.table / "huawei-cold-start-2025" / "**" / "*.parquet")
        made = pl.read_parquet(release.root / privacy.table / "*.parquet")
        users = defaultdict(set)
        for row in held.iter_rows(named=True):
            users[tuple(row[name] for name in privacy.columns)].add(row[privacy.of])
        changed = 0
        for before, after in zip(held.iter_rows(named=True), made.iter_rows(named=True), strict=True):
            key = tuple(before[name] for name in privacy.columns)
            is_small = len(users[key]) < K and any(value is not None for value in key)
            assert tuple(after[name] for name in privacy.columns) == (tuple(None for _ in key) if is_small else key)
            assert before[privacy.of] == after[privacy.of]
            changed += is_small
        assert counted.get(privacy.table, 0) == changed
    assert counted["function_profile"] == 24
    assert "quasi-identifiers shared by too few were set to NULL in 24 rows" in (release.root / "NOTICE").read_text()


def test_rekeyed_ids_still_join_and_cannot_be_undone(lake: Path, tmp_path: Path) -> None:
    options = _options("huawei-cold-start-2025", suppress=True, rekey=("function_id", "user_id"))
    first, second = (build(Layout(lake), options, tmp_path / name / "v1.0.0").root for name in "ab")
    kept = build(Layout(lake), options, tmp_path / "a" / "v1.0.0").root
    tables = [pl.read_parquet(root / "cold_start" / "*.parquet") for root in (first, second, kept)]
    held = pl.read_parquet(lake / "cold_start" / "huawei-cold-start-2025" / "**" / "*.parquet")
    # A key per build; the same build is taken up again, not made anew.
    assert tables[0]["user_id"].to_list() == tables[2]["user_id"].to_list()
    assert not set(tables[0]["user_id"]) & (set(tables[1]["user_id"]) | set(held["user_id"]))
    assert all(len(value) == 32 for value in tables[0]["user_id"])
    for name in ("function_id", "user_id"):
        pairs = set(zip(held[name], tables[0][name], strict=True))
        assert len(pairs) == held[name].n_unique() == tables[0][name].n_unique()
    profiles = [
        pl.read_parquet(path)
        for path in (lake / "function_profile/huawei-cold-start-2025/**/*.parquet", first / "function_profile/*.parquet")
    ]
    joined = [a.join(b, on="function_id").height for a, b in zip((held, tables[0]), profiles, strict=True)]
    assert joined[0] == joined[1] > 0
    assert (first / "SHA256SUMS").read_bytes() != (second / "SHA256SUMS").read_bytes()
    with pytest.raises(UsageError, match="--rekey input_tokens: no table has such an id"):
        build(Layout(lake), _options("ragpulse", rekey=("input_tokens",)), tmp_path / "c")


def test_statistics_of_what_may_not_be_passed_on(lake: Path, tmp_path: Path) -> None:
    release = build(Layout(lake), _options("alibaba-gpu-2023", derived_only=True), tmp_path / "v1.0.0")
    names = {path.parent.name for path in release.root.glob("*/*.parquet")}
    assert "cluster_job_status" in names
    assert not names & {"cluster_job", "machine", "recording", "sample"}
    status = pl.read_parquet(release.root / "cluster_job_status" / "*.parquet")
    held = pl.read_parquet(lake / "cluster_job" / "alibaba-gpu-2023" / "**" / "*.parquet")
    assert status["jobs"].sum() == held.height
    jobs = set(held["job_id"])
    for path in release.root.glob("*/*.parquet"):
        for column in pl.read_parquet(path).iter_columns():
            assert column.dtype != pl.String or not jobs & set(column)
    assert "The rows themselves are not here" in (release.root / "README.md").read_text()


def test_no_room_on_the_disk(lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = building.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(building.shutil, "disk_usage", lambda _path: usage._replace(free=1_000))
    with pytest.raises(TracekitError, match=r"the release takes about 0 MB, the disk of .* has 0 MB free") as caught:
        build(Layout(lake), _options("ragpulse"), tmp_path / "new" / "v1.0.0")
    assert "--build DIR" in str(caught.value)
    assert [path for path in (tmp_path / "new").iterdir() if path.suffix != ".lock"] == []


def test_empty_dataset(lake: Path, tmp_path: Path) -> None:
    with pytest.raises(NothingMatchedError, match="burstgpt has no rows in") as caught:
        build(Layout(lake), _options("burstgpt"), tmp_path / "v1.0.0")
    assert "tracekit ingest burstgpt PATH" in str(caught.value)


def test_repositories_and_versions() -> None:
    assert check_repo("alice/azure-llm_2023.v2") == "alice/azure-llm_2023.v2"
    for wrong in (
        "alice",
        "alice/",
        "a/b/c",
        "alice/x y",
        "alice/-x",
        "alice/x--y",
        "alice/x..y",
        "alice/../x",
        "alice/x.git",
        "alice/" + "x" * 97,
    ):
        with pytest.raises(UsageError, match="is not a repository id"):
            check_repo(wrong)
    assert version_key("v1.10.0") > version_key("v1.9.12")
    for wrong in ("1.0.0", "v1.0", "v01.0.0", "v1.0.0-rc1", "latest", "v1.0.0\n"):
        with pytest.raises(UsageError, match="is not a version"):
            version_key(wrong)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--repo", "nowhere"], 2, "'nowhere' is not a repository id"),
        (["--repo", "a/b", "--version", "1.0"], 2, "'1.0' is not a version"),
        (["--repo", "a/b", "--to", "ftp"], 2, "'ftp' is not one of 'dir', 'hub'"),
        (["--repo", "a/b", "--yes"], 2, "there is no token to publish with"),
        (["--repo", "a/b", "--to", "dir"], 7, "a/b v1.0.0 may not be published"),
    ],
)
def test_the_command_says_what_is_wrong(cli: Run, lake: Path, tmp_path: Path, args: list[str], code: int, words: str) -> None:
    import os

    clean = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    found = cli("publish", "ragpulse", *args, "--lake", lake, "--build", tmp_path / "b", "--root", tmp_path / "r", env=clean)
    assert found.returncode == code
    assert words in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('table = "cold_start"', 'table = "cold_starts"', "'cold_starts' is no table of the lake"),
        ('"cpu_cores", "memory_mb"]\nof = "user_id"\n\n[time]', '"cpus"]\nof = "user_id"\n\n[time]', "cold_start has no column 'cpus'"),
        ('of = "user_id"', 'off = "user_id"', "unknown key 'off'"),
    ],
)
def test_wrong_quasi_identifiers_are_refused(old: str, new: str, words: str, tmp_path: Path) -> None:
    text = (source("huawei-cold-start-2025").folder / "source.toml").read_text()
    assert old in text
    (tmp_path / "source.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(DeclarationError, match=words) as caught:
        load_source(tmp_path)
    assert "[[privacy]]" in str(caught.value)
