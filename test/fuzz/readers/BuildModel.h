//===- BuildModel.h - From a description on ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_TEST_FUZZ_READERS_BUILDMODEL_H
#define EKE_TEST_FUZZ_READERS_BUILDMODEL_H

#include "compiler/frontend/Model.h"
#include "test/unit/frontend/Inputs.h"

namespace mlir::eke::test {

/// A folder with the tests' model, which is removed at the end.
const TestFolder &getTinyModel();

/// Builds a module from what a reader accepted. That may be refused, but what is
/// built has to be valid.
void buildModel(const ModelDescription &description);

} // namespace mlir::eke::test

#endif // EKE_TEST_FUZZ_READERS_BUILDMODEL_H
