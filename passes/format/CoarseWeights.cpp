//===- CoarseWeights.cpp - Weights that lose much by rounding -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/format/CoarseWeights.h"

#include "dialects/eke/Format.h"

namespace mlir::eke {

bool isRoundedCoarsely(WeightOp weight) {
  FormatAttr format = getFormat(weight.getTensorType());
  if (!format || !format.getInterface().isCoarse())
    return false;
  return !llvm::all_of(weight.getPayloads(), [&](Attribute payload) {
    auto file = dyn_cast<PayloadAttr>(payload);
    bool isAsStored = !file || !file.isChanged();
    return isAsStored &&
           format.getInterface().keeps(getPayloadElement(payload));
  });
}

} // namespace mlir::eke
