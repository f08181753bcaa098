//===- Alternatives.h - Traffic that a model does without -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the layers would move if the model did not have a property that saves memory
// traffic: priced next to what they do move, that is what the property is worth.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_ENERGY_ALTERNATIVES_H
#define EKE_PASSES_ENERGY_ALTERNATIVES_H

#include "passes/energy/EntryTraffic.h"

namespace mlir::eke {

/// Traffic without a property, and the bytes of weights that would be stored.
struct Alternative {
  std::vector<LayerTraffic> layers;
  int64_t weightBytes = 0;
  /// The parameters that there would be besides.
  int64_t moreParameters = 0;
};

/// As if each layer had its own copy of each weight that it reads: neither repeated blocks
/// nor tied matrices.
Alternative withoutSharing(ArrayRef<LayerTraffic> layers, SymbolTable &symbols);

/// As if weights in a format were stored as numbers of 16 bits.
Alternative withoutFormats(ArrayRef<LayerTraffic> layers, SymbolTable &symbols);

/// As if tokens were not folded: N sub-tokens of a token have one product with a matrix of
/// N^2 the size in place of N, and the token compares itself once with those before in place
/// of N times N sub-tokens.
Alternative withoutFolding(ArrayRef<LayerTraffic> layers, SymbolTable &symbols);

/// The bytes of all weights that `layers` read, each of which counts once.
int64_t countStoredWeights(ArrayRef<LayerTraffic> layers);

} // namespace mlir::eke

#endif // EKE_PASSES_ENERGY_ALTERNATIVES_H
