//===- Module.cpp - Modules as text, attacked -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/ModuleFile.h"
#include "test/fuzz/readers/Context.h"
#include "test/fuzz/readers/Reader.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

namespace mlir::eke::test {

/// What is read is valid, and can be printed and read again.
void attack(llvm::StringRef input) {
  static MemoryFile file;
  file.write(input);
  MLIRContext &context = getContext();
  withParser([&] {
    auto module = parseModuleFile(file.getPath(), &context);
    if (!accepts(module) || !*module)
      return;
    require(succeeded(verify(**module)), "a module that is valid");
    std::string text;
    llvm::raw_string_ostream(text) << **module;
    require(bool(parseSourceString<ModuleOp>(text, &context)),
            "a module that can be read again");
  });
}

} // namespace mlir::eke::test
