//===- ModelSymbol.h - Symbols that carry the model's name ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_IMAGE_MODELSYMBOL_H
#define EKE_CODEGEN_IMAGE_MODELSYMBOL_H

#include "dialects/eke/Images.h"

#include <string>

namespace mlir::eke {

/// The name that a module's binary goes by.
StringRef getModelName(ModuleOp module);

/// The symbol of a part of a model, such as `eke_weights_tiny_lm`: several models
/// link into one application. What no C identifier may hold becomes `_`.
std::string getModelSymbol(StringRef part, StringRef modelName);

/// The symbol of the weights of one memory: `eke_weights_tiny_lm`, or of another than the
/// main memory `eke_weights_tiny_lm.sram`, which no other model has.
std::string getImageSymbol(ModuleOp module, const WeightImage &image);

} // namespace mlir::eke

#endif // EKE_CODEGEN_IMAGE_MODELSYMBOL_H
