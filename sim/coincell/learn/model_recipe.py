"""`[model]` and `[compress]` of training.toml: what learns, and what is made smaller."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from coincell.describe.model import Described

Units = Annotated[int, Field(ge=1, le=1024)]
Size = Annotated[int, Field(ge=1, le=256)]
Both = Annotated[tuple[Size, ...], Field(min_length=2, max_length=2)]
Weights = Literal["balanced"] | Annotated[tuple[Annotated[float, Field(gt=0, le=1000)], ...], Field()]
Share = Annotated[float, Field(ge=0, lt=1)]
Epochs = Annotated[int, Field(ge=1, le=10_000)]

_KEYS_OF_LAYERS: dict[str, tuple[str, ...]] = {
    "conv": ("filters", "kernel", "stride"),
    "separable": ("filters", "kernel", "stride"),
    "dense": ("units",),
    "max_pool": ("kernel",),
    "average": (),
    "dropout": ("share",),
}
_NEEDED = {"conv": "filters", "separable": "filters", "dense": "units"}


class Layer(Described):
    """One layer. Convolutions are normalised; they and dense layers end in a ReLU.

    `separable` is a depthwise convolution and a pointwise one; `average` the mean over all positions.
    """

    kind: Literal["conv", "separable", "dense", "max_pool", "average", "dropout"]
    filters: Units | None = None
    kernel: Size | Both = 3
    """One number, or [time, band]."""
    stride: Size | Both = 1
    units: Units | None = None
    share: Share = 0.2
    """Of the inputs that a dropout hides while training."""

    @model_validator(mode="after")
    def _keys_of_its_kind(self) -> Layer:
        allowed = _KEYS_OF_LAYERS[self.kind]
        strange = sorted(self.model_fields_set - {"kind", *allowed})
        if strange:
            keys = ", ".join(allowed) or "no keys"
            raise ValueError(f"a layer {self.kind} has {keys}, but not {strange[0]}")
        needed = _NEEDED.get(self.kind)
        if needed and getattr(self, needed) is None:
            raise ValueError(f"a layer {self.kind} needs {needed}")
        return self


class _Model(Described):
    class_weights: Weights = "balanced"
    """What a mistake about each class costs; balanced: as if all were equally frequent."""


class NetworkRecipe(_Model):
    """A network of Keras, int8 on the chip. A dense layer with one output for each class is added."""

    kind: Literal["network"]
    input_shape: Annotated[tuple[Size, ...], Field(max_length=3)] = ()
    """How the features lie: [features], [time, channels] or [time, bands, channels]; default the first."""
    layers: tuple[Layer, ...]
    epochs: Epochs = 30
    batch: Annotated[int, Field(ge=1, le=4096)] = 32
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.003
    noise: Annotated[float, Field(ge=0, le=64)] = 0.0
    """Standard deviation of what is added to each feature while training."""


class TreeRecipe(_Model):
    """A decision tree of scikit-learn."""

    kind: Literal["tree"]
    max_depth: Annotated[int, Field(ge=1, le=64)] = 6
    min_samples_leaf: Annotated[int, Field(ge=1)] = 5


class ForestRecipe(TreeRecipe):
    """A random forest of scikit-learn."""

    kind: Literal["forest"]  # type: ignore[assignment]
    trees: Annotated[int, Field(ge=1, le=1000)] = 12


class LinearRecipe(_Model):
    """Logistic regression of scikit-learn."""

    kind: Literal["linear"]
    strength: Annotated[float, Field(gt=0)] = 1.0
    """scikit-learn's C: the larger, the less the weights are held back."""
    accumulator: Literal[32, 64] = 32
    """64: finer weights, at twice their size."""


class PerceptronRecipe(_Model):
    """A small network of scikit-learn: int8 weights, int16 activations, on any chip."""

    kind: Literal["mlp"]
    hidden: Annotated[tuple[Units, ...], Field(min_length=1, max_length=8)] = (16,)
    epochs: Epochs = 200
    alpha: Annotated[float, Field(ge=0)] = 1e-4


ModelRecipe = NetworkRecipe | TreeRecipe | ForestRecipe | LinearRecipe | PerceptronRecipe
KINDS: dict[str, type[ModelRecipe]] = {
    "network": NetworkRecipe,
    "tree": TreeRecipe,
    "forest": ForestRecipe,
    "linear": LinearRecipe,
    "mlp": PerceptronRecipe,
}


class Compression(Described):
    """`[compress]`: what is made smaller beyond int8."""

    prune_ratio: Share = 0.0
    """Of the weights of convolutions and dense layers, the smallest, that become 0."""
    fine_tune_epochs: Epochs = 10
    """Of training on with the others."""
