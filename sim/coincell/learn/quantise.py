"""Full-int8 quantisation by way of TFLite, and running the result."""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.errors import InputError
from coincell.learn.tensorflow import tensorflow

Int8 = NDArray[np.int8]


def to_int8(model: Any, examples: NDArray[np.float32]) -> bytes:
    """`model` as a TFLite file whose weights, activations, input and output are int8.

    `examples` are inputs from which the ranges of activations are learned, shape (n, *input).
    """
    tf = tensorflow()
    # A fixed batch of one: nothing about shapes is left to compute on the device.
    single = tf.keras.models.clone_model(
        model, input_tensors=tf.keras.Input(batch_shape=(1, *model.input_shape[1:]))
    )
    single.set_weights(model.get_weights())
    converter = tf.lite.TFLiteConverter.from_keras_model(single)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([row[np.newaxis]] for row in examples)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the converter is talkative
        return bytes(converter.convert())


def input_quantisation(model: bytes) -> tuple[float, int]:
    """Scale and zero point of the input."""
    scale, zero = _interpreter(model).get_input_details()[0]["quantization"]
    return float(scale), int(zero)


def run(model: bytes, inputs: Int8, reference: bool = False) -> Int8:
    """Outputs for `inputs`, shape (n, *input) to (n, *output).

    With `reference`, by TFLite's reference kernels: those that the firmware matches bit for bit. The
    others are faster and may differ in the last bit.
    """
    interpreter = _interpreter(model, reference)
    entry, exit_ = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    if entry["dtype"] is not np.int8 or exit_["dtype"] is not np.int8:
        raise InputError("this model's input and output are not int8", mend="quantise it fully")
    out = np.zeros((len(inputs), *exit_["shape"][1:]), np.int8)
    for row, piece in enumerate(inputs):
        interpreter.set_tensor(entry["index"], piece.reshape(entry["shape"]))
        interpreter.invoke()
        out[row] = interpreter.get_tensor(exit_["index"])[0]
    return out


def operators(model: bytes) -> list[str]:
    """The operators that the model runs, in order."""
    details = _interpreter(model)._get_ops_details()
    return [str(op["op_name"]) for op in details if op["op_name"] != "DELEGATE"]


def _interpreter(model: bytes, reference: bool = True) -> Any:
    tf = tensorflow()
    kind = tf.lite.experimental.OpResolverType
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it will move to
        interpreter = tf.lite.Interpreter(
            model_content=model,
            experimental_op_resolver_type=kind.BUILTIN_REF if reference else kind.AUTO,
        )
    interpreter.allocate_tensors()
    return interpreter
