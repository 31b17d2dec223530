"""Writes the synthetic profiles: two machines as Arrow streams, the model's name as a key, sensors that gave -1."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from tracekit.sources.digits import significant

PROFILES = {"profile_SampleGPU_acme-small": ("acme/small-3b", 220.0, 0.55), "profile_SampleMac_acme-small": ("acme/small-3b", 40.0, 0.55)}


def _record(rng: np.random.Generator, number: int, model: str, watts: float, accuracy: float) -> dict[str, object]:
    seconds, output = float(rng.uniform(2, 9)), int(rng.integers(80, 400))
    joules = -1.0 if number % 9 == 8 else watts * seconds
    metrics = {
        "energy_metrics": {"per_query_joules": joules, "total_joules": joules},
        "latency_metrics": {
            "per_token_ms": seconds / output * 1000,
            "throughput_tokens_per_sec": output / seconds,
            "time_to_first_token_seconds": -1.0 if number % 5 == 4 else 0.2,
            "total_query_seconds": seconds,
        },
        "power_metrics": {"gpu": {"per_query_watts": {"avg": -1.0 if joules < 0 else watts, "max": watts * 1.2}}},
        "token_metrics": {"input": 60 + number, "output": output, "total": 60 + number + output},
        "lm_correctness": bool(rng.random() < accuracy),
        "lm_response": f"synthetic response {number}",
    }
    return {
        "problem": f"synthetic problem {number}",
        "answer": "A",
        "subject": ("law", "physics")[number % 2],
        "model_answers": {model: "A"},
        # The last record was never run.
        "model_metrics": {model: None if number == 19 else significant(metrics)},
    }


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20251110)
    for name, (model, watts, accuracy) in PROFILES.items():
        table = pa.Table.from_pylist([_record(rng, number, model, watts, accuracy) for number in range(20)])
        path = folder / "runs" / name / "data-00000-of-00001.arrow"
        path.parent.mkdir(parents=True)
        with pa.OSFile(str(path), "wb") as out, pa.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table)
        (path.parent / "summary.json").write_text('{"total_queries": 20}\n')
