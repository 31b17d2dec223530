"""Writes the synthetic LLM-Perf sample: two precisions on one GPU, tokens per kWh, a run that failed."""

from pathlib import Path

import numpy as np

HEADER = (
    "config.name,config.backend.model,config.backend.name,config.backend.torch_dtype,config.backend.attn_implementation,"
    "config.scenario.input_shapes.batch_size,report.prefill.latency.p50,report.decode.latency.p50,report.per_token.latency.p50,"
    "report.decode.throughput.value,report.decode.efficiency.value,report.traceback"
)


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20240901)
    for quantisation, factor in (("unquantized", 1.0), ("awq", 0.6)):
        lines = [HEADER]
        for model, params in (("acme/small-1b", 1.1), ("acme/large-7b", 7.2)):
            for attention in ("eager", "sdpa"):
                itl = 0.004 * params**0.7 * (1.1 if attention == "eager" else 1.0)
                joules = 3.0 * params**0.8 * factor * float(rng.uniform(0.9, 1.1))
                figures = f"{itl * 9:.9f},{itl * 63:.9f},{itl:.9f},{1 / itl:.6f},{3.6e6 / joules:.3f}"
                dtype = "float16" if attention == "sdpa" else "float32"
                lines.append(f"{quantisation}-{attention},{model},pytorch,{dtype},{attention},1,{figures},")
        lines.append(f"{quantisation}-sdpa,acme/too-large-70b,pytorch,float16,sdpa,1,,,,,,out of memory")
        (folder / f"perf-df-{quantisation}-1xA10.csv").write_text("\n".join(lines) + "\n")
