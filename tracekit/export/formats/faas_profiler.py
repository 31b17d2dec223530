"""FaaSProfiler's workload configuration with inter-arrival times."""

from __future__ import annotations

import json

from tracekit.export.draft import BATCH, Draft
from tracekit.export.functions import NEEDS, TABLES, events, instant, selected, unique_function
from tracekit.export.model import INVENTED, Facts, Field, Format


def _fields(facts: Facts) -> list[Field]:
    host = "application, then .default.example.org: the cluster's own domain has to be put in"
    return [
        unique_function("application"),
        Field("url", "''", how="http:// and host", origin=INVENTED),
        Field("host", "''", how=host, origin=INVENTED),
        Field("data", "''", how="always empty", origin=INVENTED),
        instant(facts, "interarrivals_list", "at_us", "s since the invocation before; the first since the first exported row"),
    ]


def _write(draft: Draft) -> int:
    text = (
        "SELECT application, list(interarrivals_list ORDER BY interarrivals_list) AS at FROM "
        f"({events(draft, ['application', 'interarrivals_list'])}) GROUP BY application ORDER BY min(interarrivals_list), application"
    )
    last, instances = 0, 0
    with draft.path.open("w", encoding="utf-8") as file:
        file.write('{"test_name": ' + json.dumps(draft.facts.trace or "trace") + ', "random_seed": 0, "blocking_cli": false, ')
        file.write('"endpoint": "generic", "instances": {\n')
        for batch in draft.connection.sql(text).to_arrow_reader(BATCH):
            for name, at in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                gaps = [(b - a) / 1e6 for a, b in zip([0, *at], at, strict=False)]
                host = f"{name}.default.example.org"
                entry = {"application": name, "url": f"http://{host}", "host": host, "data": {}, "interarrivals_list": gaps}
                file.write(("" if instances == 0 else ",\n") + f'"instance_{instances}": ' + json.dumps(entry))
                last, instances = max(last, at[-1]), instances + 1
        file.write('\n}, "test_duration_in_seconds": ' + str(last // 1_000_000 + 1) + "}\n")
    return selected(draft)


FORMAT = Format(
    text="JSON, an instance per function with its inter-arrival times in s",
    suffix=".json",
    reader="FaaSProfiler synthetic workload invoker",
    citation="https://github.com/PrincetonUniversity/faas-profiler (workload_config_IAT_rep.json); Shahrad et al., MICRO 2019",
    fields=_fields,
    tables=TABLES,
    needs=NEEDS,
    shape=_write,
    notes=("`rows` counts the cells or invocations of the lake; a cell of n invocations gives n gaps",),
    is_experimental=True,
)
