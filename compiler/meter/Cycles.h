//===- Cycles.h - An estimate of cycles -------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What llvm-mca estimates: how fast a CPU's pipeline gets through a block that
// repeats, if every load hits the first cache and every branch is predicted.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_CYCLES_H
#define EKE_COMPILER_METER_CYCLES_H

#include "compiler/meter/Decoder.h"

#include <memory>

namespace mlir::eke::profile {

/// The model of a CPU.
class CycleModel {
public:
  /// `cpu` is LLVM's name of a CPU with a scheduling model.
  static llvm::Expected<std::unique_ptr<CycleModel>>
  create(const Decoder &decoder, llvm::StringRef cpu);

  /// Cycles of a block in the long run.
  double estimate(llvm::ArrayRef<Decoded> block) const;

private:
  explicit CycleModel(const Decoder &decoder) : decoder(decoder) {}

  const Decoder &decoder;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
};

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_CYCLES_H
