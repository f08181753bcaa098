//===- CompileSplits.h - Steps that cut a text as tables ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_TOKENIZER_COMPILESPLITS_H
#define EKE_COMPILER_FRONTEND_TOKENIZER_COMPILESPLITS_H

#include "compiler/frontend/tokenizer/TokenizerDescription.h"
#include "compiler/frontend/tokenizer/TokenizerTables.h"

namespace mlir::eke {

/// Adds the steps to `tables`, behind all normalizers. `marked` becomes true where one of
/// them writes the sign for spaces, if normalizers have not.
llvm::Error compileSplits(llvm::ArrayRef<SplitStep> steps,
                          TokenizerTables &tables, bool &marked);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TOKENIZER_COMPILESPLITS_H
