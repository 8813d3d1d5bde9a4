"""How fast guest code runs here, beside other emulators on the same image: what `coincell bench` does."""

from coincell.engines.bench.program import MEMORIES, PER_ROUND, Program, choose
from coincell.engines.bench.result import BenchResult, Measurement
from coincell.engines.bench.suite import run_bench

__all__ = ["MEMORIES", "PER_ROUND", "BenchResult", "Measurement", "Program", "choose", "run_bench"]
