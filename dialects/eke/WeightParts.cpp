//===- WeightParts.cpp - The tensors that a weight is made of -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/WeightParts.h"

#include "mlir/IR/Location.h"

namespace mlir::eke {

SmallVector<WeightPart> getParts(WeightOp weight) {
  ArrayAttr payloads = weight.getPayloads();
  auto joined = dyn_cast<FusedLoc>(weight.getLoc());
  bool isLocated = joined && joined.getLocations().size() == payloads.size();
  SmallVector<WeightPart> parts;
  for (auto [number, payload] : llvm::enumerate(payloads)) {
    auto name = isLocated ? dyn_cast<NameLoc>(joined.getLocations()[number])
                          : NameLoc();
    parts.push_back(
        {name ? name.getName().getValue() : StringRef(weight.getSymName()),
         countPayloadElements(payload)});
  }
  return parts;
}

} // namespace mlir::eke
