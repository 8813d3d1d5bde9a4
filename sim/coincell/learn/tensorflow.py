"""TensorFlow, when somebody needs it: it is a large optional package and slow to import."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any

from coincell.errors import MissingToolError

_IS_SMALL = platform.machine() in ("x86_64", "AMD64") and sys.platform != "darwin"
PACKAGE = "tensorflow-cpu" if _IS_SMALL else "tensorflow"
"""The one that the extra [train] brings on this machine."""
TO_GET = f"pip install {PACKAGE}, as the extra [train] of coincell does"


def tensorflow() -> Any:
    """The `tensorflow` module. Raises MissingToolError when it is not installed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import tensorflow as tf
    except ImportError as error:
        raise MissingToolError(
            f"training needs TensorFlow, which is not installed here.\n  to get it: {TO_GET}"
        ) from error
    return tf
