"""Writes the synthetic Code Engine sample: pickled tables, opcode by opcode, since pandas is not needed to read them either."""

import pickle
from pathlib import Path

import numpy as np


def _global(module: str, name: str) -> bytes:
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def _plain(value: object) -> bytes:
    # Protocol 2 with the frame taken off: an opcode string that leaves the value on the stack.
    return pickle.dumps(value, protocol=2)[2:-1]


def _table(columns: dict[str, list[object]]) -> bytes:
    """Returns a DataFrame of one object block, as pandas pickles it."""
    cells = np.empty((len(columns), len(next(iter(columns.values())))), dtype=object)
    for i, values in enumerate(columns.values()):
        for j, value in enumerate(values):
            cells[i, j] = value
    names = np.array(list(columns), dtype=object)
    block = _global("pandas._libs.internals", "_unpickle_block") + b"(" + _plain(cells) + _plain(slice(0, len(columns), 1)) + b"K\x02tR"
    new_index = _global("pandas.core.indexes.base", "_new_Index")
    index = new_index + b"(" + _global("pandas.core.indexes.base", "Index") + _plain({"data": names, "name": None}) + b"tR"
    rows = _plain({"name": None, "start": 0, "stop": cells.shape[1], "step": 1})
    ranged = new_index + b"(" + _global("pandas.core.indexes.range", "RangeIndex") + rows + b"tR"
    manager = _global("pandas.core.internals.managers", "BlockManager") + b"((" + block + b"t](" + index + ranged + b"etR"
    frame = _global("pandas.core.frame", "DataFrame") + b")\x81"
    return b"\x80\x02" + frame + b"}(" + _plain("_mgr") + manager + _plain("attrs") + b"}ub."


def _hash(rng: np.random.Generator) -> str:
    return rng.bytes(8).hex()


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20260427)
    apps = [(_hash(rng), _hash(rng)) for _ in range(8)]
    configs: dict[str, list[object]] = {"NamespaceHash": [a[0] for a in apps], "AppHash": [a[1] for a in apps]}
    for name, choices in (
        ("AppContainerRequestCpu", (0.125, 1.0, 4.0)),
        ("AppContainerRequestMemory", (0.25, 4.0, 8.0)),
        ("AppContainerConcurrency", (100, 100, 1)),
        ("AppMinScale", (0, 1, 3)),
    ):
        days = [[float("nan")] * (i % 3) + [choices[i % 3]] * (62 - i % 3) for i in range(8)]
        if name == "AppMinScale":
            days[4][40:] = [2] * 22
        configs[name] = list(days)
    (folder / "app_configs.pickle").write_bytes(_table(configs))
    weeks: dict[str, list[object]] = {name: [] for name in ("NamespaceHash", "AppHash", "NumEvents")}
    lists: dict[str, list[object]] = {name: [] for name in ("InvocationTimes", "AppExecTimes", "TotalExecTimes", "PodHash")}
    for i, (namespace, app) in enumerate(apps):
        count = 0 if i == 7 else int(rng.integers(5, 30))
        times = np.cumsum(rng.exponential(40.0 * (i + 1), count))
        runs = rng.lognormal(3, 1, count)
        weeks["NamespaceHash"].append(namespace)
        weeks["AppHash"].append(app)
        weeks["NumEvents"].append(count)
        lists["InvocationTimes"].append([round(float(t), 3) for t in times])
        lists["AppExecTimes"].append([round(float(run), 2) for run in runs])
        lists["TotalExecTimes"].append([round(float(run) + 3, 2) for run in runs])
        lists["PodHash"].append([f"pod{number % 2}" for number in range(count)])
    (folder / "week_1.pickle").write_bytes(_table({**weeks, **lists}))
