"""`coincell convert --export tflm`: what is written, and that it compiles against the names that it uses."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
from test_cli_convert import MODEL, run

from coincell.build.tflite import OPERATORS as KNOWN
from coincell.build.tflite import read_tflite
from coincell.build.tflm import OPERATORS, export_tflm
from coincell.errors import InputError

STAND_IN = """
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
extern "C" {
typedef enum TfLiteStatus { kTfLiteOk = 0, kTfLiteError = 1 } TfLiteStatus;
typedef enum { kTfLiteNoType = 0, kTfLiteFloat32 = 1, kTfLiteInt8 = 9 } TfLiteType;
typedef union TfLitePtrUnion { float* f; char* raw; int8_t* int8; } TfLitePtrUnion;
typedef struct TfLiteTensor { TfLiteType type; TfLitePtrUnion data; size_t bytes; } TfLiteTensor;
}
#define TF_LITE_ENSURE_STATUS(a) do { const TfLiteStatus s = (a); if (s != kTfLiteOk) return s; } while (0)
#define TFLITE_SCHEMA_VERSION (3)
template <typename... Args> void MicroPrintf(const char* format, Args... args) {
  std::printf(format, args...);
  std::printf("\\n");
}
namespace tflite {
inline void InitializeTarget() {}
struct Model { uint32_t version() const { return 3; } };
inline const Model* GetModel(const void* buffer) { return static_cast<const Model*>(buffer); }
struct MicroOpResolver {};
template <unsigned int count> struct MicroMutableOpResolver : MicroOpResolver {
  unsigned int added = 0;
  TfLiteStatus Add() { return ++added <= count ? kTfLiteOk : kTfLiteError; }
  ADDERS
};
struct MicroInterpreter {
  int8_t bytes[4] = {1, 2, 3, 4};
  TfLiteTensor tensor{kTfLiteInt8, {}, 4};
  size_t arena;
  MicroInterpreter(const Model*, const MicroOpResolver&, uint8_t*, size_t size) : arena(size) {
    tensor.data.int8 = bytes;
  }
  TfLiteStatus AllocateTensors() { return kTfLiteOk; }
  TfLiteStatus Invoke() { bytes[2] = 42; return kTfLiteOk; }
  TfLiteTensor* input(size_t) { return &tensor; }
  TfLiteTensor* output(size_t) { return &tensor; }
  size_t inputs_size() const { return 1; }
  size_t outputs_size() const { return 1; }
  size_t arena_used_bytes() const { return arena / 2; }
};
}
"""
"""Names, types and signatures of tflite-micro's headers as `main.cc` uses them, and no more of them."""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tflm")
    done = run(str(MODEL), "--export", "tflm", "--out", "project", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "project"


def test_exactly_the_operators_of_the_model_are_registered(project):
    main = (project / "main.cc").read_text()
    adders = re.findall(r"resolver\.Add(\w+)\(\)", main)
    kinds = {operator.kind for operator in read_tflite(MODEL).operators}
    assert {name.upper() for name in adders} == {kind.replace("_", "") for kind in kinds}
    assert f"MicroMutableOpResolver<{len(kinds)}>" in main
    assert len(adders) == len(kinds)


def test_the_array_is_the_file(project):
    text = (project / "model_data.cc").read_text()
    assert bytes(int(byte, 16) for byte in re.findall(r"0x([0-9a-f]{2})", text)) == MODEL.read_bytes()
    assert "alignas(16)" in text


def test_the_arena_holds_every_tensor_alive_at_once(project):
    graph = read_tflite(MODEL)
    needed = max(
        sum(graph.tensors[t].n_elements for t in {*one.inputs, *one.outputs} if graph.tensors[t].data is None)
        for one in graph.operators
        if one.kind != "RESHAPE"
    )
    size = int(re.search(r"kArenaSize = (\d+)", (project / "main.cc").read_text())[1])
    assert needed < size < needed + 20_000
    assert f"{size} bytes are an estimate" in (project / "README.md").read_text()


def test_it_compiles_and_runs_against_what_it_names(project, tmp_path):
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    main = (project / "main.cc").read_text()
    adders = "".join(
        f"TfLiteStatus {name}() {{ return Add(); }}\n" for name in re.findall(r"resolver\.(Add\w+)", main)
    )
    (tmp_path / "stand_in.h").write_text(STAND_IN.replace("ADDERS", adders))
    for header in re.findall(r'#include "(tensorflow/.*)"', main):
        (tmp_path / header).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / header).write_text('#include "stand_in.h"\n')
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-fno-rtti", "-fno-exceptions"]
    flags += ["-fno-threadsafe-statics", "-fno-sanitize=all", f"-I{tmp_path}"]
    zig, objects = [sys.executable, "-m", "ziglang"], []
    for name in ("main", "model_data"):
        objects.append(str(tmp_path / f"{name}.o"))
        subprocess.run([*zig, "c++", *flags, "-c", project / f"{name}.cc", "-o", objects[-1]], check=True)
    # Linked as C: TFLM needs nothing of the C++ library, which zig would have to build first.
    subprocess.run([*zig, "cc", *objects, "-o", tmp_path / "model"], check=True)
    done = subprocess.run([tmp_path / "model"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"arena \d+ of \d+ bytes\n0\n0\n42\n0\n", done.stdout)


def test_names_are_known():
    assert set(OPERATORS) < set(KNOWN.values())


def test_an_operator_that_tflm_has_not(tmp_path):
    pytest.importorskip("tensorflow")
    import kernel_models as km

    model = km.ModelBuilder()
    source, result = model.tensor((1, 8), 0.1), model.tensor((1, 8), 0.1)
    model.operator(20, [source], [result])
    (tmp_path / "m.tflite").write_bytes(model.bytes([source], [result]))
    with pytest.raises(InputError, match="Micro has no operator RELU_N1_TO_1"):
        export_tflm(tmp_path / "m.tflite", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_float_model_is_exported_too(tmp_path):
    pytest.importorskip("tensorflow")
    import kernel_models as km

    whole, _ = km.bordered(np.random.default_rng(1), km.FLOAT32)
    (tmp_path / "m.tflite").write_bytes(whole)
    project = export_tflm(tmp_path / "m.tflite", tmp_path / "out")
    assert {"AddQuantize", "AddDequantize"} < set(project.adders)


def test_a_folder_is_needed_and_no_board(tmp_path):
    done = run(str(MODEL), "--export", "tflm", cwd=tmp_path)
    assert done.returncode == 2
    assert "add --out FOLDER" in done.stderr
    done = run(str(MODEL), "--export", "tflm", "--out", "x", "--board", "nano33ble_sense", cwd=tmp_path)
    assert done.returncode == 2
    assert "leave --board out" in done.stderr
