"""What the documents of a release are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tracekit.lake.manifest import Manifest
from tracekit.publish.licence import hub_id, release_ids
from tracekit.publish.model import Options
from tracekit.publish.shards import Config
from tracekit.query.claims import Verdict
from tracekit.sources.model import Source

SAMPLE = "sample"
# The Hub knows splits; operational traces have none.
SPLIT = "train"


@dataclass(frozen=True)
class Shown:
    """The question that the card answers.

    Attributes:
        query: Name of the query.
        question: The question.
        finding: The answer in a sentence.
        alt: The chart in words.
        svg: The chart.
        command: The command that gives the same rows.
    """

    query: str
    question: str
    finding: str
    alt: str
    svg: str
    command: str


@dataclass
class Facts:
    """A release before its documents are written.

    Attributes:
        options: What was asked for.
        sources: Its sources.
        manifests: Manifests of its traces.
        configs: Its tables; ``sample`` first.
        recordings: Rows of the table ``recording``.
        shown: The card's question, where any query has a chart for it.
        verdicts: The claims ledger.
        suppressed: Table → rows in which quasi-identifiers were set to NULL.
        left_out: What a derived release leaves out, and why.
        tool: Version of tracekit.
        schema: Fingerprint of the schema.
        versions: Source id → fingerprint of its declaration, mapping and errata.
    """

    options: Options
    sources: list[Source]
    manifests: list[Manifest]
    configs: list[Config]
    recordings: list[dict[str, Any]]
    shown: Shown | None
    verdicts: list[Verdict]
    tool: str
    schema: str
    versions: dict[str, str]
    suppressed: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    @property
    def licences(self) -> list[str]:
        """SPDX ids of the release."""
        return release_ids(self.sources, derived_only=self.options.derived_only)

    @property
    def hub_licence(self) -> str:
        """The Hub's licence id."""
        return hub_id(self.licences)

    @property
    def is_synthetic(self) -> bool:
        """Whether its rows are a synthetic sample."""
        return any(manifest.is_synthetic for manifest in self.manifests)

    @property
    def title(self) -> str:
        """What the release is called."""
        kind = "Statistics of " if self.options.derived_only else ""
        names = " · ".join(source.title for source in self.sources)
        return f"{'Synthetic sample: ' if self.is_synthetic else ''}{kind}{names}"

    @property
    def tables(self) -> list[Config]:
        """The configs but for the sample."""
        return [config for config in self.configs if config.name != SAMPLE]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(config.rows for config in self.tables)

    @property
    def url(self) -> str:
        """Address of the dataset."""
        return f"https://huggingface.co/datasets/{self.options.repo}"

    @property
    def changes(self) -> list[str]:
        """What was done to the upstream data, as CC-BY asks to be stated."""
        if self.options.derived_only:
            return ["Statistics were computed over the upstream data, which are not part of this release."]
        lines = [
            "Renamed columns, converted units and put every instant on one clock (microseconds since the trace's zero).",
            "Rows were sorted by trace, time and source order, and written as Parquet.",
        ]
        if any("_at" in name for config in self.tables for name in config.schema.names if name.endswith("_at")):
            lines.append("Calendar instants (`*_at`) were added where the source gives an anchor.")
        for source in self.sources:
            held = [m for m in self.manifests if m.dataset == source.id]
            for erratum in source.errata:
                rows = sum(m.errata.get(erratum.id, 0) for m in held)
                if erratum.action != "flag" and rows:
                    lines.append(f"{source.id}: {erratum.action} by erratum {erratum.id} in {rows:,} rows: {erratum.text}")
            rejected = sum(count.rejected for m in held for count in m.tables.values())
            if rejected:
                lines.append(f"{source.id}: {rejected:,} records failed validation and were left out.")
        lines += [f"Ids of {name} were replaced by keyed hashes; the key was thrown away." for name in self.options.rekey]
        lines += [
            f"{table}: quasi-identifiers shared by too few were set to NULL in {rows:,} rows."
            for table, rows in self.suppressed.items()
            if rows
        ]
        return lines
