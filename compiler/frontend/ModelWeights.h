//===- ModelWeights.h - Tensors become weights ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_MODELWEIGHTS_H
#define EKE_COMPILER_FRONTEND_MODELWEIGHTS_H

#include "compiler/frontend/Checkpoint.h"
#include "compiler/frontend/Model.h"
#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::eke {

/// Some rows of a tensor, or elements of a vector.
struct TensorPart {
  std::string tensor;
  /// The first of them.
  uint64_t first = 0;
  /// Whether rows of the matrix are columns of the tensor.
  bool isTransposed = false;
};

/// Makes the weights of a module, each where it is first asked for.
class ModelWeights {
public:
  /// With `cuts`, a tensor may be larger than what is made of it, which has some of its
  /// elements: of a model that is priced, and that nobody has trained.
  static llvm::Expected<ModelWeights> open(const ModelDescription &description,
                                           ModuleOp module, bool cuts);

  /// The weight of the tensor `name`, made at the end of the module if it is
  /// new. The tensor must have this shape; `role` says what it is, in errors. Of each
  /// `interleaved` rows, the file has one of the first half and one of the second in
  /// turn; 0: it has them in order.
  llvm::Expected<WeightOp> get(llvm::StringRef name,
                               llvm::ArrayRef<int64_t> shape,
                               const llvm::Twine &role,
                               int64_t interleaved = 0);

  /// A weight called `name` of rows of the tensor that `part` names, or elements of a
  /// vector: from the first that it says on as many as `shape` has.
  llvm::Expected<WeightOp> getPart(llvm::StringRef name, const TensorPart &part,
                                   llvm::ArrayRef<int64_t> shape,
                                   const llvm::Twine &role,
                                   int64_t interleaved = 0);

  /// Whether there is a weight of this name.
  bool contains(llvm::StringRef name) const { return weights.count(name); }

  /// Fails if a tensor is neither a weight nor listed as unused.
  llvm::Error checkAllUsed() const;

private:
  ModelWeights(const ModelDescription &description, ModuleOp module, bool cuts,
               Checkpoint checkpoint)
      : description(&description), module(module), cuts(cuts),
        checkpoint(std::move(checkpoint)) {}

  llvm::Expected<CheckpointTensor> find(llvm::StringRef name,
                                        llvm::ArrayRef<int64_t> shape,
                                        const llvm::Twine &role);
  llvm::Expected<WeightOp> make(llvm::StringRef name,
                                const CheckpointTensor &found,
                                const TensorPart &part,
                                llvm::ArrayRef<int64_t> shape,
                                int64_t interleaved, const llvm::Twine &role);

  const ModelDescription *description;
  ModuleOp module;
  bool cuts;
  Checkpoint checkpoint;
  llvm::StringMap<WeightOp> weights;
  /// The tensors that weights are made of.
  llvm::StringSet<> used;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_MODELWEIGHTS_H
