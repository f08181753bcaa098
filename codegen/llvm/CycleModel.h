//===- CycleModel.h - An estimate of cycles ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What llvm-mca estimates: how fast a CPU's pipeline gets through a block that
// repeats, if every load hits the first cache and every branch is predicted.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_CYCLEMODEL_H
#define EKE_CODEGEN_LLVM_CYCLEMODEL_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstrAnalysis.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <memory>

namespace mlir::eke {

/// The model of a CPU.
class CycleModel {
public:
  /// `cpu` is LLVM's name of a CPU with a scheduling model. LLVM's back end for
  /// `triple` has been initialised.
  static llvm::Expected<std::unique_ptr<CycleModel>>
  create(const llvm::Triple &triple, llvm::StringRef cpu);

  /// Cycles of a block in the long run. Calls and returns count nothing.
  double estimate(llvm::ArrayRef<llvm::MCInst> block) const;

  /// Does the CPU go on with what does not depend on a load that takes long?
  bool isOutOfOrder() const {
    return subtarget->getSchedModel().isOutOfOrder();
  }

private:
  CycleModel() = default;

  std::unique_ptr<llvm::MCRegisterInfo> registers;
  std::unique_ptr<llvm::MCInstrInfo> instructions;
  std::unique_ptr<llvm::MCInstrAnalysis> analysis;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
};

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_CYCLEMODEL_H
