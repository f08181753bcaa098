//===- BuildModel.cpp - From a description on -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/readers/BuildModel.h"

#include "compiler/frontend/BuildModule.h"
#include "test/fuzz/readers/Reader.h"

#include "mlir/IR/Diagnostics.h"

#include <memory>

namespace mlir::eke::test {

const TestFolder &getTinyModel() {
  static TestFolder folder;
  static bool isWritten = (folder.writeTinyModel(), true);
  (void)isWritten;
  return folder;
}

void buildModel(const ModelDescription &description) {
  // A context keeps every type and attribute.
  constexpr unsigned longest = 5000;
  static std::unique_ptr<MLIRContext> context;
  static unsigned uses = 0;
  if (uses++ % longest == 0) {
    context = std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
    context->getDiagEngine().registerHandler([](Diagnostic &diagnostic) {
      require(false, "a module that is valid, but: " + diagnostic.str());
    });
  }
  auto module = buildModule(*context, description);
  accepts(module);
}

} // namespace mlir::eke::test
