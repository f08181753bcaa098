//===- ArenaSize.h - How large the arena will be ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   module behind `format` ── copy ──► memory … buffers ──► bytes of the arena ──┐
//            └────────────────────────────────────────────────────────────► memory, to stay
//
// Memories are chosen before buffers are planned: offsets of weights are constants in
// the code. The room that buffers need does not depend on where weights lie.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_ARENASIZE_H
#define EKE_COMPILER_PIPELINE_ARENASIZE_H

#include "compiler/pipeline/Phases.h"

namespace mlir::eke {

/// Writes into `module`, which goes through the phase `memory` next, the bytes that the arena
/// will have, if its target has memories to choose from and nobody has said so. What goes
/// wrong will be reported when it does in the module itself.
void reserveArena(ModuleOp module, const PipelineOptions &options);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_ARENASIZE_H
