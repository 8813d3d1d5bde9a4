"""LLVM text to object code, for this host."""

from __future__ import annotations

from functools import cache
from typing import Any

import llvmlite
import llvmlite.binding as llvm

QUICK, THOROUGH = 0, 2
"""Levels: code that is soon there, and code that runs fast."""


class Compiler:
    """Needs nothing of the guest: it may run in another process."""

    def __init__(self) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self.cpu = llvm.get_host_cpu_name()
        self.features = llvm.get_host_cpu_features().flatten()
        self._machines: dict[int, Any] = {}

    @property
    def identity(self) -> str:
        """Everything about this compiler and host that compiled code depends on."""
        version = ".".join(str(n) for n in llvm.llvm_version_info)
        return f"{llvmlite.__version__} {version} {self.cpu} {self.features}"

    def machine(self, level: int) -> Any:
        """LLVM's target machine that emits code with so much care."""
        if level not in self._machines:
            target = llvm.Target.from_default_triple()
            self._machines[level] = target.create_target_machine(
                cpu=self.cpu, features=self.features, opt=level, reloc="pic", codemodel="small"
            )
        return self._machines[level]

    def compile(self, text: str, level: int) -> bytes:
        """Module text to an object file. Raises RuntimeError for text that is no module."""
        machine = self.machine(level)
        module = llvm.parse_assembly(text)
        module.verify()  # costs little; without it, LLVM makes anything of a value used where it is not known
        if level:
            options = llvm.create_pipeline_tuning_options(speed_level=level)
            options.loop_vectorization = options.slp_vectorization = False
            options.loop_unrolling = False
            with llvm.create_pass_builder(machine, options) as builder:
                builder.getModulePassManager().run(module, builder)
        return machine.emit_object(module)  # type: ignore[no-any-return]


@cache
def compiler() -> Compiler:
    """The process's compiler, made on first use."""
    return Compiler()
