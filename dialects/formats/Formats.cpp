//===- Formats.cpp - Every format of weights ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Formats.inc is made from the list `formats` in CMakeLists.txt.
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Formats.h"

#include "dialects/eke/EkeDialect.h"

namespace mlir::eke {

#define EKE_FORMAT(file) void register##file(EkeDialect &dialect);
#include "dialects/formats/Formats.inc"
#undef EKE_FORMAT

void registerFormats(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, EkeDialect *dialect) {
#define EKE_FORMAT(file) register##file(*dialect);
#include "dialects/formats/Formats.inc"
#undef EKE_FORMAT
  });
}

} // namespace mlir::eke
