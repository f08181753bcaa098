//===- ProgramSize.cpp - Whether a program can be linked ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/ProgramSize.h"

#include "dialects/eke/EkeDialect.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/TargetParser/Triple.h"

namespace mlir::eke {

/// How far apart code and data may be in a static program: 32 bits with a sign on x86-64
/// (small code model), pages by `adrp` on AArch64. Of the addresses of 32 bits, systems
/// keep up to a half for themselves.
static uint64_t getReach(const llvm::Triple &triple) {
  constexpr uint64_t kGiB = uint64_t(1) << 30;
  return triple.isAArch64() ? 4 * kGiB : 2 * kGiB;
}

static uint64_t getBytes(ModuleOp module, StringRef name) {
  auto bytes = module->getAttrOfType<IntegerAttr>(name);
  return bytes ? bytes.getInt() : 0;
}

llvm::Error checkProgramSize(ModuleOp module, bool isProgram) {
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  if (!target)
    return llvm::Error::success();
  // What the runtime, the C library and the kernels need beside.
  constexpr uint64_t kCodeBytes = uint64_t(64) << 20;
  llvm::Triple triple(target.getTriple().getValue());
  uint64_t reach = getReach(triple);
  // What a program maps when it starts lies anywhere, if there are 64 bits for that.
  bool isApart = isProgram && triple.isArch64Bit();
  uint64_t weights = getBytes(module, kImageBytesAttr);
  uint64_t states = getBytes(module, kStateBytesAttr);
  uint64_t arena = getBytes(module, kArenaBytesAttr);
  if (weights + (isApart ? 0 : states + arena) <= reach - kCodeBytes)
    return llvm::Error::success();
  auto inMB = [](uint64_t bytes) {
    return llvm::formatv("{0:f0} MB", double(bytes) / 1e6).str();
  };
  std::string rest = " of weights";
  if (!isApart)
    rest += ", " + inMB(states) + " of states and " + inMB(arena) +
            " of temporary buffers";
  return llvm::createStringError(
      "there would be " + inMB(weights) + rest + ", and code for " +
      target.getName().getValue() + " reaches " + inMB(reach) +
      (isApart ? ""
               : "; of a language model, '--context' makes the caches "
                 "smaller"));
}

} // namespace mlir::eke
