"""What int8 costs, layer by layer: each layer's output beside that of the float model."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log10, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.learn import quantise

_WITHOUT_NUMBERS = ("DELEGATE", "QUANTIZE", "DEQUANTIZE", "RESHAPE", "SQUEEZE", "EXPAND_DIMS")


@dataclass(frozen=True)
class LayerError:
    """`sqnr_db` is 10 log10 of the float outputs' energy over that of their difference from the int8 ones."""

    operator: str
    sqnr_db: float
    """inf without any difference, nan where the float outputs are all 0."""


def layer_errors(as_float: bytes, as_int8: bytes, inputs: NDArray[np.int8]) -> list[LayerError]:
    """Of one model's two TFLite forms, for features `inputs` of the shape (n, *input).

    Both run from the input on, so an error is what a layer adds and what came before it. int8 by TFLite's
    reference kernels, as on the chip.
    """
    pair = [quantise.interpreter_of(model, reference=True, keep_all=True) for model in (as_float, as_int8)]
    outputs = [_outputs(interpreter) for interpreter in pair]
    if [name for name, _ in outputs[0]] != [name for name, _ in outputs[1]]:
        raise RuntimeError(f"float and int8 model have other layers: {outputs}")
    scale, zero = quantise.input_quantisation(as_int8)
    energy, error = np.zeros((2, len(outputs[0])))
    for row in inputs[:, np.newaxis]:
        _run(pair[0], scale * (row.astype(np.float32) - zero))
        _run(pair[1], row)
        for layer, ((_, exact), (_, rough)) in enumerate(zip(*outputs, strict=True)):
            true = _values(pair[0], exact)
            energy[layer] += np.square(true).sum()
            error[layer] += np.square(true - _values(pair[1], rough)).sum()
    return [
        LayerError(name, _decibels(float(e), float(d)))
        for (name, _), e, d in zip(outputs[0], energy, error, strict=True)
    ]


def _outputs(interpreter: Any) -> list[tuple[str, int]]:
    """Name and output tensor of each operator that computes something."""
    details = interpreter._get_ops_details()
    return [
        (str(op["op_name"]), int(op["outputs"][0])) for op in details if op["op_name"] not in _WITHOUT_NUMBERS
    ]


def _run(interpreter: Any, values: NDArray[Any]) -> None:
    entry = interpreter.get_input_details()[0]
    interpreter.set_tensor(entry["index"], values.reshape(entry["shape"]).astype(entry["dtype"]))
    interpreter.invoke()


def _values(interpreter: Any, tensor: int) -> NDArray[np.float64]:
    """What a tensor's numbers stand for."""
    raw: NDArray[np.float64] = interpreter.get_tensor(tensor).astype(np.float64)
    scale, zero = interpreter._get_tensor_details(tensor, 0)["quantization"]
    return scale * (raw - zero) if scale else raw


def _decibels(energy: float, error: float) -> float:
    if energy == 0:
        return nan
    return inf if error == 0 else 10 * log10(energy / error)
