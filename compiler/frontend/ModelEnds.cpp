//===- ModelEnds.cpp - The weights around the blocks ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/ModelEnds.h"

namespace mlir::eke {
namespace {

/// A tensor that a model may name, and what becomes of it.
struct NamedTensor {
  WeightOp *weight;
  llvm::StringRef name;
  llvm::SmallVector<int64_t, 2> shape;
  llvm::StringRef role;
};

} // namespace

/// Makes a weight of each tensor that has a name.
static llvm::Error getNamed(ModelWeights &weights,
                            llvm::ArrayRef<NamedTensor> tensors) {
  llvm::Error errors = llvm::Error::success();
  for (const NamedTensor &tensor : tensors) {
    if (tensor.name.empty())
      continue;
    auto found = weights.get(tensor.name, tensor.shape, tensor.role);
    if (found)
      *tensor.weight = *found;
    else
      errors = llvm::joinErrors(std::move(errors), found.takeError());
  }
  return errors;
}

/// Makes a weight of a part of a tensor, which is called as the tensor is.
static llvm::Error getPart(ModelWeights &weights, WeightOp &weight,
                           const TensorPart &part,
                           llvm::ArrayRef<int64_t> shape,
                           llvm::StringRef role) {
  auto found = weights.getPart(part.tensor, part, shape, role);
  if (!found)
    return found.takeError();
  weight = *found;
  return llvm::Error::success();
}

/// The norm and the head of the exit: those of the model, if it names no others.
static llvm::Error getExitEnds(const proto::Model &model, ModelWeights &weights,
                               ModelEnds &ends) {
  int64_t width = model.width(), vocab = model.vocabulary().size();
  const proto::Exit &exit = model.exits(0);
  ends.exitNorm = ends.finalNorm;
  ends.exitHead = exit.head().tied() ? ends.embedding : ends.head;
  return getNamed(
      weights,
      {{&ends.exitNorm, exit.norm_tensor(), {width}, "norm of the exit"},
       {&ends.exitHead,
        exit.head().tensor(),
        {vocab, width},
        "head of the exit"}});
}

llvm::Expected<ModelEnds> getEnds(const proto::Model &model,
                                  ModelWeights &weights) {
  int64_t width = model.width(), vocab = model.vocabulary().size();
  ModelEnds ends;
  llvm::Error errors = getNamed(
      weights,
      {{&ends.embedding, model.embedding(), {vocab, width}, "embedding"},
       {&ends.finalNorm, model.final_norm_tensor(), {width}, "final norm"},
       {&ends.finalBias,
        model.final_norm_bias(),
        {width},
        "bias of the final norm"},
       {&ends.embeddingNorm,
        model.embedding_norm(),
        {width},
        "norm of the embedding"},
       {&ends.embeddingBias,
        model.embedding_norm_bias(),
        {width},
        "bias of the embedding's norm"},
       {&ends.head, model.head().tensor(), {vocab, width}, "head"}});
  auto add = [&](llvm::Error error) {
    errors = llvm::joinErrors(std::move(errors), std::move(error));
  };
  if (model.head().tied())
    ends.head = ends.embedding;
  const proto::LearnedPositions &learned = model.positions();
  if (model.has_positions())
    add(getPart(weights, ends.positions, {learned.tensor(), learned.first()},
                {int64_t(model.context()), width}, "learned positions"));
  if (!model.token_types().empty())
    add(getPart(weights, ends.tokenTypes, {model.token_types()}, {1, width},
                "types of tokens"));
  if (!model.exits().empty())
    add(getExitEnds(model, weights, ends));
  if (errors)
    return std::move(errors);
  return ends;
}

} // namespace mlir::eke
