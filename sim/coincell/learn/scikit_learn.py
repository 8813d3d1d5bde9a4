"""scikit-learn, when somebody needs it: an optional package."""

from __future__ import annotations

from typing import Any

from coincell.errors import MissingToolError


def scikit_learn() -> Any:
    """The `sklearn` module. Raises MissingToolError when it is not installed."""
    try:
        import sklearn
    except ImportError as error:
        raise MissingToolError(
            "training this kind of model needs scikit-learn, which is not installed here.\n"
            "  to get it: pip install scikit-learn, as the extra [train] of coincell does"
        ) from error
    return sklearn
