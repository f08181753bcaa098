//===- Workload.h - What a model executes over and over ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_ENERGY_WORKLOAD_H
#define EKE_PASSES_ENERGY_WORKLOAD_H

#include "passes/energy/EntryTraffic.h"

#include "llvm/Support/Error.h"

namespace mlir::eke {

/// Calls of entries in a row.
struct Workload {
  /// "token", "verification", or "call of NAME/ROWS".
  std::string unit;
  /// In the order of execution; one that is called again occurs again.
  SmallVector<ModelOp> entries;
  /// The rows that came before; of a language model.
  std::optional<int64_t> position;
  /// The tokens that it gives in the mean, if not one.
  std::optional<double> tokens;

  /// How often it is executed, if the model says so: times a second.
  std::optional<double> getRate() const;
};

/// What the entries of `workload` move and compute, in the order of execution. What nobody
/// can count is added to `unknown`.
std::vector<LayerTraffic> collectLayers(const Workload &workload,
                                        SmallVectorImpl<Operation *> &unknown);

/// The attribute that makes `model` an entry.
EntryAttr getEntry(ModelOp model);

/// NAME/ROWS, which no other entry has.
std::string getNameWithRows(ModelOp model);

/// What a language model does for each token and, if the acceptance rate of its exit is
/// known, for each verification of drafts; of others, a call of each entry. Or a call of
/// the entries called `entry`, if that is given. Without `position`, it is half of the
/// context.
llvm::Expected<std::vector<Workload>>
findWorkloads(ModuleOp module, StringRef entry,
              std::optional<uint32_t> position);

} // namespace mlir::eke

#endif // EKE_PASSES_ENERGY_WORKLOAD_H
