"""Writes the synthetic GenAI sample: requests in local time, metric files whose columns come in different orders."""

import datetime as dt
from pathlib import Path

import numpy as np

ROWS = 220
_REQUEST = (
    "gmt_create,predict_type,predict_status,exec_time_seconds,groupId,prompt_length,negative_prompt_length,"
    "num_images_per_prompt,num_inference_steps,checkpoint_model_version_id,num_lora"
)


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(2026)
    first, lines = dt.datetime(2000, 1, 3, 8), [_REQUEST]
    for second in np.cumsum(rng.gamma(0.1, 400, ROWS)):
        at = first + dt.timedelta(seconds=int(second))
        status = str(rng.choice(["SUCCEED", "FAILED", "PENDING", "PROCESSING"], p=[0.95, 0.03, 0.01, 0.01]))
        took = f"{np.ceil(rng.lognormal(3.1, 0.5))}" if status == "SUCCEED" else ""
        negative = "" if rng.random() < 0.3 else f"{rng.integers(5, 60)}.0"
        lines.append(
            f"{at},TXT_2_IMG,{status},{took},G{int(rng.integers(9)):04d},{rng.integers(10, 200)}.0,{negative},"
            f"{rng.integers(1, 5)}.0,30.0,M{int(rng.integers(5)):04d},{int(rng.integers(3))}"
        )
    (folder / "lora_request_trace.csv").write_text("\n".join(lines) + "\n")
    duty, waits, sizes = ["value,timestamp_anon,container_ip"], ["value,container_ip,timestamp_anon"], ["value,container_ip,timestamp_anon"]
    for minute in range(60):
        stamp = 1_600_000_000 + 60 * minute
        duty += [f"{0.0 if rng.random() < 0.6 else round(float(rng.uniform(1, 100)), 1)},{stamp}.0,pod{pod:02d}" for pod in range(4)]
        waits.append(f"{round(float(rng.lognormal(5.3, 0.6)))}.0,pod{int(rng.integers(4)):02d},{stamp + 7}.0")
        sizes.append(f"{rng.integers(0, 3)}.0,,{stamp}.0")
    (folder / "pod_gpu_duty_cycle_anon.csv").write_text("\n".join(duty) + "\n")
    (folder / "queue_rt_raw_anon.csv").write_text("\n".join(waits) + "\n")
    (folder / "queue_size_raw_anon.csv").write_text("\n".join(sizes) + "\n")
