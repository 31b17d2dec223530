"""Builds the report: runs every directive of the pages over a lake and renders one HTML file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tracekit import assets
from tracekit.api import Lake
from tracekit.lake.manifest import read_manifests
from tracekit.lake.sources import sources_in
from tracekit.query import library
from tracekit.query.claims import check_claims
from tracekit.report.bundle import packed, packed_bundle
from tracekit.report.directive import Directive, FigureBlock
from tracekit.report.figure import Figure, make_figure, show_value, tell_error
from tracekit.report.page import Page, load_pages

if TYPE_CHECKING:
    import duckdb

_LAKE_SQL = """
SELECT
    p.dataset, p.trace, string_agg(DISTINCT p.table_name, ', ' ORDER BY p.table_name) AS tables,
    (SELECT sum(n) FROM (SELECT any_value(q.rows) AS n FROM ingest_profile AS q
     WHERE q.dataset = p.dataset AND q.trace IS NOT DISTINCT FROM p.trace GROUP BY q.table_name))::BIGINT AS n,
    any_value(r.span_us) / 1e6 AS span_s, any_value(r.anchor_at) AS anchor_at, any_value(r.calendar) AS calendar,
    any_value(r.resolution_us) / 1e6 AS resolution_s, any_value(r.is_synthetic) AS is_synthetic
