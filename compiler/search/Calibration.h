//===- Calibration.h - What the inputs of layers are like -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_CALIBRATION_H
#define EKE_COMPILER_SEARCH_CALIBRATION_H

#include "compiler/pipeline/Compilation.h"

namespace mlir::eke {

/// Has `options.model` read the text `options.calibration` on this machine, and returns a file
/// with the second moments of the inputs of every matrix that these options round coarsely
/// (see `eke-collect-moments`); an empty name if they round none so. The text is read piece by
/// piece: who is stopped goes on behind the last whole one next time, and what has been read
/// once is not read again. The files are in a cache.
llvm::Expected<std::string> collectMoments(const CompileOptions &options,
                                           StringRef compiler);

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_CALIBRATION_H
