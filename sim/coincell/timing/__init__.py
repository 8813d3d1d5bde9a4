"""What each instruction costs: the pipeline of the core, and the memory system of the chip."""

from coincell.timing.memory_system import MemoryTiming
from coincell.timing.pipeline import Issue, Pipeline, pipeline

__all__ = ["Issue", "MemoryTiming", "Pipeline", "pipeline"]
