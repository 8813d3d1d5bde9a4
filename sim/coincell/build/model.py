"""Any model as C: a network, or what a .json file describes."""

from __future__ import annotations

from pathlib import Path

from coincell.build import cmsis_nn
from coincell.build.cmsis_nn import CmsisNn
from coincell.build.convert import ConvertedModel, convert
from coincell.build.estimator.code import EstimatorCode, convert_estimator
from coincell.errors import InputError

Model = ConvertedModel | EstimatorCode


def model_code(path: Path, keep_input: bool = False, kernels: CmsisNn | None = None) -> Model:
    """The model at `path` as C. Raises InputError, also for `kernels` where there are no layers."""
    if path.suffix != ".json":
        return convert(path, keep_input, kernels)
    if kernels is not None:
        raise InputError(
            "kernels are for the layers of a .tflite network; this model has none",
            where=str(path),
            key="--kernels",
            value=cmsis_nn.NAME,
            mend="leave --kernels out",
        )
    return convert_estimator(path)
