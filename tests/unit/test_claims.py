"""Verdicts on published figures: by the values wherever there are two, else by what is missing or why nothing can be compared."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from markupsafe import escape
from msgspec.structs import replace

from tracekit.api import Lake
from tracekit.declare.build import build
from tracekit.errors import DeclarationError
from tracekit.ingest.run import ingest
from tracekit.lake.manifest import Input, Manifest, read_manifests
from tracekit.query.claims import AGREES, DIFFERS, DISPUTED, NEEDS_FULL, NOT_COMPARABLE, Verdict, _missing, check_claims
from tracekit.sources.claims import Claim
from tracekit.sources.load import load_source, source, sources

WHOLE: dict[str, object] = {
    "id": "c",
    "text": "t",
    "citation": "here",
    "value": 1.0,
    "query": "llm/tokens",
    "column": "requests",
    "needs": "a.csv",
}
HEADER = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"


def _held(trace: str, records: int, files: int = 1) -> Manifest:
    inputs = [Input(f"{trace}-{i}.csv", f"/{trace}-{i}.csv", "cold_starts", 3, "ab" * 32, records // files) for i in range(files)]
    return Manifest("d", trace, False, "0", "v", "s", None, 0, inputs, {}, {})


@pytest.mark.parametrize(("records", "missing"), [(40, NEEDS_FULL), (60, None)])
@pytest.mark.parametrize(("trace", "needed"), [("ALL", 100), ("R2", 60)])
def test_records_of_all_traces_add_up(trace: str, needed: int, records: int, missing: str | None) -> None:
    claim = Claim(id="c", text="t", citation="c", value=1.0, query="q", column="x", where={"trace": trace}, needs="full", records=needed)
    assert _missing(claim, [_held("R1", 40), _held("R2", records)], []) == missing


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({"files": 5}, None),
        ({"files": 6}, NEEDS_FULL),
        ({"files": 3, "where": {"trace": ["b"]}}, None),
        ({"files": 4, "where": {"trace": ["b"]}}, NEEDS_FULL),
        ({"needs": ("a-0.csv", "b-2.csv")}, None),
        ({"needs": ("a-0.csv", "x.csv", "y.csv")}, "needs x.csv, y.csv"),
        ({"needs": "a-0.csv", "needs_datasets": ("other", "e")}, "needs other"),
        ({"needs": ("a-0.csv", "c-0.csv"), "needs_datasets": ("e",)}, None),
        ({"needs": ("a-0.csv", "c-1.csv"), "needs_datasets": ("e",)}, "needs c-1.csv"),
    ],
)
def test_what_is_missing(more: dict[str, object], missing: str | None) -> None:
    base = {"id": "c", "text": "t", "citation": "c", "value": 1.0, "query": "q", "column": "x", "pool": "sum"}
    claim = Claim(**{**base, **more})  # type: ignore[arg-type]
    assert _missing(claim, [_held("a", 2, 2), _held("b", 3, 3)], [dataclasses.replace(_held("c", 1), dataset="e")]) == missing


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Two traces of three and five requests, of one failed request each."""
    root = tmp_path_factory.mktemp("claims")
    for name, count in (("a", 3), ("b", 5)):
        lines = [f"{i},m,{10 * i},{0 if i == 1 else 5},{10 * i + 5},x" for i in range(1, count + 1)]
        (root / f"{name}.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    ingest(source("burstgpt"), [root / "a.csv", root / "b.csv"], root / "lake", macros=[])
    return Lake(root / "lake")


def _judge(lake: Lake, **more: object) -> Verdict:
    base = Claim(**{**WHOLE, "value": 3, "where": {"trace": "a"}})
    claims = (replace(base, **more),)  # type: ignore[arg-type]
    with lake.connect() as connection:
        [verdict] = check_claims(connection, [replace(source("burstgpt"), claims=claims)], read_manifests(lake.layout))
    return verdict


@pytest.mark.parametrize("remark", [None, "note", "disputed", "contradicted", "not_comparable"])
def test_the_values_decide_wherever_there_are_two(remark: str | None, lake: Lake) -> None:
    told = {remark: "because"} if remark else {}
    off = {None: DIFFERS, "note": DIFFERS, "disputed": DISPUTED, "contradicted": DISPUTED, "not_comparable": NOT_COMPARABLE}[remark]
    other = _judge(lake, value=4, **told)
    assert (other.verdict, other.ours, other.reason) == (off, 3, "because" if remark else None)
    # A dispute that the values do not bear out is none.
    same = _judge(lake, **told)
    assert (same.verdict, same.ours) == (NOT_COMPARABLE if remark == "not_comparable" else AGREES, 3)
    # What was never compared is no dispute, but for a publication that contradicts itself.
    lacking = _judge(lake, needs="x.csv", **told)
    kinds = {"contradicted": DISPUTED, "not_comparable": NOT_COMPARABLE}
    assert (lacking.verdict, lacking.ours) == (kinds.get(remark or "", "needs x.csv"), None)


def test_without_a_query_there_is_a_reason(lake: Lake) -> None:
    for remark, verdict in (("contradicted", DISPUTED), ("not_comparable", NOT_COMPARABLE)):
        judged = _judge(lake, query=None, params=None, where=None, column=None, **{remark: "why"})
        assert (judged.verdict, judged.ours, judged.reason) == (verdict, None, "why")


@pytest.mark.parametrize(
    ("more", "ours"),
    [
        ({"pool": "sum", "where": None}, 8),
        ({"pool": "sum", "where": {"trace": ["a", "b"]}}, 8),
        ({"pool": "max", "where": None}, 5),
        ({"pool": "min", "where": None}, 3),
        ({"pool": "share"}, 3 / 8),
        ({"pool": "count", "column": None, "where": None}, 2),
        ({"pool": "sum", "where": None, "column": "failed", "per": "requests"}, 2 / 8),
        ({"pool": "sum", "where": {"trace": "b"}, "column": "failed", "per": "requests"}, 1 / 5),
    ],
)
def test_rows_are_taken_together(more: dict[str, object], ours: float, lake: Lake) -> None:
    assert _judge(lake, **more).ours == pytest.approx(ours)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"where": {"trace": "z"}}, "llm/tokens gives no such rows"),
        ({"where": None}, "llm/tokens gives 2 such rows"),
        ({"params": {"rule": "x"}}, "not computed: llm/tokens has no parameter 'rule'."),
        ({"column": "pearson", "where": {"trace": "z"}, "pool": "sum"}, "llm/tokens gives no value"),
    ],
)
def test_what_could_not_be_computed_says_why_and_stops_nothing(more: dict[str, object], reason: str, lake: Lake) -> None:
    judged = _judge(lake, disputed="it cannot be", **more)
    assert (judged.verdict, judged.ours) == (DIFFERS, None)
    assert str(judged.reason).startswith(f"it cannot be; {reason}")


