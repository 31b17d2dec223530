"""croissant.json and datapackage.json: the release for machines."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from tracekit.publish.facts import Facts
from tracekit.publish.shards import Config

# The one name that the readers of Croissant know.
_PARQUET = "application/x-parquet"
# The standard's own context: readers warn of any other.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def _kind(kind: pa.DataType) -> tuple[str, str]:
    """Returns a type's names in Croissant and in Data Package."""
    if pa.types.is_list(kind):
        return _kind(kind.value_type)[0], "array"
    if pa.types.is_timestamp(kind):
        return "sc:DateTime", "datetime"
    names = {pa.string(): ("sc:Text", "string"), pa.int64(): ("sc:Integer", "integer"), pa.bool_(): ("sc:Boolean", "boolean")}
    return names.get(kind, ("sc:Float", "number"))


def _package_type(field: pa.Field, config: Config) -> str:
    # Its reader goes through pandas: an unknown whole number becomes a fraction, an unknown truth an object, a list an array.
    kind = _kind(field.type)[1]
    if kind == "array" or (kind == "boolean" and field.name in config.unknown):
        return "any"
    return "number" if kind == "integer" and field.name in config.unknown else kind


def _about(field: pa.Field) -> str:
    words = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    return f"{words.get('description', '')} [{words.get('unit', '')}]"


def _record_set(config: Config) -> dict[str, Any]:
    fields = []
    for column in config.schema:
        # `isArray` is the newer word; the reference reader yields lists under the older one only.
        is_list = {"repeated": True} if pa.types.is_list(column.type) else {}
        source = {"fileSet": {"@id": f"{config.name}-files"}, "extract": {"column": column.name}}
        about = {"name": column.name, "description": _about(column), "dataType": _kind(column.type)[0]}
        fields.append({"@type": "cr:Field", "@id": f"{config.name}/{column.name}", **about, **is_list, "source": source})
    return {"@type": "cr:RecordSet", "@id": config.name, "name": config.name, "description": config.text, "field": fields}


def croissant(facts: Facts) -> str:
    """Returns croissant.json: records by the repository's file sets, hashes by one file object per shard."""
    repo = {
        "@type": "cr:FileObject",
        "@id": "repo",
        "name": "repo",
        "description": "The dataset's repository at this version.",
        "contentUrl": f"{facts.url}/tree/{facts.options.version}",
        "encodingFormat": "git+https",
        # A repository has no hash of its own; this is what the Hub's generator writes.
        "sha256": "https://github.com/mlcommons/croissant/issues/80",
    }
    sets, objects = [], []
    for config in facts.configs:
        include = f"{config.name}/*.parquet"
        about = {"name": f"{config.name}-files", "description": config.text, "containedIn": {"@id": "repo"}}
        sets.append({"@type": "cr:FileSet", "@id": f"{config.name}-files", **about, "encodingFormat": _PARQUET, "includes": include})
        for shard in config.shards:
            place = {"contentUrl": f"{facts.url}/resolve/{facts.options.version}/{shard.path}", "contentSize": f"{shard.bytes} B"}
            name = shard.path.replace("/", "-")
            objects.append(
                {"@type": "cr:FileObject", "@id": name, "name": name, **place, "encodingFormat": _PARQUET, "sha256": shard.sha256}
            )
    licences = [f"https://spdx.org/licenses/{name}" for name in facts.licences]
    body = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": facts.options.name,
        "description": facts.title,
        "url": facts.url,
        "version": facts.options.version.removeprefix("v"),
        "license": licences[0] if len(licences) == 1 else licences,
        "creator": {"@type": "Organization", "name": facts.options.repo.partition("/")[0]},
        "citeAs": "\n".join(source.bibtex.strip() for source in facts.sources),
        "rai:dataCollection": " ".join(f"{s.title}: {s.homepage}; {s.paper}." for s in facts.sources),
        "rai:dataPreprocessingProtocol": facts.changes,
        "rai:dataLimitations": [f"{e.id}: {e.text}" for s in facts.sources for e in s.errata]
        or ["No defect of the upstream data is known."],
        "rai:personalSensitiveInformation": ["Ids were anonymised upstream; a series of one id stays linkable to itself."],
        "distribution": [repo, *sets, *objects],
        "recordSet": [_record_set(config) for config in facts.configs],
    }
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def datapackage(facts: Facts) -> str:
    """Returns datapackage.json; hashes stay in SHA256SUMS, since ``bytes`` and ``hash`` make a Parquet resource invalid to its reader."""
    resources = []
    for config in facts.configs:
        paths = [shard.path for shard in config.shards]
        fields = [{"name": f.name, "type": _package_type(f, config), "description": _about(f)} for f in config.schema]
        resources.append(
            {
                "name": config.name.replace("_", "-"),
                "title": config.text,
                "path": paths if len(paths) > 1 else paths[0],
                "format": "parquet",
                "mediatype": _PARQUET,
                "schema": {"fields": fields},
            }
        )
    body = {
        "$schema": "https://datapackage.org/profiles/1.0/datapackage.json",
        "name": facts.options.name.lower(),
        "title": facts.title,
        "homepage": facts.url,
        "version": facts.options.version.removeprefix("v"),
        "licenses": [{"name": name, "path": f"https://spdx.org/licenses/{name}.html"} for name in facts.licences],
        "sources": [{"title": s.title, "path": s.homepage} for s in facts.sources],
        "resources": resources,
    }
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"
