"""CITATION.cff, LICENSE, NOTICE and CHANGELOG.md: what the release owes to others."""

from __future__ import annotations

import json
import re
import unicodedata

import pyarrow as pa

from tracekit.publish.card import to_yaml
from tracekit.publish.facts import Facts
from tracekit.publish.licence import ids, text
from tracekit.sources.model import Source

_ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "c": "\u0327", "v": "\u030c"}


def plain(latex: str) -> str:
    """Returns a BibTeX value as text: accents composed, braces gone."""

    def compose(found: re.Match[str]) -> str:
        return unicodedata.normalize("NFC", found[2].replace("\\i", "i").replace("\\j", "j") + _ACCENTS[found[1]])

    latex = re.sub(r"\\([cv])\s*\{(\w)\}", compose, latex)
    latex = re.sub(r"\\(['`^\"~])\s*\{?(\\?\w)\}?", compose, latex)
    return " ".join(re.sub(r"[{}]", "", latex).replace("\\&", "&").replace("\\_", "_").replace("--", "–").split())


def _entry(bibtex: str) -> dict[str, str]:
    """Returns the fields of the first entry: each in braces or quotes, one after another."""
    fields = re.findall(r"^\s*(\w+)\s*=\s*(?:\{(.*)\}|\"(.*)\"|(\w+))\s*,?\s*$", bibtex, re.MULTILINE)
    return {name.lower(): plain(braced or quoted or bare) for name, braced, quoted, bare in fields}


def _authors(source: Source) -> list[dict[str, str]]:
    people = []
    for name in _entry(source.bibtex).get("author", "").split(" and "):
        family, _, given = name.strip().partition(", ")
        if family in ("", "others"):
            continue
        people.append({"family-names": family, "given-names": given} if given else {"name": family})
    return people or [{"name": f"The authors of {source.title}"}]


def citation(facts: Facts) -> str:
    """Returns CITATION.cff; the type of a dataset is ``data`` inside references."""
    references = []
    for source in facts.sources:
        entry = _entry(source.bibtex)
        year = {"year": int(entry["year"])} if entry.get("year", "").isdigit() else {}
        references.append(
            {
                "type": "data",
                "title": source.title,
                "authors": _authors(source),
                "url": source.homepage,
                **year,
                "notes": f"{entry.get('title', source.paper)}. {source.paper}. Licence: {source.licence.spdx}",
            }
        )
    body = {
        "cff-version": "1.2.0",
        "message": "Cite the original datasets and papers below, and this release by its version.",
        "type": "dataset",
        "title": facts.title,
        "version": facts.options.version.removeprefix("v"),
        "url": facts.url,
        "authors": [{"name": facts.options.repo.partition("/")[0]}],
        "references": references,
    }
    if len(facts.licences) == 1:
        body["license"] = facts.licences[0]
    return "\n".join(to_yaml(body)) + "\n"


def licence(facts: Facts) -> str:
    """Returns LICENSE: the text of every licence that some part of the release is under, with the upstream's copyright lines."""
    if facts.options.derived_only:
        (name,) = facts.licences
        head = f"The statistics of this release are under {name}. The data that they were computed over are not part of it."
        return f"{head}\n\n{text(facts.sources[0], name) or ''}"
    parts = []
    for source in facts.sources:
        for name in ids(source.licence.spdx):
            link = f"https://spdx.org/licenses/{name}.html"
            head = f"{source.title} ({source.homepage})\nLicence: {name}, {link}\nStated at: {source.licence.evidence}"
            holder = f"\n{source.licence.copyright.strip()}" if source.licence.copyright else ""
            parts.append(f"{head}{holder}\n\n{text(source, name) or f'The full text is at {link}'}")
    return ("\n" + "=" * 80 + "\n\n").join(parts)


def notice(facts: Facts) -> str:
    """Returns NOTICE: who made the data, under which licence, and what was changed."""
    lines = [facts.title, ""]
    for source in facts.sources:
        names = ", ".join(f"{a.get('given-names', '')} {a.get('family-names', a.get('name', ''))}".strip() for a in _authors(source))
        lines += [f"{source.id}: {source.title}", f"  by {names}", f"  {source.homepage}", f"  {source.paper}"]
        lines += [f"  licence {source.licence.spdx}: {source.licence.evidence}", ""]
    lines += ["What was changed:", *(f"  - {line}" for line in facts.changes), ""]
    lines += ["The original authors do not endorse this release. The data come as they are, without warranty.", ""]
    return "\n".join(lines)


def changelog(facts: Facts) -> str:
    """Returns CHANGELOG.md: this version, then what the release before it said."""
    rows = "\n".join(f"* `{config.name}`: {config.rows:,} rows" for config in facts.tables)
    text = facts.options.changes or ("New contents; `tracekit compare` shows them." if facts.options.previous else "The first release.")
    _, _, rest = facts.options.previous.partition("\n## ")
    before = f"\n## {rest}" if rest else ""
    return f"# Changes\n\n## {facts.options.version}\n\n{text}\n\n{rows}\n{before}"


def provenance(facts: Facts) -> str:
    """Returns provenance.json: raw hashes → mapping version → table hash; no time of day, no path of this machine."""
    inputs = []
    for source in facts.sources:
        traces = []
        for m in (m for m in facts.manifests if m.dataset == source.id):
            files = [{"name": i.name, "kind": i.kind, "bytes": i.bytes, "sha256": i.sha256, "records": i.records} for i in m.inputs]
            counts = {name: vars(count) for name, count in m.tables.items()}
            traces.append(
                {
                    "trace": m.trace,
                    "is_synthetic": m.is_synthetic,
                    "zero_us": m.zero_us,
                    "files": files,
                    "tables": counts,
                    "errata": m.errata,
                }
            )
        held = {"licence": source.licence.spdx, "evidence": source.licence.evidence, "homepage": source.homepage, "paper": source.paper}
        urls = {d.file: d.url for d in source.downloads}
        inputs.append({"dataset": source.id, "mapping": facts.versions[source.id], **held, "urls": urls, "traces": traces})
    o = facts.options
    outputs = {
        c.name: {
            "rows": c.rows,
            "content": c.content,
            "files": [{"path": s.path, "rows": s.rows, "bytes": s.bytes, "sha256": s.sha256} for s in c.shards],
        }
        for c in facts.configs
    }
    body = {
        "release": {
            "repo": o.repo,
            "version": o.version,
            "datasets": list(o.datasets),
            "derived_only": o.derived_only,
            "synthetic": o.synthetic,
            "rekey": list(o.rekey),
            "suppress": o.suppress,
            "shard_bytes": o.shard_bytes,
            "changes": o.changes,
        },
        "tracekit": facts.tool,
        "schema": facts.schema,
        "writer": f"pyarrow {pa.__version__}",
        "inputs": inputs,
        "suppressed_rows": facts.suppressed,
        "outputs": outputs,
    }
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"
