"""Writes the synthetic leaderboard sample: a language task, a multimodal one, images and videos, several batch sizes and GPUs."""

import json
from pathlib import Path

import numpy as np

from tracekit.sources.digits import significant

MODELS = [("acme/Small-3B", "Dense Transformer", 3.0, 3.0, "bfloat16"), ("acme/Mixed-30B-A3B", "MoE", 30.0, 3.0, "fp8")]


def _llm(rng: np.random.Generator, model: tuple[str, str, float, float, str], gpu: str, gpus: int, sequences: int) -> dict[str, object]:
    name, architecture, total, active, precision = model
    batch = sequences * float(rng.uniform(0.8, 1.0))
    throughput = 900 * gpus * (sequences / 8) ** 0.7 / active**0.5 * (1.6 if gpu == "B200" else 1.0)
    power = gpus * float(rng.uniform(300, 650))
    length, per_token = float(rng.uniform(200, 900)), power / throughput
    itl = batch / throughput * 1000
    return {
        "activated_params_billions": active,
        "architecture": architecture,
        "avg_batch_size": batch,
        "avg_output_len": length,
        "avg_power_watts": power,
        "data_parallel": 1,
        "energy_per_request_joules": per_token * length,
        "energy_per_token_joules": per_token,
        "expert_parallel": gpus if architecture == "MoE" else 1,
        "gpu_model": gpu,
        "max_num_seqs": sequences,
        "median_itl_ms": itl,
        "model_id": name,
        "nickname": name.split("/")[1].replace("-", " "),
        "num_gpus": gpus,
        "output_throughput_tokens_per_sec": throughput,
        "p90_itl_ms": itl * 1.3,
        "p95_itl_ms": itl * 1.5,
        "p99_itl_ms": itl * 2.2,
        "tensor_parallel": 1 if architecture == "MoE" else gpus,
        "total_params_billions": total,
        "weight_precision": precision,
    }


def _diffusion(rng: np.random.Generator, gpu: str, gpus: int, batch: int, frames: int | None) -> dict[str, object]:
    kind = "image" if frames is None else "video"
    latency = batch * (frames or 1) * 0.9 / gpus**0.8 * float(rng.uniform(0.9, 1.1))
    power = gpus * float(rng.uniform(450, 680))
    own = {} if frames is None else {"fps": 15, "num_frames": frames}
    return {
        "activated_params_billions": 1.6,
        "avg_power_watts": power,
        "batch_latency_s": latency,
        "batch_size": batch,
        f"energy_per_{kind}_joules": power * latency / batch,
        "gpu_model": gpu,
        f"{kind}_height": 1024 if frames is None else 480,
        f"{kind}_width": 1024 if frames is None else 832,
        "inference_steps": 20,
        "model_id": f"acme/Paint-{kind}",
        "nickname": f"Paint {kind}",
        "num_gpus": gpus,
        "ring_degree": 1,
        f"throughput_{kind}s_per_sec": batch / latency,
        "total_params_billions": 1.6,
        "ulysses_degree": gpus,
        "weight_precision": "bfloat16",
        **own,
    }


def _write(path: Path, title: str, records: list[dict[str, object]], **more: object) -> None:
    document = {**more, "task": path.stem, "task_display_name": title, "configurations": records}
    path.write_text(json.dumps(significant(document), indent=1) + "\n")


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20260216)
    for task, title in (("lm-arena-chat", "LM Arena Chat"), ("image-chat", "Image Chat")):
        records = [
            _llm(rng, model, gpu, gpus, sequences)
            for model in MODELS
            for gpu, gpus in (("H100", 1), ("H100", 2), ("B200", 1))
            for sequences in ((8, 64, 512) if task == "lm-arena-chat" else (16,))
        ]
        _write(folder / f"{task}.json", title, records)
    images = [_diffusion(rng, gpu, gpus, batch, None) for gpu in ("H100", "B200") for gpus in (1, 2) for batch in (1, 4)]
    _write(folder / "text-to-image.json", "Text to Image", images, architecture="diffusion")
    videos = [_diffusion(rng, gpu, 4, 1, frames) for gpu in ("H100", "B200") for frames in (49, 81)]
    _write(folder / "text-to-video.json", "Text to Video", videos, architecture="diffusion")
