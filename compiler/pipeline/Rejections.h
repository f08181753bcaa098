//===- Rejections.h - All that is rejected of a model -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_REJECTIONS_H
#define EKE_COMPILER_PIPELINE_REJECTIONS_H

#include "compiler/pipeline/Compilation.h"
#include "compiler/support/Diagnostics.h"

namespace mlir::eke {

/// Reports all that the phases and the tables of a program reject of the module that
/// `compilation` has loaded, in the order of the module. If it can be compiled, the module
/// has been through all phases then; kernels are compiled as `compilation` says.
///
/// The compiler itself is asked: what it rejects is taken out of the module and replaced
/// by ops that all phases pass on, and it is asked again, until it rejects nothing more.
/// What a rejection leads to is not reported, and what is said is what `eke compile` says.
LogicalResult reportRejections(Compilation &compilation);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_REJECTIONS_H
