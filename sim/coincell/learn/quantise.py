"""Keras models as TFLite files, float or fully int8, and running these."""

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
    converter = _converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([row[np.newaxis]] for row in examples)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return _converted(converter)


def to_float(model: Any) -> bytes:
    """`model` as a TFLite file in float32, its normalisations folded into weights as `to_int8` does."""
    return _converted(_converter(model))


def full_range(x: Int8, seed: int, n: int) -> Int8:
    """At most `n` of the examples `x`, to learn ranges from; the first has -128 and 127.

    These stand where its least and greatest value were, so that they say little more than the input's range:
    a scale of 1/32 and a zero point of 0 where the float input is the feature / 32.
    """
    chosen = np.random.default_rng(seed).choice(len(x), min(n, len(x)), replace=False)
    examples = x[np.sort(chosen)].copy()
    first = examples[0].reshape(-1)
    first[first.argmin()], first[first.argmax()] = -128, 127
    examples[0] = first.reshape(examples[0].shape)
    return examples


def _converter(model: Any) -> Any:
    tf = tensorflow()
    # A fixed batch of one: nothing about shapes is left to compute on the device.
    single = tf.keras.models.clone_model(
        model, input_tensors=tf.keras.Input(batch_shape=(1, *model.input_shape[1:]))
    )
    single.set_weights(model.get_weights())
    return tf.lite.TFLiteConverter.from_keras_model(single)


def _converted(converter: Any) -> bytes:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the converter is talkative
        return bytes(converter.convert())


def input_quantisation(model: bytes) -> tuple[float, int]:
    """Scale and zero point of the input."""
    scale, zero = interpreter_of(model).get_input_details()[0]["quantization"]
    return float(scale), int(zero)


def run(model: bytes, inputs: Int8, reference: bool = False) -> Int8:
    """Outputs for `inputs`, shape (n, *input) to (n, *output).

    With `reference`, by TFLite's reference kernels: those that the firmware matches bit for bit. The
    others are faster and may differ in the last bit.
    """
    interpreter = interpreter_of(model, reference)
    entry, exit_ = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    if entry["dtype"] is not np.int8 or exit_["dtype"] is not np.int8:
        raise InputError("this model's input and output are not int8", mend="quantise it fully")
    out = np.zeros((len(inputs), *exit_["shape"][1:]), np.int8)
    for row, piece in enumerate(inputs):
        interpreter.set_tensor(entry["index"], piece.reshape(entry["shape"]))
        interpreter.invoke()
        out[row] = interpreter.get_tensor(exit_["index"])[0]
    return out


def interpreter_of(model: bytes, reference: bool = True, keep_all: bool = False) -> Any:
    """TFLite's interpreter with `model`, ready; with `keep_all` every tensor can be read afterwards."""
    tf = tensorflow()
    kind = tf.lite.experimental.OpResolverType
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it will move to
        interpreter = tf.lite.Interpreter(
            model_content=model,
            experimental_op_resolver_type=kind.BUILTIN_REF if reference else kind.AUTO,
            experimental_preserve_all_tensors=keep_all,
        )
    interpreter.allocate_tensors()
    return interpreter
