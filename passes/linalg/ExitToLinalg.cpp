//===- ExitToLinalg.cpp - Exits that nobody takes -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/linalg/LayerLowering.h"

#include "mlir/IR/Remarks.h"

namespace mlir::eke {

static Value lowerExit(ExitOp op, LayerLowering &lowering) {
  remark::missed(op.getLoc(),
                 remark::RemarkOpts::name("ExitPassedBy").category("exit"))
      << remark::reason("plain decoding takes no exit");
  return lowering.tensors.lookup(op.getHidden());
}

void registerExitToLinalg(DialectRegistry &registry) {
  addLowering<ExitOp, lowerExit>(registry);
}

} // namespace mlir::eke
