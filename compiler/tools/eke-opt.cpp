//===- eke-opt.cpp - Run passes on .mlir files ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/Register.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::eke::registerDialects(registry);
  mlir::eke::registerPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "eke optimizer\n", registry));
}
