"""Writes the synthetic TokenPowerBench sample: batch sizes in one document, idle GPUs, wrong energy per response, an empty document."""

import json
from pathlib import Path

import numpy as np

from tracekit.sources.digits import significant


def _row(rng: np.random.Generator, batch: int, gpus: int, engine: str, *, measured: bool) -> dict[str, object]:
    tokens, responses = batch * int(rng.integers(200, 500)), 2 * batch
    duration = tokens / (90 * batch**0.8)
    watts = [float(rng.uniform(300, 360))] + [float(rng.uniform(58, 64)) for _ in range(gpus - 1)]
    power, cpu, dram = sum(watts), 190.0 if measured else 0.0, 20.0 if measured else 0.0
    energy = power * duration
    total = energy + (cpu + dram) * duration
    return {
        "duration": duration,
        "total_output_tokens": tokens,
        "responses": responses,
        "gpu_avg_power": power,
        "total_avg_power": power + cpu + dram if measured else 0,
        "gpu_energy": energy,
        "cpu_energy": cpu * duration,
        "dram_energy": dram * duration,
        "total_energy": total,
        "gpu_energy_per_token": energy / tokens,
        "total_energy_per_token": total / tokens if measured else 0.0,
        # Not the energy over the responses, as in the release.
        "gpu_energy_per_response": energy / responses * float(rng.uniform(5, 20)),
        **{f"gpu{i}_power_watts": value for i, value in enumerate(watts)},
        "batch_size": batch,
        "engine": engine,
        "gpu_power_formatted": f"{power:.2f}W",
    }


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20250610)
    runs: list[tuple[str, str, list[int], int, int, bool]] = [
        ("vllm", "Small-3B", [32, 64], 1, 200, False),
        ("vllm", "Large-8B", [128], 4, 500, False),
        ("vllm", "Large-8B", [256], 4, 500, False),
        ("deepspeed", "models--acme--Large-8B", [256], 2, 500, True),
        ("vllm", "Small-3B", [], 4, 200, False),
    ]
    for number, (engine, model, batches, gpus, tokens, measured) in enumerate(runs):
        rows = [_row(rng, batch, gpus, engine, measured=measured) for batch in batches]
        sizes = "-".join(map(str, batches)) or "32-64"
        name = f"{engine}_models--{model}_{sizes}_{tokens}_20000103_10000{number}.json"
        (folder / name).write_text(json.dumps(significant({model: rows} if rows else {}), indent=1))
