//===- PlausibleFigures.cpp - What a figure of a profile may be -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/PlausibleFigures.h"

#include "llvm/ADT/STLExtras.h"

#include <google/protobuf/descriptor.h>

namespace mlir::eke {

/// From the smallest microcontroller to the largest server, with some room at both ends.
static constexpr FigureLimits kLimits[] = {
    {"Target", "clock", "cycles per second", 1e5, 1e10},
    {"Memory", "capacity_bytes", "bytes", 256, 0x1p50},
    {"Memory", "bandwidth", "bytes per second", 1e5, 1e13},
    {"Memory", "latency", "nanoseconds", 0.01, 1e7},
    {"Memory", "read_energy", "pJ per byte", 1e-3, 1e6},
    {"Memory", "write_energy", "pJ per byte", 1e-3, 1e7},
    {"Memory", "power", "mW", 1e-6, 1e6},
    {"Costs", "scalar_instruction", "pJ", 0.1, 1e5},
    {"Costs", "vector_instruction", "pJ", 0.1, 1e5},
    {"Costs", "memory_instruction", "pJ", 0.1, 1e5},
    {"Costs", "cycle", "pJ", 0.1, 1e6},
    {"Costs", "int8_mac", "pJ", 1e-4, 1e4},
    {"Costs", "f16_mac", "pJ", 1e-4, 1e4},
    {"Costs", "bf16_mac", "pJ", 1e-4, 1e4},
    {"Costs", "f32_mac", "pJ", 1e-4, 1e4},
    {"Costs", "cycles_per_mac", "cycles", 1e-4, 1e4},
    {"Costs", "power", "mW", 1e-6, 1e7},
};

const FigureLimits *findLimits(const google::protobuf::FieldDescriptor &field) {
  auto found = llvm::find_if(kLimits, [&](const FigureLimits &limits) {
    return llvm::StringRef(limits.message) == field.containing_type()->name() &&
           llvm::StringRef(limits.field) == field.name();
  });
  return found == std::end(kLimits) ? nullptr : &*found;
}

} // namespace mlir::eke
