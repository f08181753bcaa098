//===- FormatPlan.h - Files that say how weights are stored -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   {"formats": {"model.embed_tokens.weight": "i8",
//                "model.layers.0.mlp.up_proj.weight": "i4"}}
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_FORMATPLAN_H
#define EKE_COMPILER_PIPELINE_FORMATPLAN_H

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <string>
#include <vector>

namespace mlir::eke {

/// The name of a weight, and that of the format that it shall have.
struct PlannedFormat {
  std::string weight, format;
};
using FormatPlan = std::vector<PlannedFormat>;

/// Reads a file of which the object `formats` is a plan; what else is in it is for people.
llvm::Expected<FormatPlan> readFormatPlan(llvm::StringRef path);

/// What such a file has as `formats`.
llvm::json::Object toJSON(const FormatPlan &plan);

/// The plan as the module attribute `eke.storage`. The error begins with `source`.
llvm::Expected<DictionaryAttr> getStorages(MLIRContext *context,
                                           const FormatPlan &plan,
                                           llvm::StringRef source);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_FORMATPLAN_H
