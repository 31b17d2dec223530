"""A release's bytes and documents, and the directory target."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from tracekit.errors import ChecksumMismatchError, PublishRefusedError, TracekitError
from tracekit.ingest.run import ingest
from tracekit.ingest.write import ROW_GROUP
from tracekit.lake.layout import Layout
from tracekit.publish.build import build
from tracekit.publish.check import check_release
from tracekit.publish.content import ContentHash, content_hash
from tracekit.publish.flow import choose_version, previous_changes, publish
from tracekit.publish.model import Options
from tracekit.publish.papers import plain
from tracekit.publish.release import Release, write_sums
from tracekit.publish.shards import count_shards, write_config
from tracekit.publish.target import Place, open_target
from tracekit.sources.load import source

Run = Callable[..., "subprocess.CompletedProcess[str]"]
REPO = "alice/some-sample"


def _options(*datasets: str, **more: Any) -> Options:
    return Options(REPO, more.pop("version", "v1.0.0"), datasets, synthetic=True, **more)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("build") / "lake"
    for name in ("azure-llm-2023", "mooncake", "tracelab"):
        ingest(source(name), [], lake, macros=[], sample=True)
    return lake


@pytest.fixture(scope="module")
def release(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    return build(Layout(lake), _options("azure-llm-2023", "mooncake", "tracelab"), tmp_path_factory.mktemp("release") / "v1.0.0")


def test_built_twice_with_one_and_two_threads_it_is_the_same(lake: Path, release: Release, tmp_path: Path) -> None:
    script = (
        "import sys, pyarrow as pa; pa.set_cpu_count(int(sys.argv[1])); pa.set_io_thread_count(int(sys.argv[1]))\n"
        "from pathlib import Path; from tracekit.lake.layout import Layout\n"
        "from tracekit.publish.build import build; from tracekit.publish.model import Options\n"
        f"options = Options({REPO!r}, 'v1.0.0', ('azure-llm-2023', 'mooncake', 'tracelab'), synthetic=True)\n"
        f"build(Layout(Path({str(lake)!r})), options, Path(sys.argv[2]))\n"
    )
    import os
    import sys

    for threads in ("1", "2"):
        root = tmp_path / threads / "v1.0.0"
        subprocess.run([sys.executable, "-c", script, threads, str(root)], check=True, env={**os.environ, "POLARS_MAX_THREADS": threads})
        assert Release(root).files() == release.files()


def test_sums_are_what_sha256sum_checks(release: Release) -> None:
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=release.root, capture_output=True, text=True, check=True)
    assert done.stdout.count(": OK") == len(release.sums()) == sum(p.is_file() for p in release.root.rglob("*")) - 1


def test_rows_are_those_of_the_lake_in_order(lake: Path, release: Release) -> None:
    parts = [lake / "llm_request" / name for name in ("azure-llm-2023", "mooncake", "tracelab")]
    held = pl.concat(pl.read_parquet(path) for part in parts for path in sorted(part.rglob("*.parquet")))
    made = pl.read_parquet(release.root / "llm_request" / "*.parquet")
    assert made.drop("arrived_at").equals(held)
    anchors = {(r["dataset"], r["trace"]): r["anchor_at"] for r in pl.read_parquet(release.root / "recording/*.parquet").to_dicts()}
    for row in made.iter_rows(named=True):
        anchor = anchors[row["dataset"], row["trace"]]
        wanted = (
            None
            if anchor is None or row["arrived_us"] is None
            else anchor + __import__("datetime").timedelta(microseconds=row["arrived_us"])
        )
        assert row["arrived_at"] == wanted
    assert made["arrived_at"].null_count() > 0 < made["arrived_at"].count()


def test_the_footers_say_what_the_documents_say(release: Release) -> None:
    head = yaml.safe_load((release.root / "README.md").read_text().split("---")[1])
    assert [config["config_name"] for config in head["configs"]] == ["sample", "llm_request", "tool_call", "recording"]
    assert head["configs"][0]["default"] is True
    assert head["license"] == "other"
    assert head["license_name"] == "apache-2.0-and-cc-by-4.0"
    for config, info in zip(head["configs"], head["dataset_info"], strict=True):
        paths = [release.root / path for path in config["data_files"][0]["path"]]
        assert info["splits"][0]["num_examples"] == sum(pq.read_metadata(path).num_rows for path in paths)
        assert [feature["name"] for feature in info["features"]] == pq.read_schema(paths[0]).names
        assert info["download_size"] == sum(path.stat().st_size for path in paths)
    provenance = release.provenance()
    raw = [file["sha256"] for entry in provenance["inputs"] for trace in entry["traces"] for file in trace["files"]]
    assert all(len(digest) == 64 for digest in raw)
    for config in provenance["outputs"].values():
        assert content_hash([release.root / file["path"] for file in config["files"]]) == config["content"]
    text = "".join((release.root / name).read_text() for name in ("LICENSE", "NOTICE", "CITATION.cff"))
    for words in ("Attribution 4.0 International", "Apache License", "What was changed:", "do not endorse", "Íñigo"):
        assert words in text
    card = (release.root / "README.md").read_text()
    for heading in ("## Use it", "## Time", "## Data dictionary", "## What was changed", "## Published figures, recomputed", "## Privacy"):
        assert f"\n{heading}\n" in card
    assert "read_parquet" not in card and f"hf://datasets/{REPO}@v1.0.0/" in card
    assert (release.root / "chart.svg").read_text().startswith("<svg")


def test_the_snippets_of_the_card_run(release: Release) -> None:
    import duckdb

    card = (release.root / "README.md").read_text()
    sql = card.split("```sql\n")[1].split("```")[0].replace(f"hf://datasets/{REPO}@v1.0.0", str(release.root))
    assert len(duckdb.sql(sql).fetchall()) == 5
    polars = card.split("```python\n")[1].split("```")[0].replace(f"hf://datasets/{REPO}@v1.0.0", str(release.root))
    names: dict[str, Any] = {"print": lambda frame: names.update(shown=frame)}
    exec(polars, names)
    assert names["shown"].height == 5


def test_shards_are_whole_row_groups_with_a_page_index(tmp_path: Path) -> None:
    rows = 4 * ROW_GROUP + 17
    table = pa.table({"dataset": ["d"] * rows, "arrived_us": list(range(rows)), "v": [float(i % 97) for i in range(rows)]})
    pieces = [table.slice(i, 50_000) for i in range(0, rows, 50_000)]
    made = write_config(tmp_path, "t", "t", "Text.", table.schema, rows, 1_000_000, lambda: pieces, 300_000)
    assert [shard.path for shard in made.shards] == [f"t/t-{i:05d}-of-00003.parquet" for i in range(3)]
    assert [shard.rows for shard in made.shards] == [2 * ROW_GROUP, 2 * ROW_GROUP, 17]
    assert pa.concat_tables(pq.read_table(tmp_path / shard.path) for shard in made.shards).equals(table)
    footer = pq.read_metadata(tmp_path / made.shards[0].path)
    assert [footer.row_group(i).num_rows for i in range(footer.num_row_groups)] == [ROW_GROUP, ROW_GROUP]
    assert all(footer.row_group(0).column(i).has_column_index for i in range(3))
    assert all(footer.row_group(0).column(i).has_offset_index for i in range(3))
    again = write_config(tmp_path / "again", "t", "t", "Text.", table.schema, rows, 1_000_000, lambda: [table], 300_000)
    assert (again.content, [s.sha256 for s in again.shards]) == (made.content, [s.sha256 for s in made.shards])
    assert [count_shards(n, size, 256 << 20) for n, size in ((10, 0), (10**8, 1 << 30), (10**8, 700 << 20), (ROW_GROUP, 1 << 30))] == [
        1,
        4,
        3,
        1,
    ]


def test_shards_that_come_out_too_large_are_cut_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tracekit.publish import shards

    monkeypatch.setattr(shards, "MOST_SHARD_BYTES", 400_000)
    rows = 4 * ROW_GROUP
    table = pa.table({"v": pl.Series(range(rows)).shuffle(seed=1).to_list()})
    made = write_config(tmp_path, "t", "t", "Text.", table.schema, rows, 0, lambda: [table], 300_000)
    assert [shard.rows for shard in made.shards] == [ROW_GROUP] * 4
    assert len(list((tmp_path / "t").iterdir())) == 4


def test_content_is_the_same_however_it_is_cut() -> None:
    table = pa.table(
        {"s": ["a", None, "bc", ""], "l": [[1, 2], None, [], [3]], "b": [True, None, False, True], "x": [1.5, None, -0.0, 2.0]}
    )

    def digest(*pieces: pa.Table) -> str:
        found = ContentHash(table.schema)
        for piece in pieces:
            found.add(piece)
        return found.hexdigest()

    whole = digest(table)
    assert whole == digest(table[:1], table[1:3], table[3:]) == digest(*(table[i : i + 1] for i in range(4)))
    for column, values in {
        "s": ["ab", None, "c", ""],
        "l": [[1], None, [2], [3]],
        "b": [True, False, None, True],
        "x": [1.5, -0.0, None, 2.0],
    }.items():
        place = table.schema.get_field_index(column)
        assert digest(table.set_column(place, column, pa.array(values, table.schema.field(column).type))) != whole


def test_latex_becomes_text() -> None:
    assert plain(r"Goiri, {\'I}{\~n}igo") == "Goiri, Íñigo"
    assert plain(r"Fran\c{c}ois M\"uller \& S{\o}n {GPU}s 1--2") == "François Müller & S\\on GPUs 1–2"


def test_readers_read_every_shard_and_find_what_is_wrong(lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ingest.write", "publish.rows", "publish.shards"):
        monkeypatch.setattr(f"tracekit.{module}.ROW_GROUP", 100)
    options = _options("azure-llm-2023", "tracelab", shard_bytes=8_000)
    root = build(Layout(lake), options, tmp_path / "v1.0.0").root
    assert len(list(root.glob("llm_request/*.parquet"))) > 2
    passed = check_release(Release(root), records=150)
    assert [check for check in passed if not check.ok] == []
    assert {check.name: check.remark for check in passed}["data package"].endswith(" rows")
    (tmp_path / "v1.0.0.checks.json").unlink()
    _edit(root / "README.md", "num_examples: ", "num_examples: 1")
    _edit(root / "CITATION.cff", 'type: "dataset"', 'type: "nonsense"')
    _edit(root / "croissant.json", '"column": "tool"', '"column": "toll"')
    head = '"name": "dataset",\n      "type": '
    _edit(root / "datapackage.json", f'{head}"string"', f'{head}"integer"')
    failed = {check.name: check.remark for check in check_release(Release(root)) if not check.ok}
    assert list(failed) == ["sha256"]
    write_sums(root)
    found = {check.name: check for check in check_release(Release(root), records=50)}
    assert [name for name, check in found.items() if check.ok] == ["sha256", "content", "duckdb", "polars"]
    assert "NonMatchingSplitsSizes" in found["datasets"].remark
    assert not list(tmp_path.glob("*.checks.json"))


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, (path.name, old)
    path.write_text(text.replace(old, new, 1))


class Killed(BaseException):
    """Stands for a kill: nothing after it runs."""


STEPS = ["planned", "put", "committed", "verified", "marked", "verified at the version", "shown", "receipt drafted", "receipt"]


def test_a_directory_shows_whole_versions_only(release: Release, lake: Path, tmp_path: Path) -> None:
    built = tmp_path / "built" / "v1.0.0"
    shutil.copytree(release.root, built)
    for step in STEPS:
        place = Place(REPO, tmp_path / step)

        def die(told: str, at: str = step) -> None:
            if told == at:
                raise Killed

        with pytest.raises(Killed):
            publish(open_target("dir", place), Release(built), "v1.0.0", die)
        seen = tmp_path / step / REPO / "v1.0.0"
        assert seen.exists() == (STEPS.index(step) >= STEPS.index("marked"))
        if seen.exists():
            assert Release(seen).find_faults() == []
        told: list[str] = []
        receipt = publish(open_target("dir", place), Release(built), "v1.0.0", told.append)
        assert Release(seen).files() == release.files() == receipt.files
        assert json.loads((tmp_path / step / REPO / "latest.json").read_text())["version"] == "v1.0.0"
        assert sorted(p.name for p in seen.parent.iterdir()) == ["latest.json", "v1.0.0"]


def test_a_version_in_a_directory_never_changes(release: Release, lake: Path, tmp_path: Path) -> None:
    target = open_target("dir", Place(REPO, tmp_path / "root"))
    built = tmp_path / "b" / "v1.0.0"
    shutil.copytree(release.root, built)
    assert choose_version(target, None) == "v1.0.0"
    publish(target, Release(built), "v1.0.0")
    told: list[str] = []
    publish(target, Release(built), "v1.0.0", told.append)
    assert "v1.0.0 is there already" in told
    (built / "NOTICE").write_text("other")
    write_sums(built)
    with pytest.raises(PublishRefusedError, match=r"v1\.0\.0 is there with other content"):
        publish(target, Release(built), "v1.0.0")
    previous = previous_changes(target, "v1.1.0", tmp_path / "scratch")
    following = build(
        Layout(lake), _options("azure-llm-2023", version="v1.1.0", previous=previous, changes="Less."), tmp_path / "b" / "v1.1.0"
    )
    plan = target.plan(following, "v1.1.0")
    assert (plan.head, plan.tagged) == ("v1.0.0", None)
    assert plan.delete == ["tool_call/tool_call-00000-of-00001.parquet"]
    assert "llm_request/llm_request-00000-of-00001.parquet" in plan.change
    publish(target, following, "v1.1.0")
    assert choose_version(target, None) == "v1.1.0"
    changes = (tmp_path / "root" / REPO / "v1.1.0" / "CHANGELOG.md").read_text()
    assert [line for line in changes.splitlines() if line.startswith("## ")] == ["## v1.1.0", "## v1.0.0"]
    assert "\nLess.\n" in changes


def test_what_arrives_otherwise_is_not_marked(release: Release, tmp_path: Path) -> None:
    target = open_target("dir", Place(REPO, tmp_path / "root"))
    built = tmp_path / "b" / "v1.0.0"
    shutil.copytree(release.root, built)

    def spoil(step: str) -> None:
        if step == "committed":
            (draft,) = (tmp_path / "root" / REPO).glob(".put-*")
            (draft / "NOTICE").write_text("spoilt")

    with pytest.raises(ChecksumMismatchError, match="NOTICE: other content"):
        publish(target, Release(built), "v1.0.0", spoil)
    assert target.versions() == {}
    publish(target, Release(built), "v1.0.0")
    assert list(target.versions()) == ["v1.0.0"]


def test_a_full_disk_at_the_target(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tracekit.publish.targets import dir as directory

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(directory.shutil, "copyfile", full)
    with pytest.raises(TracekitError, match="no space left on the disk"):
        publish(open_target("dir", Place(REPO, tmp_path / "root")), release, "v1.0.0")
    assert list((tmp_path / "root" / REPO).iterdir()) == []


def test_hashes_of_the_release_are_of_its_bytes(release: Release) -> None:
    for name, digest in release.files().items():
        assert hashlib.sha256((release.root / name).read_bytes()).hexdigest() == digest
