//===- TargetLayout.cpp - What a target's architecture says ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/TargetLayout.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/TargetParser/Triple.h"

namespace mlir::eke {

llvm::DataLayout getDataLayout(TargetAttr target) {
  llvm::Triple triple(llvm::Triple::normalize(target.getTriple().getValue()));
  return llvm::DataLayout(triple.computeDataLayout());
}

/// The target of the nearest module around `op` that has one, or null. Kernels are in a
/// module inside that of their model.
static TargetAttr findTarget(Operation *op) {
  for (; op; op = op->getParentOp())
    if (auto target = op->getAttrOfType<TargetAttr>(kTargetAttr))
      return target;
  return {};
}

unsigned getPointerBits(Operation *op) {
  TargetAttr target = findTarget(op);
  return target ? getDataLayout(target).getPointerSizeInBits() : 64;
}

int64_t getElementBits(Type element, Operation *op) {
  return element.isIndex() ? getPointerBits(op)
                           : element.getIntOrFloatBitWidth();
}

int64_t countVectorRegisters(TargetAttr target) {
  if (!target)
    return 32;
  llvm::Triple triple(target.getTriple().getValue());
  // Of MVE there are 8. A CPU without vectors has 14 of another kind, some of which are
  // needed for addresses.
  if (target.isBareMetal())
    return 8;
  if (triple.isX86_64()) // AVX-512 has twice those of before
    return target.getVectorBits() < 512 ? 16 : 32;
  return triple.isArch64Bit() ? 32 : 16;
}

} // namespace mlir::eke
