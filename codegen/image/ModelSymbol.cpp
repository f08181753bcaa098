//===- ModelSymbol.cpp - Symbols that carry the model's name --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/image/ModelSymbol.h"

#include "llvm/ADT/StringExtras.h"

namespace mlir::eke {

StringRef getModelName(ModuleOp module) {
  return module.getSymName().value_or("model");
}

std::string getModelSymbol(StringRef part, StringRef modelName) {
  std::string symbol = ("eke_" + part + "_").str();
  for (char c : modelName)
    symbol += llvm::isAlnum(c) ? c : '_';
  return symbol;
}

std::string getImageSymbol(ModuleOp module, const WeightImage &image) {
  return getModelSymbol("weights", getModelName(module)) + image.getSuffix();
}

} // namespace mlir::eke
