//===- Passes.td - All passes of the compiler --------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_PASSES_TD
#define EKE_PASSES_PASSES_TD

include "passes/graph/Passes.td"
include "passes/format/Passes.td"
include "passes/energy/Passes.td"
include "passes/linalg/Passes.td"
include "passes/pipelines/Passes.td"
include "passes/schedules/Passes.td"
include "passes/memory/Passes.td"

#endif // EKE_PASSES_PASSES_TD
