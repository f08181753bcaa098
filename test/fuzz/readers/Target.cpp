//===- Target.cpp - Profiles of devices, attacked -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/Targets.h"
#include "test/fuzz/readers/Reader.h"

namespace mlir::eke::test {

void attack(llvm::StringRef input) {
  auto profile = parseTargetProfile(input, "device.textproto");
  if (!accepts(profile))
    return;
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<EkeDialect>();
  TargetAttr target = getTargetAttr(&context, *profile);
  require(target.getVectorBits() > 0, "a target with vectors");
}

} // namespace mlir::eke::test
