//===- Formats.h - Every format of weights ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_FORMATS_H
#define EKE_DIALECTS_FORMATS_FORMATS_H

#include "mlir/IR/DialectRegistry.h"

namespace mlir::eke {

/// Makes every format known to `#eke.format` and to all who ask it.
void registerFormats(DialectRegistry &registry);

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_FORMATS_H
