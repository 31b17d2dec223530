"""Writes the synthetic sample: documents in folders that name task, GPU and model; legacy CSV of two devices; scores in percent."""

import json
from pathlib import Path

import numpy as np

from tracekit.sources.digits import significant

MODELS = {"acme/small-7b": 7.0, "acme/large-27b": 27.0}
LEGACY = {"acme/old-7B": (5.4, 145.0, 50.0), "acme/old-13B": (8.1, 205.0, 56.0), "other/tiny-3b": (5.7, 87.0, 36.0)}


def _write(path: Path, record: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(significant(record), indent=2))


def _texts(folder: Path, rng: np.random.Generator) -> None:
    for family, gpu in (("llm", "A100-SXM4-40GB"), ("llm", "H100 80GB HBM3"), ("mllm", "A100-SXM4-40GB")):
        for model, params in MODELS.items():
            for batch, tensor, pipeline in ((16, 1, 1), (128, 2, 1), (128, 4, 2)):
                if tensor * pipeline * 30 < params * 2:
                    continue
                tokens = float(rng.uniform(150, 450))
                per_token = params / 12 * (16 / batch) ** 0.6 * (0.7 if gpu.startswith("H100") else 1.0)
                tpot = 0.02 * params / 7 * (batch / 16) ** 0.4
                record: dict[str, object] = {
                    "Model": model,
                    "GPU": f"NVIDIA {gpu}",
                    "TP": tensor,
                    "PP": pipeline,
                    "Energy/req (J)": per_token * tokens,
                    "Avg TPOT (s)": tpot,
                    "Token tput (tok/s)": batch * 0.97 / tpot,
                    "Avg Output Tokens": tokens,
                    "Avg BS (reqs)": batch * 0.97,
                    "Max BS (reqs)": batch,
                }
                _write(folder / f"{family}_text_generation/chat/{gpu}/{model}/bs{batch}+tp{tensor}+pp{pipeline}.json", record)


def _diffusions(folder: Path, rng: np.random.Generator) -> None:
    for task, frames in (("text-to-image", None), ("text-to-video", 16)):
        for batch in (1, 4):
            energy = (900.0 if frames is None else 9_000.0) * float(rng.uniform(0.9, 1.1)) / batch**0.1
            kind = "image" if frames is None else "video"
            own = {} if frames is None else {"Frames": frames}
            record: dict[str, object] = {
                "Model": f"acme/paint-{kind}",
                "GPU": "NVIDIA A100-SXM4-40GB",
                f"Energy/{kind} (J)": energy,
                "Batch latency (s)": energy * batch / 350,
                "Batch size": batch,
                "Denoising steps": 25,
                **own,
            }
            name = f"bs{batch}+steps25" + ("" if frames is None else f"+frames{frames}")
            _write(folder / f"diffusion/{task}/A100-SXM4-40GB/acme/paint-{kind}/{name}.json", record)


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20230705)
    _texts(folder, rng)
    _diffusions(folder, rng)
    legacy = folder / "legacy"
    legacy.mkdir()
    for device, factor in (("A100", 1.0), ("V100", 1.15)):
        for task in ("chat", "instruct-concise"):
            lines = ["model,throughput,response_length,latency,energy"]
            for model, (per_token, watts, _) in LEGACY.items():
                length = float(rng.uniform(90, 280))
                energy = per_token * factor * length
                latency = energy / watts
                lines.append(f"{model},{length / latency:.9g},{length:.9g},{latency:.9g},{energy:.9g}")
            (legacy / f"{device}_{task}_benchmark.csv").write_text("\n".join(lines) + "\n")
    scores = ["model,arc,hellaswag,truthfulqa"]
    # One model was scored and never measured.
    for model, arc in [(m, values[2]) for m, values in LEGACY.items()] + [("acme/never-measured", 41.0)]:
        scores.append(f"{model},{arc + float(rng.normal(0, 0.5)):.9g},{arc * 1.4:.9g},{arc * 0.8:.9g}")
    (legacy / "score.csv").write_text("\n".join(scores) + "\n")
