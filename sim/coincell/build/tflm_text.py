"""What `tflm` writes, with @words@ to be filled in."""

HEADER = """\
// Generated from @model@ by coincell. Do not edit.
#ifndef MODEL_DATA_H_
#define MODEL_DATA_H_

extern const unsigned char g_model_data[];
extern const unsigned int g_model_data_size;

#endif  // MODEL_DATA_H_
"""

DATA = """\
// Generated from @model@ by coincell. Do not edit.
#include "model_data.h"

// A flatbuffer is read in place, so it is aligned as its tensors want to be.
alignas(16) const unsigned char g_model_data[] = {
@bytes@};
const unsigned int g_model_data_size = sizeof(g_model_data);
"""

MAIN = """\
// Written by coincell for @model@: runs it once on zeros and prints what it answers.
#include <cstdint>
#include <cstring>

#include "model_data.h"
#include "tensorflow/lite/core/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_log.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/micro/system_setup.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace {

// The operators that the model has, and no more: each costs flash.
using Resolver = tflite::MicroMutableOpResolver<@count@>;

TfLiteStatus RegisterOps(Resolver& resolver) {
@adders@
  return kTfLiteOk;
}

// An estimate for a 32-bit core with the reference kernels; the program prints what it really took.
// Optimised kernels (CMSIS-NN) want some more.
constexpr size_t kArenaSize = @arena@;
alignas(16) uint8_t g_arena[kArenaSize];

void Print(const TfLiteTensor* tensor) {
  if (tensor->type == kTfLiteFloat32) {
    for (size_t i = 0; i < tensor->bytes / sizeof(float); i++) {
      MicroPrintf("%f", static_cast<double>(tensor->data.f[i]));
    }
  } else {
    for (size_t i = 0; i < tensor->bytes; i++) {
      MicroPrintf("%d", static_cast<int>(tensor->data.int8[i]));
    }
  }
}

TfLiteStatus Run() {
  const tflite::Model* model = tflite::GetModel(g_model_data);
  if (model->version() != TFLITE_SCHEMA_VERSION) {
    MicroPrintf("the model has schema %d, not %d", static_cast<int>(model->version()),
                TFLITE_SCHEMA_VERSION);
    return kTfLiteError;
  }
  static Resolver resolver;
  TF_LITE_ENSURE_STATUS(RegisterOps(resolver));
  static tflite::MicroInterpreter interpreter(model, resolver, g_arena, kArenaSize);
  TF_LITE_ENSURE_STATUS(interpreter.AllocateTensors());
  MicroPrintf("arena %d of %d bytes", static_cast<int>(interpreter.arena_used_bytes()),
              static_cast<int>(kArenaSize));
  // Here come samples: an int8 input is round(value / params.scale) + params.zero_point.
  for (size_t i = 0; i < interpreter.inputs_size(); i++) {
    memset(interpreter.input(i)->data.raw, 0, interpreter.input(i)->bytes);
  }
  TF_LITE_ENSURE_STATUS(interpreter.Invoke());
  for (size_t i = 0; i < interpreter.outputs_size(); i++) {
    Print(interpreter.output(i));
  }
  return kTfLiteOk;
}

}  // namespace

int main() {
  tflite::InitializeTarget();
  return Run() == kTfLiteOk ? 0 : 1;
}
"""

CMAKE = """\
# cmake -B build -DTFLM_TREE=/path/to/tree && cmake --build build; README.md tells how the tree is made.
cmake_minimum_required(VERSION 3.16)
project(model LANGUAGES C CXX)

set(TFLM_TREE "" CACHE PATH "A tree written by tflite-micro's create_tflm_tree.py")
if(NOT EXISTS "${TFLM_TREE}/tensorflow/lite/micro/micro_interpreter.h")
  message(FATAL_ERROR "TFLM_TREE names no tree of TensorFlow Lite Micro: '${TFLM_TREE}'")
endif()

set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_C_STANDARD 11)

file(GLOB_RECURSE TFLM_SOURCES
  "${TFLM_TREE}/tensorflow/*.cc" "${TFLM_TREE}/tensorflow/*.c"
  "${TFLM_TREE}/signal/*.cc" "${TFLM_TREE}/signal/*.c")
add_library(tflm STATIC ${TFLM_SOURCES})
target_include_directories(tflm SYSTEM PUBLIC
  "${TFLM_TREE}"
  "${TFLM_TREE}/third_party/flatbuffers/include"
  "${TFLM_TREE}/third_party/gemmlowp"
  "${TFLM_TREE}/third_party/kissfft"
  "${TFLM_TREE}/third_party/kissfft/tools"
  "${TFLM_TREE}/third_party/ruy")
target_compile_definitions(tflm PUBLIC TF_LITE_STATIC_MEMORY)
target_compile_options(tflm PUBLIC
  -ffunction-sections -fdata-sections
  $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti -fno-exceptions -fno-threadsafe-statics>)

add_executable(model main.cc model_data.cc)
target_link_libraries(model PRIVATE tflm)
"""

README = """\
# @model@ on TensorFlow Lite Micro

`main.cc` runs the model once on zeros and prints its answer and how much of the arena it took. The model is
in `model_data.cc`. Registered are the operators that it has, and no more:

@operators@

1. In a checkout of <https://github.com/tensorflow/tflite-micro>, write the sources needed to a folder:

       python3 tensorflow/lite/micro/tools/project_generation/create_tflm_tree.py /tmp/tflm-tree

2. On this machine:

       cmake -B build -DTFLM_TREE=/tmp/tflm-tree && cmake --build build && build/model

   For a board: a CMake toolchain file for its compiler, and the board's own start-up code, linker script,
   `debug_log.cc` and `micro_time.cc` in place of the tree's: see TFLM's docs/new_platform_support.md.
   Or leave CMake and link the library of TFLM's own Makefile, as its cortex_m_generic/README.md says:

       make -f tensorflow/lite/micro/tools/make/Makefile \\
           TARGET=cortex_m_generic TARGET_ARCH=cortex-m4+fp microlite

   `OPTIMIZED_KERNEL_DIR=cmsis_nn` makes it take the CMSIS-NN kernels.
3. Set `kArenaSize` to what the program prints on the board, and a little more. @arena@ bytes are an estimate:
   @activations@ bytes of activations, which follow from the model, and what TFLM keeps beside them.
4. The finished ELF runs on coincell as it is: `coincell exec build/model --board BOARD`, or in a scenario
   `firmware = { path = "model.elf" }`.
"""
