//===- EkeDialect.cpp - The eke dialect -----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir::eke;

#include "dialects/eke/EkeDialect.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/eke/EkeTypes.cpp.inc"

void EkeDialect::initialize() {
  registerAttributes();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/eke/EkeTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/eke/EkeOps.cpp.inc"
      >();
}
