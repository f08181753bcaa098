//===- BuildImage.h - The weights of a module as bytes ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_IMAGE_BUILDIMAGE_H
#define EKE_CODEGEN_IMAGE_BUILDIMAGE_H

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::eke {

/// Writes the image of `module` to `os`: every `eke.weight` converted to its
/// format, at its place, in `eke.image_bytes` bytes. Relative payload files are
/// seen from `folder`. Payloads are mapped one at a time; at most one packed
/// weight is in memory. What is written also enters `digest`.
///
/// Reports an error at the weight if it has no place, overlaps another, its
/// payload cannot be read, or an element is NaN, infinite or beyond the format.
LogicalResult writeImage(ModuleOp module, StringRef folder,
                         llvm::raw_ostream &os, llvm::BLAKE3 &digest);

/// Writes the image as an object file for the module's target that defines the
/// hidden symbol `eke_weights_MODEL` in the read-only section `.eke.weights`, aligned
/// to a page.
LogicalResult writeImageObject(ModuleOp module, StringRef folder,
                               llvm::raw_ostream &os, llvm::BLAKE3 &digest);

} // namespace mlir::eke

#endif // EKE_CODEGEN_IMAGE_BUILDIMAGE_H
