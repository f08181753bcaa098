//===- EkeDialect.cpp - The eke dialect -----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"

#include "dialects/eke/Format.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir::eke;

#include "dialects/eke/EkeDialect.cpp.inc"

void EkeDialect::initialize() {
  registerAttributes();
  registerTypes();
  addOperations<
#define GET_OP_LIST
#include "dialects/eke/EkeOps.cpp.inc"
      >();
}

void EkeDialect::addFormat(std::unique_ptr<FormatInterface> format) {
  formats.push_back(std::move(format));
}

llvm::ArrayRef<std::unique_ptr<FormatInterface>>
EkeDialect::getFormats() const {
  return formats;
}
