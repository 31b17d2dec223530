"""Writes the synthetic MELT sample: three frameworks, quantisations, the word None."""

from pathlib import Path

import numpy as np


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    rng = np.random.default_rng(20240312)
    lines = ["framework,model,dataset,quantization,accuracy,std_err"]
    for model, score in (("Small-1b", 0.45), ("Large-7b", 0.7)):
        lines.append(f"paper,{model},arc_easy,None,{score:.4f},None")
        for framework, quantization, loss in (("llamacpp", "None", 0.0), ("llamacpp", "q4_0", 0.02), ("pytorch", "AWQ", 0.01)):
            for dataset in ("arc_easy", "winogrande"):
                error = "None" if dataset == "winogrande" and quantization == "AWQ" else f"{rng.uniform(0.008, 0.02):.4f}"
                blank = " " if framework == "pytorch" else ""
                accuracy = f"{score - loss + rng.normal(0, 0.005):.4f}{blank}"
                lines.append(f"{framework},{model},{dataset},{quantization},{accuracy},{error}")
    (folder / "results.csv").write_text("\n".join(lines) + "\n")
