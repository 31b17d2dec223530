"""Writes the synthetic Zeus sample: two GPUs, batch sizes under power limits, targets reached and never reached."""

from pathlib import Path

import numpy as np

LIMITS = {"v100": (100, 150, 200, 250), "p100": (125, 175, 250)}


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20230417)
    for device, limits in LIMITS.items():
        lines = ["dataset,network,batch_size,optimizer,power_limit,time_per_epoch,average_power"]
        for dataset, network, base in (
            ("cifar100", "shufflenetv2", 14.0),
            ("imagenet", "resnet50", 3200.0),
        ):
            for batch in (64, 128, 256):
                for limit in limits:
                    # A lower limit saves energy until it stretches the time.
                    seconds = base * (128 / batch) ** 0.3 * (1 + (75 / limit) ** 3) * float(rng.uniform(0.99, 1.01))
                    watts = min(limit * 0.92, 170 + batch / 16) * float(rng.uniform(0.98, 1.0))
                    lines.append(f"{dataset},{network},{batch},adadelta,{limit},{seconds:.6f},{watts:.6f}")
        (folder / f"summary_power_{device}.csv").write_text("\n".join(lines) + "\n")
    lines = ["dataset,network,batch_size,optimizer,learning_rate,run,target_metric,target_epoch"]
    for batch in (64, 256):
        for run in (1, 2):
            for target in (0.3, 0.5, 0.65):
                epoch = round(20 * target * (batch / 64) ** 0.5) + int(rng.integers(1, 5))
                reached = epoch if target < 0.6 or batch < 256 else "nan"
                lines.append(f"cifar100,shufflenetv2,{batch},adadelta,1e-1,{run},{target},{reached}")
    lines += [f"librispeech,deepspeech2,32,adamw,1e-4,1,{target}.0,{epoch}" for target, epoch in ((60, 4), (40, 15))]
    lines += ["squad,bert_base_uncased,8,adamw,2e-6,1,84.0,2"]
    (folder / "summary_train.csv").write_text("\n".join(lines) + "\n")
