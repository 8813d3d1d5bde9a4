"""docs/other_frameworks.md, run: a PyTorch model on the way to firmware. `pytest -m torch` where the page's
packages are installed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PAGE = Path(__file__).parents[2] / "docs/other_frameworks.md"


def test_the_page_has_one_program():
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    compile(program, str(PAGE), "exec")


@pytest.mark.torch
def test_a_pytorch_model_becomes_firmware(tmp_path):
    """The page's program makes a model that answers, in our C, as LiteRT's reference kernels do."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    from coincell.build.convert import convert
    from coincell.build.export import export

    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    model = convert(tmp_path / "model.tflite")
    assert model.input_shape == (1, 16, 10, 1)
    assert len(model.layers) == 7
    reference = Interpreter(
        str(tmp_path / "model.tflite"), experimental_op_resolver_type=OpResolverType.BUILTIN_REF
    )
    reference.allocate_tensors()
    source, result = reference.get_input_details()[0], reference.get_output_details()[0]
    rows = np.random.default_rng(2).integers(-128, 128, (20, *model.input_shape), dtype=np.int8)
    expected = []
    for row in rows:
        reference.set_tensor(source["index"], row)
        reference.invoke()
        expected.append(reference.get_tensor(result["index"]).ravel().copy())
    assert len(np.unique(expected)) > 10
    export(model, tmp_path / "c")
    (tmp_path / "c/main.c").write_text(
        '#include <stdio.h>\n#include "nn.h"\nint main(void)\n{\n'
        "    while (fread(nn_input, NN_INPUT_SIZE, 1, stdin) == 1) {\n"
        "        nn_invoke();\n        fwrite(nn_output, NN_OUTPUT_SIZE, 1, stdout);\n    }\n"
        "    return 0;\n}\n"
    )
    sources = sorted(str(path) for path in (tmp_path / "c").glob("*.c"))
    flags = ["-O1", "-fno-sanitize=all", "-fno-pie", "-no-pie"]
    command = [sys.executable, "-m", "ziglang", "cc", *flags, *sources, "-o", str(tmp_path / "answer")]
    subprocess.run(command, check=True)
    done = subprocess.run([tmp_path / "answer"], input=rows.tobytes(), capture_output=True, check=True)
    answers = np.frombuffer(done.stdout, np.int8).reshape(len(rows), -1)
    np.testing.assert_array_equal(answers, expected)
