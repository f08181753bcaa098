//===- Description.cpp - model.textproto, attacked ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/readers/BuildModel.h"
#include "test/fuzz/readers/Reader.h"

namespace mlir::eke::test {

void attack(llvm::StringRef input) {
  static const std::string path = getTinyModel() / "model.textproto";
  auto description = parseModel(input, path);
  if (accepts(description))
    buildModel(*description);
}

} // namespace mlir::eke::test
