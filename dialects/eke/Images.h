//===- Images.h - The weights of each memory --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A place is a memory and an offset. The weights of one memory are one image: a global in
// the IR, a section and a symbol in an object.
//
//   memory          global             section             symbol
//   flash (main)    @eke_weights       .eke.weights        eke_weights_MODEL
//   dtcm            @eke_weights.dtcm  .eke.weights.dtcm   eke_weights_MODEL.dtcm
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_IMAGES_H
#define EKE_DIALECTS_EKE_IMAGES_H

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace mlir::eke {

/// On a weight or a state: the name of the memory that it shall lie in, until it has a place.
inline constexpr llvm::StringLiteral kMemoryAttr = "eke.memory";
/// On a module: the name of the memory that temporary buffers lie in.
inline constexpr llvm::StringLiteral kArenaMemoryAttr = "eke.arena_memory";

/// The memory that a weight or a state lies in, or shall lie in; null if that is open.
StringAttr getMemory(Operation *tensor);

/// The memory that weights lie in which have no other place, and the one that states and
/// temporary buffers do; `dram` where no target names them.
StringRef getMainMemory(ModuleOp module);
StringRef getWrittenMemory(ModuleOp module);

/// The weights that lie in one memory.
struct WeightImage {
  StringRef memory;
  bool isMain = true;
  int64_t bytes = 0;
  /// Is there a system, which maps a program page by page?
  bool isPaged = true;

  /// What sets the image's names apart from those of the main memory: nothing, or a dot
  /// and the memory's name.
  std::string getSuffix() const;
  /// The name of the global.
  std::string getGlobalName() const;
  /// The bytes at whose multiples it begins: those of a page in the main memory, where
  /// the rest of the program is, if there are pages.
  int64_t getAlignment() const;
};

/// The image of the main memory, which is always there, then the others in the order of
/// the module. Of the bytes that the module says all images have together
/// (`eke.image_bytes`), the main memory's has what the others leave.
SmallVector<WeightImage> listImages(ModuleOp module);

/// Does `weight` lie in `image`?
bool isIn(WeightOp weight, const WeightImage &image);

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_IMAGES_H