def test_a_column_that_there_is_not_is_a_defect_of_the_declaration(lake: Lake) -> None:
    with pytest.raises(DeclarationError, match="no column 'requsts'"):
        _judge(lake, column="requsts")


NO_QUERY = {"query": None, "column": None, "needs": "full"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"disputed": "a", "note": "b"}, "disputed and note: a claim has one of"),
        ({"contradicted": " "}, "contradicted: ' ' says nothing"),
        ({**NO_QUERY}, "without a query it says why"),
        ({**NO_QUERY, "note": "a"}, "without a query it says why"),
        ({**NO_QUERY, "disputed": "a"}, "so a query is needed"),
        ({**NO_QUERY, "contradicted": "a", "where": {"trace": "a"}}, "where is of a query"),
        ({"pool": "mean"}, "pool: 'mean' is not one of sum, share, max, min, count"),
        ({"pool": "max", "per": "requests"}, "per divides a sum"),
        ({"column": None}, "a query needs a column"),
        ({"pool": "count"}, "a query needs a column, but for a count"),
        ({"needs": "full"}, "records, or files, says how many"),
        ({"records": 3}, 'records and files are of needs = "full"'),
        ({"tolerance": -1}, "tolerance: it is not below zero"),
        ({"value": "3"}, "value: expected a number, not text '3'"),
        ({"value": float("nan")}, "value: nan is not a finite number"),
    ],
)
def test_a_claim_that_contradicts_itself_is_refused(more: dict[str, object], words: str) -> None:
    assert build(Claim, WHOLE, "here").column == "requests"
    with pytest.raises(DeclarationError) as refused:
        build(Claim, {key: value for key, value in {**WHOLE, **more}.items() if value is not None}, "claims.toml: [[claims]] 1")
    assert words in str(refused.value)
    assert str(refused.value).startswith("claims.toml: [[claims]] 1: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[claims]]\nid = "c"\ntext = "t"\ncitation = "c"\nvalue = 1\nnot_comparabel = "x"\n', "Did you mean 'not_comparable'"),
        ('[[claim]]\nid = "c"\n', "unknown key 'claim'. Did you mean 'claims'"),
        ('[[claims]]\nid = "c"\ntext = "t"\ncitation = "c"\nvalue = 1\ndisputed = "x"\n', "so a query is needed"),
    ],
)
def test_the_loader_is_strict(text: str, words: str, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "source.toml").write_bytes((source("burstgpt").folder / "source.toml").read_bytes())
    (folder / "claims.toml").write_text(text)
    with pytest.raises(DeclarationError) as refused:
        load_source(folder)
    assert words in str(refused.value)
    assert "claims.toml" in str(refused.value)


def test_disputes_are_compared_with_our_value() -> None:
    for known in sources().values():
        for claim in known.claims:
            assert not claim.disputed or claim.query, f"{claim.id} is disputed by a value that nobody computes"


def test_json_table_and_page_show_verdict_and_reason(
    lake: Lake, cli: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    rows = json.loads(cli("claims", "burstgpt", "--lake", lake.layout.root, "--format", "json").stdout)
    days = next(row for row in rows if row["claim"] == "burstgpt-days")
    assert (days["verdict"], days["reason"].startswith("The released files hold days")) == (DISPUTED, True)
    done = cli("claims", "burstgpt", "--lake", lake.layout.root)
    assert done.returncode == 0
    assert "reason" not in done.stdout.splitlines()[0]
    assert f"\nburstgpt-days: disputed: {days['reason']}\n" in done.stdout
    cli("report", "claims", "-o", tmp_path / "r.html", "--lake", lake.layout.root)
    assert f"<td>disputed</td><td>{escape(days['reason'])}</td>" in (tmp_path / "r.html").read_text()
