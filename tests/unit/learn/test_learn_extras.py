"""What the extra [train] brings is imported when it is needed, and its absence is one clear error."""

import subprocess
import sys

import pytest

from coincell.errors import MissingToolError
from coincell.learn.train import train


def test_importing_takes_neither_tensorflow_nor_scikit_learn():
    code = (
        "import sys, coincell.facade, coincell.learn.train, coincell.learn.wake_word.evaluate_detector;"
        "assert not {'tensorflow', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("app", "module"), [("wake_word", "tensorflow"), ("seat", "sklearn")])
def test_without_them_the_message_says_how_to_get_them(monkeypatch, tmp_path, app, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingToolError, match=r"pip install .*\[train\]"):
        train(app, out_dir=tmp_path / "out")
    assert not (tmp_path / "out").exists()
