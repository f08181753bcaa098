//===- Images.cpp - The weights of each memory ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Images.h"

#include "dialects/eke/Counts.h"
#include "dialects/eke/Format.h"

namespace mlir::eke {

StringAttr getMemory(Operation *tensor) {
  if (auto place = tensor->getAttrOfType<PlaceAttr>("place"))
    return place.getMemory();
  return tensor->getAttrOfType<StringAttr>(kMemoryAttr);
}

StringRef getMainMemory(ModuleOp module) {
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  return target ? target.getMainMemory() : StringRef(kDefaultMemory);
}

StringRef getWrittenMemory(ModuleOp module) {
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  return target ? target.getWrittenMemory() : StringRef(kDefaultMemory);
}

std::string WeightImage::getSuffix() const {
  return isMain ? "" : ("." + memory).str();
}

std::string WeightImage::getGlobalName() const {
  return kImageSymbol.str() + getSuffix();
}

int64_t WeightImage::getAlignment() const {
  constexpr int64_t kPageBytes = 4096;
  return isMain && isPaged ? kPageBytes : kAlignment;
}

SmallVector<WeightImage> listImages(ModuleOp module) {
  SmallVector<WeightImage> images = {{getMainMemory(module)}};
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  images.front().isPaged = !target || !target.isBareMetal();
  int64_t others = 0;
  for (auto weight : module.getOps<WeightOp>()) {
    PlaceAttr place = weight.getPlaceAttr();
    if (!place || place.getMemory() == images.front().memory)
      continue;
    StringRef memory = place.getMemory().getValue();
    auto image = llvm::find_if(images, [&](const WeightImage &known) {
      return known.memory == memory;
    });
    if (image == images.end()) {
      images.push_back({memory, /*isMain=*/false});
      image = std::prev(images.end());
    }
    int64_t end =
        addCounts(place.getOffset(), getPacked(weight.getTensorType()).bytes);
    others = addCounts(others, std::max<int64_t>(0, end - image->bytes));
    image->bytes = std::max(image->bytes, end);
  }
  auto all = module->getAttrOfType<IntegerAttr>(kImageBytesAttr);
  images.front().bytes =
      std::max<int64_t>(0, (all ? all.getInt() : 0) - others);
  return images;
}

bool isIn(WeightOp weight, const WeightImage &image) {
  PlaceAttr place = weight.getPlaceAttr();
  return place && place.getMemory() == image.memory;
}

} // namespace mlir::eke
