//===- Bufferize.h - Pipelines from tensors to memory -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_HALIDE_BUFFERIZE_H
#define EKE_DIALECTS_HALIDE_BUFFERIZE_H

namespace mlir {
class DialectRegistry;
namespace bufferization {
struct BufferizationOptions;
} // namespace bufferization
} // namespace mlir

namespace mlir::eke::halide {

/// Lets one-shot bufferisation turn the operands of `halide.pipeline` into
/// memrefs. Its outs are written in place where that is safe.
void registerBufferizableOpInterface(DialectRegistry &registry);

/// Makes bufferisation leave the bodies of pipelines and kernels on tensors,
/// where codegen reads them. Every use of one-shot bufferisation on modules
/// with pipelines needs this.
void keepBodiesOnTensors(bufferization::BufferizationOptions &options);

} // namespace mlir::eke::halide

#endif // EKE_DIALECTS_HALIDE_BUFFERIZE_H
