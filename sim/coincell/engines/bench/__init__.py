"""How fast guest code runs here, beside other emulators on the same image: what `coincell bench` does."""

from coincell.engines.bench.measurement import Measurement, Start
from coincell.engines.bench.program import MEMORIES, PER_ROUND, Program, choose
from coincell.engines.bench.result import BenchResult
from coincell.engines.bench.suite import run_bench
from coincell.engines.bench.targets import Verdict

__all__ = [
    "MEMORIES",
    "PER_ROUND",
    "BenchResult",
    "Measurement",
    "Program",
    "Start",
    "Verdict",
    "choose",
    "run_bench",
]
