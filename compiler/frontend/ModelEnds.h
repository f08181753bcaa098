//===- ModelEnds.h - The weights around the blocks --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_MODELENDS_H
#define EKE_COMPILER_FRONTEND_MODELENDS_H

#include "compiler/frontend/Model.h"
#include "compiler/frontend/ModelWeights.h"

namespace mlir::eke {

/// The weights of a model before and behind its blocks; those that it does not have are
/// null. A head or a norm that the exit shares with the model is the same weight.
struct ModelEnds {
  WeightOp embedding, positions, tokenTypes, embeddingNorm, embeddingBias;
  WeightOp finalNorm, finalBias, head, exitNorm, exitHead;
};

/// Makes the weights that `model` names, or says which tensor is not as described.
llvm::Expected<ModelEnds> getEnds(const proto::Model &model,
                                  ModelWeights &weights);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_MODELENDS_H
