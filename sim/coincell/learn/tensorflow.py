"""TensorFlow, when somebody needs it: it is a large optional package and slow to import."""

from __future__ import annotations

import os
from typing import Any

from coincell.errors import MissingToolError


def tensorflow() -> Any:
    """The `tensorflow` module. Raises MissingToolError when it is not installed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import tensorflow as tf
    except ImportError as error:
        raise MissingToolError(
            "training needs TensorFlow, which is not installed here.\n"
            "  to get it: pip install -e '.[train]' in the checkout   (or: pip install tensorflow)"
        ) from error
    return tf
