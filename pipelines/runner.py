"""Perform one step: skip it where its receipt holds, else run it, measure it, and write the receipt."""

from __future__ import annotations

import resource
import time
from pathlib import Path

from pipelines.night import Night, Outcome, Progress, Receipt, Step, silent
from schemas.errors import coded


def perform(night: Night, step: Step, progress: Progress = silent) -> Receipt:
    """Run one step of the night and return its receipt; a step already done is not done again.

    Only coded errors come out (`schemas.errors.coded`): no value of an extract, no `__context__`.
    """
    return coded(_perform, night, step, progress)


def _perform(night: Night, step: Step, progress: Progress) -> Receipt:
    done = Receipt.load(night, step.name)
    if done is not None:
        progress(1, 1)
        return done
    reset_peak()
    started = time.monotonic()
    outcome = _with_retries(night, step, progress)
    peak = outcome.figures.pop("peak_memory_mb", 0.0)  # a child process measures itself
    receipt = Receipt(step.name, outcome, round(time.monotonic() - started, 3), round(max(peak, peak_memory_mb()), 1))
    if step.keeps_receipt:
        receipt.save(night)
    progress(1, 1)
    return receipt


def _with_retries(night: Night, step: Step, progress: Progress) -> Outcome:
    for attempt in range(step.retries):
        try:
            return step.work(night, progress)
        except OSError:  # a share that is away for a moment; anything else is not cured by trying again
            time.sleep(2**attempt)
    return step.work(night, progress)


def peak_memory_mb() -> float:
    """Most memory this process has held since `reset_peak`, in MB (since its start where Linux does not say)."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def reset_peak() -> None:
    """Forget the peak of this process so far, where Linux can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return
