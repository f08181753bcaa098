//===- MomentFiles.h - Files of second moments ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_MOMENTFILES_H
#define EKE_COMPILER_PIPELINE_MOMENTFILES_H

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/Support/Error.h"

#include <map>
#include <string>
#include <vector>

namespace mlir::eke {

/// Second moments of the inputs of weights, as a program has collected them: the states in
/// a safetensors file that are called after weights (`eke-collect-moments`).
class MomentSums {
public:
  /// Adds those of the file; fails if it is of other weights than those before.
  llvm::Error add(llvm::StringRef path);
  /// Writes a file that `add` reads.
  llvm::Error write(llvm::StringRef path) const;

private:
  struct Sum {
    int64_t width = 0;
    std::vector<float> numbers;
  };
  std::map<std::string, Sum> sums;
};

/// What such a file has for each weight, as the module attribute `eke.moments`.
llvm::Expected<DictionaryAttr> readMoments(MLIRContext *context,
                                           llvm::StringRef path);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_MOMENTFILES_H
