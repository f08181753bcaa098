//===- Shards.cpp - The list of a model's files, attacked -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/HuggingFace.h"
#include "test/fuzz/readers/BuildModel.h"
#include "test/fuzz/readers/Reader.h"

namespace mlir::eke::test {

void attack(llvm::StringRef input) {
  static const TestFolder &folder = getTinyModel();
  folder.write("model.safetensors.index.json", input);
  auto description = importHuggingFace(folder.getPath());
  if (accepts(description))
    buildModel(*description);
}

} // namespace mlir::eke::test