FROM ingest_profile AS p
LEFT JOIN recording AS r ON p.dataset = r.dataset AND p.trace IS NOT DISTINCT FROM r.trace
GROUP BY p.dataset, p.trace ORDER BY p.dataset, p.trace
"""


def _silent(done: int, total: int, what: str) -> None:
    pass


class _Builder:
    def __init__(
        self, connection: duckdb.DuckDBPyConnection, lake: Lake, total: int, progress: Callable[[int, int, str], None] = _silent
    ) -> None:
        self._connection = connection
        self._lake = lake
        self._total, self._done, self._progress = total, 0, progress
        self._figures = 0
        self.failures: list[str] = []
        rows = connection.execute("SELECT DISTINCT dataset FROM recording WHERE is_synthetic").fetchall()
        self.synthetic = {row[0] for row in rows}

    def block(self, directive: Directive) -> tuple[str, Any]:
        """Returns what the template needs of a directive: its kind and its content."""
        what = directive.query if isinstance(directive, FigureBlock) else directive.kind
        self._progress(self._done, self._total, what)
        self._done += 1
        if isinstance(directive, FigureBlock):
            self._figures += 1
            figure = make_figure(self._connection, directive, self._figures, self.synthetic)
            if figure.failure:
                self.failures.append(f"figure {self._figures}, {figure.title} ({figure.name}): {figure.failure}")
            return "figure", figure
        fill = {"lake": self._lake_rows, "capability": self._capability, "errata": self._errata, "claims": self._claims}[directive.kind]
        try:
            return directive.kind, fill()
        except Exception as error:  # the rest of the page is not concerned
            self.failures.append(f"{directive.kind}: {tell_error(error)}")
            return "failed", tell_error(error)

    def _lake_rows(self) -> list[dict[str, Any]]:
        columns = ["dataset", "trace", "tables", "rows", "span_s", "anchor", "calendar", "resolution_s", "synthetic"]
        found = []
        for row in self._connection.execute(_LAKE_SQL).fetchall():
            record = dict(zip(columns, row, strict=True))
            known = sources_in(self._lake.layout)[record["dataset"]]
            shown = {name: show_value(value) for name, value in record.items()}
            found.append({**shown, "licence": known.licence.spdx, "title": known.title})
        return found

    def _capability(self) -> dict[str, Any]:
        rows = library.capability(self._connection)
        datasets = list(dict.fromkeys(dataset for dataset, _, _ in rows))
        queries = list(dict.fromkeys(query for _, query, _ in rows))
        reasons = {(dataset, query): reason for dataset, query, reason in rows}
        return {"datasets": datasets, "rows": [(q, [reasons[d, q] for d in datasets]) for q in queries]}

    def _errata(self) -> list[dict[str, Any]]:
        counts: dict[tuple[str, str], int] = {}
        for manifest in read_manifests(self._lake.layout):
            for erratum, rows in manifest.errata.items():
                key = manifest.dataset, erratum
                counts[key] = counts.get(key, 0) + rows
        held = {manifest.dataset for manifest in read_manifests(self._lake.layout)}
        return [
            {"dataset": s.id, "erratum": e, "rows": show_value(counts[s.id, e.id]) if (s.id, e.id) in counts else "–"}
            for s in sources_in(self._lake.layout).values()
            if s.id in held
            for e in s.errata
        ]

    def _claims(self) -> list[dict[str, Any]]:
        held = read_manifests(self._lake.layout)
        ids = {manifest.dataset for manifest in held}
        chosen = [source for source in sources_in(self._lake.layout).values() if source.id in ids]
        return [
            {
                "dataset": v.dataset,
                "claim": v.claim,
                "published": show_value(v.claim.value),
                "ours": show_value(v.ours),
                "verdict": v.verdict,
                "reason": v.reason,
            }
            for v in check_claims(self._connection, chosen, held)
        ]


def build_report(
    lake: Lake, names: list[str], warn: Callable[[str], None] = lambda text: None, progress: Callable[[int, int, str], None] = _silent
) -> str:
    """Renders report pages over a lake; a figure that fails shows its error in its place.

    Args:
        lake: The lake.
        names: Pages, all by default.
        warn: Called with a line for each figure that failed.
        progress: Called with the figures and tables done, how many there are, and the next one.

    Returns:
        One HTML document that needs nothing from outside; the same lake gives the same bytes.

    Raises:
        UsageError: There is no such page.
    """
    import jinja2

    pages = load_pages(names)
    with lake.connect() as connection:
        builder = _Builder(connection, lake, sum(isinstance(b, Directive) for page in pages for b in page.blocks), progress)
        filled = [(page, [_fill(builder, block) for block in page.blocks]) for page in pages]
    for failure in builder.failures:
        warn(failure)
    theme = assets.reports_dir() / "_theme"
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(theme), autoescape=True, undefined=jinja2.StrictUndefined)
    specs = {b.id: b.chart for _, blocks in filled for kind, b in blocks if kind == "figure" and b.chart}
    return environment.get_template("report.html.jinja").render(
        pages=filled,
        synthetic=sorted(builder.synthetic),
        style=Markup((theme / "report.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        script=Markup((theme / "report.js").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        bundle=packed_bundle(),
        specs=packed(json.dumps(specs, sort_keys=True)),
        theme=_json(json.loads((theme / "vega.json").read_text(encoding="utf-8"))),
    )


def _json(value: Any) -> Markup:
    # Inside a script element only `</` could end it early.
    return Markup(json.dumps(value, sort_keys=True).replace("</", "<\\/"))  # noqa: S704


def _fill(builder: _Builder, block: Any) -> tuple[str, Any]:
    return builder.block(block) if isinstance(block, Directive) else ("prose", Markup(block.html))  # noqa: S704 - rendered without raw HTML


def write_report(
    lake: Path,
    names: list[str],
    output: Path,
    warn: Callable[[str], None] = lambda text: None,
    progress: Callable[[int, int, str], None] = _silent,
) -> Path:
    """Writes report pages to a file and returns its path.

    Args:
        lake: The lake's folder.
        names: Pages, all by default.
        output: The HTML file.
        warn: Called with a line for each figure that failed.
        progress: Called with the figures and tables done, how many there are, and the next one.
    """
    text = build_report(Lake(lake), names, warn, progress)
    output.parent.mkdir(parents=True, exist_ok=True)
    draft = output.with_name(output.name + ".part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(output)
    return output


__all__ = ["Figure", "Page", "build_report", "write_report"]
