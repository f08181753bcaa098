//===- DotKind.cpp - Which integer product a target is good at ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/DotKind.h"

namespace mlir::eke {

DotKind getDotKind(TargetAttr target) {
  if (!target)
    return DotKind::Pairs;
  SmallVector<StringRef> features;
  target.getFeatures().getValue().split(features, ',');
  if (llvm::is_contained(features, "+dotprod"))
    return llvm::is_contained(features, "+i8mm") ? DotKind::Octets
                                                 : DotKind::Quads;
  bool hasMve = llvm::any_of(
      features, [](StringRef name) { return name.starts_with("+mve"); });
  if (hasMve || llvm::is_contained(features, "+dsp"))
    return hasMve ? DotKind::Lanes : DotKind::Quads;
  StringRef triple = target.getTriple().getValue();
  bool isArm = triple.starts_with("aarch64") || triple.starts_with("arm");
  if (isArm)
    return DotKind::Halves;
  return llvm::is_contained(features, "+avx512vnni") ? DotKind::UnsignedQuads
                                                     : DotKind::Pairs;
}

} // namespace mlir::eke
