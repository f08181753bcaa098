//===- BuildModule.h - A description becomes a module ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_BUILDMODULE_H
#define EKE_COMPILER_FRONTEND_BUILDMODULE_H

#include "compiler/frontend/Model.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mlir::eke {

/// Builds the eke module of a model. It holds
/// - one `eke.weight` per tensor, of the same name, by reference to the file as
///   the description names it; the tensor is also its location,
/// - two `eke.state`s per block run, @kv<run>.k and @kv<run>.v,
/// - one `eke.block` per block shape, applied once per run,
/// - `eke.model @trunk(tokens, position) -> hidden` for 1 and `chunk` rows, but
///   at most as many as the context has, and for 1 row
///   `eke.model @head(hidden) -> logits`, or of an encoder
///   `eke.model @encoder(tokens, length) -> vector` for some numbers of rows,
/// - with `embeds`, `eke.model @embed(hidden) -> embedding` for 1 row: what the head
///   multiplies,
/// - the attribute `eke.language`.
///
/// Every tensor is checked against the shape the description gives it; one that
/// is missing, superfluous or of another element type than f32, f16, bf16 or blocks is
/// an error, and so is what the description says but the compiler cannot do.
llvm::Expected<OwningOpRef<ModuleOp>>
buildModule(MLIRContext &context, const ModelDescription &description,
            uint32_t chunk = 16, bool embeds = false, bool cuts = false);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_BUILDMODULE_H
