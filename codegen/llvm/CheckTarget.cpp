//===- CheckTarget.cpp - Whether LLVM knows a target ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/CheckTarget.h"

#include "codegen/llvm/Machine.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"

namespace mlir::eke {

static llvm::Error wrongField(StringRef field, StringRef value,
                              const llvm::Twine &expected) {
  return llvm::createStringError("field '" + field + "' is '" + value +
                                 "', expected " + expected);
}

static bool isFeature(const llvm::MCSubtargetInfo &subtarget, StringRef name) {
  return llvm::any_of(subtarget.getAllProcessorFeatures(),
                      [&](const llvm::SubtargetFeatureKV &feature) {
                        return name == feature.Key;
                      });
}

llvm::Error checkTarget(TargetAttr target) {
  initializeBackEnds();
  StringRef name = target.getTriple().getValue();
  llvm::Triple triple(llvm::Triple::normalize(name));
  std::string why; // LLVM's words, which name no field
  const llvm::Target *llvmTarget =
      llvm::TargetRegistry::lookupTarget(triple, why);
  if (!llvmTarget || !triple.isOSBinFormatELF() || !triple.isLittleEndian())
    return wrongField("triple", name,
                      "one of Arm or x86-64 and ELF, such as "
                      "'aarch64-linux-gnu'");
  // Of a CPU that it does not know, LLVM would only print so.
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(
      llvmTarget->createMCSubtargetInfo(triple, "", ""));
  if (!subtarget->isCPUStringValid(target.getCpu()))
    return wrongField("cpu", target.getCpu(),
                      "LLVM's name of a CPU of " + triple.getArchName());
  for (StringRef feature : llvm::split(target.getFeatures().getValue(), ','))
    if (!feature.empty() && !isFeature(*subtarget, feature.drop_front()))
      return wrongField("features", feature,
                        "LLVM's name of a feature of " + triple.getArchName() +
                            ", behind + or -");
  return llvm::Error::success();
}

} // namespace mlir::eke
