//===- NeonArithmetic.h - What LLVM takes apart on Armv7 --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_NEONARITHMETIC_H
#define EKE_CODEGEN_LLVM_NEONARITHMETIC_H

#include "llvm/IR/PassManager.h"

namespace mlir::eke {

/// Says in terms of what 32-bit Arm has what LLVM's back end would compute number by
/// number, by calls of the C library, or in two steps: products that are added, which a
/// CPU with `fuses` rounds once, whether they are numbers or vectors; conversions of
/// vectors of f16, where it `convertsHalves`; vectors that are rounded to integers; and the
/// larger of two numbers that may be NaN. Neighbouring loads of parts of a vector become one.
class NeonArithmeticPass : public llvm::PassInfoMixin<NeonArithmeticPass> {
public:
  NeonArithmeticPass(bool fuses, bool convertsHalves)
      : fuses(fuses), convertsHalves(convertsHalves) {}

  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &);

private:
  bool fuses, convertsHalves;
};

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_NEONARITHMETIC_H
