//===- BuildImage.h - The weights of a module as bytes ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_IMAGE_BUILDIMAGE_H
#define EKE_CODEGEN_IMAGE_BUILDIMAGE_H

#include "dialects/eke/Images.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::eke {

/// The images of `module`, whose weights have places, of the main memory first. Reports an
/// error at a weight that has none.
FailureOr<SmallVector<WeightImage>> checkImages(ModuleOp module);

/// Writes one image of `module` to `os`: every `eke.weight` of it converted to its format,
/// at its place. Relative payload files are seen from `folder`. Payloads are mapped one at a
/// time; at most one packed weight is in memory. What is written also enters `digest`.
///
/// Reports an error at the weight if it overlaps another, its payload cannot be read, or an
/// element is NaN, infinite or beyond the format.
LogicalResult writeImage(ModuleOp module, const WeightImage &image,
                         StringRef folder, llvm::raw_ostream &os,
                         llvm::BLAKE3 &digest);

/// Writes it as an object file for the module's target that defines the hidden symbol
/// `eke_weights_MODEL` in the read-only section `.eke.weights`, aligned to a page; of a memory
/// that is not the main one, with `.MEMORY` behind both.
LogicalResult writeImageObject(ModuleOp module, const WeightImage &image,
                               StringRef folder, llvm::raw_ostream &os,
                               llvm::BLAKE3 &digest);

} // namespace mlir::eke

#endif // EKE_CODEGEN_IMAGE_BUILDIMAGE_H
