"""Zeus traces → energy_run."""

import polars as pl

# Targets of these are accuracies; SQuAD's is F1 in percent, LibriSpeech's a word error rate in percent, MovieLens' a ranking gain.
_ACCURACY = ["cifar100", "imagenet", "sentiment140"]


def power(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps an epoch of each configuration: energy is its time times its mean power."""
    return raw.select(
        "source_row",
        run_id=pl.format("{}/{}", "device", "source_row"),
        task="dataset",
        model="network",
        device=pl.col("device").str.to_uppercase(),
        devices=pl.lit(1, pl.Int64),
        batch_size="batch_size",
        power_limit_w="power_limit",
        optimizer="optimizer",
        epochs=pl.lit(1.0),
        duration_s="time_per_epoch",
        mean_power_w="average_power",
        energy_j=pl.col("time_per_epoch") * pl.col("average_power"),
        gpu_energy_j=pl.col("time_per_epoch") * pl.col("average_power"),
        boundary=pl.lit("gpu"),
    )


def train(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps epochs to a target; these runs carry no power, and are none where the target was never reached."""
    is_accuracy = pl.col("dataset").is_in(_ACCURACY)
    return raw.select(
        "source_row",
        run_id=pl.format("train/{}", "source_row"),
        task="dataset",
        model="network",
        variant=pl.format("target {}, learning rate {}, run {}", "target_metric", "learning_rate", "run"),
        batch_size="batch_size",
        optimizer="optimizer",
        epochs=pl.col("target_epoch").cast(pl.Float64),
        accuracy_ratio=pl.when(is_accuracy).then("target_metric"),
        boundary=pl.lit("gpu"),
    )
