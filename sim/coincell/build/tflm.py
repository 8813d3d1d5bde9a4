"""A .tflite model as a project for TensorFlow Lite Micro: the model as an array, a main, a CMake file.

Written from tensorflow/tflite-micro at 90b983c2b, whose files are cited below. The project is C++17, as
tensorflow/lite/micro/docs/new_platform_support.md asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coincell.build.arena import Lifetime, plan_arena
from coincell.build.export import write
from coincell.build.tflite import Graph, read_tflite
from coincell.build.tflm_text import CMAKE, DATA, HEADER, MAIN, README
from coincell.errors import InputError

OPERATORS = (
    *("ABS", "ADD", "ARG_MAX", "AVERAGE_POOL_2D", "BATCH_MATMUL", "BATCH_TO_SPACE_ND", "BROADCAST_TO"),
    *("CAST", "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D", "DEPTH_TO_SPACE", "DEQUANTIZE", "DIV", "ELU"),
    *("EMBEDDING_LOOKUP", "EXP", "EXPAND_DIMS", "FLOOR", "FULLY_CONNECTED", "GATHER", "HARD_SWISH"),
    *("L2_NORMALIZATION", "LEAKY_RELU", "LOGISTIC", "LOG_SOFTMAX", "MAXIMUM", "MAX_POOL_2D", "MEAN"),
    *("MINIMUM", "MIRROR_PAD", "MUL", "NEG", "PACK", "PAD", "PADV2", "PRELU", "QUANTIZE", "REDUCE_MAX"),
    *("RELU", "RELU6", "RESHAPE", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "RSQRT", "SHAPE", "SLICE"),
    *("SOFTMAX", "SPACE_TO_BATCH_ND", "SPACE_TO_DEPTH", "SPLIT", "SPLIT_V", "SQRT", "SQUARED_DIFFERENCE"),
    *("SQUEEZE", "STRIDED_SLICE", "SUB", "SUM", "SVDF", "TANH", "TRANSPOSE", "TRANSPOSE_CONV"),
    *("UNIDIRECTIONAL_SEQUENCE_LSTM", "UNPACK"),
)
"""Those of `tflite.OPERATORS` that have an Add function in tensorflow/lite/micro/micro_mutable_op_resolver.h,
lines 123 to 729."""
_IRREGULAR = {
    "BATCH_MATMUL": "BatchMatMul",
    "PADV2": "PadV2",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTM",
}
_BYTES = {"float32": 4, "float16": 2, "int32": 4, "uint8": 1, "int64": 8, "bool": 1, "int16": 2, "int8": 1}
_ALIGNMENT = 16
"""[bytes] of each buffer: MicroArenaBufferAlignment, tensorflow/lite/micro/micro_arena_constants.h:26."""
_BASE, _PER_OPERATOR, _PER_TENSOR, _PER_CHANNEL = 2048, 192, 48, 8
"""[bytes] that TFLM keeps beside activations on a 32-bit core: estimates, on the large side. A channel has a
multiplier and a shift (OpDataConv, tensorflow/lite/micro/kernels/conv.h)."""


@dataclass(frozen=True)
class TflmProject:
    """What was written: the functions that register the model's operators, and the arena suggested [bytes],
    of which `activations` are the tensors'."""

    files: tuple[Path, ...]
    adders: tuple[str, ...]
    arena_bytes: int
    activations: int


def export_tflm(model: Path, folder: Path) -> TflmProject:
    """Write the project into `folder`. Raises InputError: no .tflite model, an operator that TFLM has not, a
    folder that cannot be written."""
    if model.suffix == ".json":
        raise InputError(
            "TensorFlow Lite Micro runs networks, .tflite files; a tree or the like needs no runtime",
            where=str(model),
            key="--export",
            value="tflm",
            mend="leave --export out: the C that `coincell convert` writes compiles anywhere by itself",
        )
    graph = read_tflite(model)
    adders = tuple(_adder(graph, kind) for kind in sorted({one.kind for one in graph.operators}))
    activations, arena = _arena(graph)
    words = {
        "model": model.name,
        "count": str(len(adders)),
        "adders": "\n".join(f"  TF_LITE_ENSURE_STATUS(resolver.{adder}());" for adder in adders),
        "arena": str(arena),
        "activations": f"{activations:,}",
        "operators": "\n".join(f"* {adder.removeprefix('Add')}" for adder in adders),
    }
    files = {name: _filled(text, words) for name, text in _TEXTS.items()}
    files["model_data.cc"] = _filled(DATA, {**words, "bytes": _array(model.read_bytes())})
    return TflmProject(tuple(write(files, folder)), adders, arena, activations)


_TEXTS = {"main.cc": MAIN, "model_data.h": HEADER, "CMakeLists.txt": CMAKE, "README.md": README}


def _filled(text: str, words: dict[str, str]) -> bytes:
    """`text` with each @name@ replaced."""
    for name, value in words.items():
        text = text.replace(f"@{name}@", value)
    return text.encode()


def _adder(graph: Graph, kind: str) -> str:
    """The method of MicroMutableOpResolver that registers an operator."""
    if kind not in OPERATORS:
        raise InputError(
            f"TensorFlow Lite Micro has no operator {kind}",
            where=str(graph.path),
            value=kind,
            allowed=OPERATORS,
            mend="rebuild the model without it; a custom operator is registered by hand with AddCustom",
        )
    parts = (part.capitalize() if part[0].isalpha() else part for part in kind.split("_"))
    return "Add" + _IRREGULAR.get(kind, "".join(parts))


def _arena(graph: Graph) -> tuple[int, int]:
    """Bytes of activations, planned as buffers of 16-byte steps, and of an arena that should hold all."""
    spans: dict[int, list[int]] = {tensor: [0, 0] for tensor in graph.inputs}
    for step, operator in enumerate(graph.operators):
        for tensor in (*operator.inputs, *operator.outputs):
            if tensor >= 0 and graph.tensors[tensor].data is None:
                spans.setdefault(tensor, [step, step])[1] = step
    for tensor in graph.outputs:
        spans.setdefault(tensor, [0, 0])[1] = len(graph.operators)
    lives = {tensor: Lifetime(_steps(_size(graph, tensor)), *span) for tensor, span in spans.items()}
    activations = plan_arena(lives).size
    channels = sum(
        len(tensor.scales) for tensor in graph.tensors if tensor.data is not None and len(tensor.scales) > 1
    )
    kept = _BASE + _PER_OPERATOR * len(graph.operators) + _PER_TENSOR * len(graph.tensors)
    total = activations + kept + _PER_CHANNEL * channels
    return activations, -(-total // 1024) * 1024


def _size(graph: Graph, tensor: int) -> int:
    about = graph.tensors[tensor]
    return about.n_elements * _BYTES.get(about.dtype, 8)


def _steps(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _array(content: bytes) -> str:
    lines = (content[at : at + 16] for at in range(0, len(content), 16))
    return ",\n".join("    " + ", ".join(f"0x{byte:02x}" for byte in line) for line in lines)
