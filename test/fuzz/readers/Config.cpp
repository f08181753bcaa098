//===- Config.cpp - config.json, attacked ---------------------------------===//
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
  auto model = describeConfig(input, "config.json",
                              [](llvm::StringRef) { return false; });
  if (!accepts(model))
    return;
  model->set_name("tiny");
  model->add_weight_files("model.safetensors");
  ModelDescription description{std::move(*model), "config.json",
                               folder.getPath()};
  if (llvm::Error error = checkModel(description))
    return requireLines(std::move(error));
  buildModel(description);
}

} // namespace mlir::eke::test
