//===- EkeDialect.h - The eke dialect ---------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_EKEDIALECT_H
#define EKE_DIALECTS_EKE_EKEDIALECT_H

#include "dialects/eke/Figure.h"
#include "dialects/eke/Period.h"
#include "dialects/eke/Traffic.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::eke {
class FormatInterface;
struct QuantKind;
} // namespace mlir::eke

#include "dialects/eke/EkeDialect.h.inc"
#include "dialects/eke/EkeEnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/eke/EkeTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/eke/EkeAttrs.h.inc"

namespace mlir::eke {
/// How a body becomes linalg, of which ops see no more than its name.
class LayerLowering;
} // namespace mlir::eke

#include "dialects/eke/EkeInterfaces.h.inc"

namespace mlir::eke {
/// True if no dimension of `type` is dynamic but the first of several.
bool hasOnlyDynamicRows(ShapedType type);
} // namespace mlir::eke

#define GET_OP_CLASSES
#include "dialects/eke/EkeOps.h.inc"

namespace mlir::eke {

/// Names of the module attributes that carry decisions from the driver to the
/// passes and from the passes to code generation. What each must be is in
/// DialectAttrs.cpp, which reports any other `eke.` attribute on an op.
inline constexpr llvm::StringLiteral kTargetAttr = "eke.target";
/// The `#eke.storage` of matrices, and the type of a cache's elements: f32 or f16.
inline constexpr llvm::StringLiteral kWeightsFormatAttr = "eke.weights_format";
inline constexpr llvm::StringLiteral kCachesFormatAttr = "eke.caches_format";
/// The `#eke.storage` of the matrices that tokens are looked up in and that logits are
/// products with, if it is not that of the others.
inline constexpr llvm::StringLiteral kHeadFormatAttr = "eke.head_format";
/// Shall products whose rows are rounded get rows that are rotated?
inline constexpr llvm::StringLiteral kRotateAttr = "eke.rotate";
inline constexpr llvm::StringLiteral kImageBytesAttr = "eke.image_bytes";
inline constexpr llvm::StringLiteral kStateBytesAttr = "eke.state_bytes";
inline constexpr llvm::StringLiteral kArenaBytesAttr = "eke.arena_bytes";
/// On a module: the `#eke.language` that makes it a language model.
inline constexpr llvm::StringLiteral kLanguageAttr = "eke.language";
/// On a model, or on the function it becomes: its `#eke.entry`.
inline constexpr llvm::StringLiteral kEntryAttr = "eke.entry";
/// On a weight: the `#eke.storage` that it shall have, whatever the others get. On a module:
/// such storages by the names of weights.
inline constexpr llvm::StringLiteral kStorageAttr = "eke.storage";
/// On an argument of a model: the `#eke.bounds` of its integers.
inline constexpr llvm::StringLiteral kBoundsAttr = "eke.bounds";
/// Name of an argument or result in the binary's tables.
inline constexpr llvm::StringLiteral kNameAttr = "eke.name";
/// On a module: the folder from which relative file names in a module are seen; written into
/// modules so that a dump compiles from wherever it lies.
inline constexpr llvm::StringLiteral kRootAttr = "eke.root";
/// The tokenizer.json of a language model, seen from the root.
inline constexpr llvm::StringLiteral kTokenizerAttr = "eke.tokenizer";
/// A digest of what the model says, apart from where its files lie; what the
/// phases and their readers change in it leaves it the same model.
inline constexpr llvm::StringLiteral kSourceAttr = "eke.source";
/// The last phase that a module has been through.
inline constexpr llvm::StringLiteral kPhaseAttr = "eke.phase";
/// On a file of schedules: what they were chosen for, the names of the target and of
/// the weights' format.
inline constexpr llvm::StringLiteral kTunedForAttr = "eke.tuned_for";
/// The memory of weights and states where no target names one.
inline constexpr llvm::StringLiteral kDefaultMemory = "dram";
/// The symbol of the weight image.
inline constexpr llvm::StringLiteral kImageSymbol = "eke_weights";

/// Roles of the entries of a language model; abi.h has them for programs.
inline constexpr llvm::StringLiteral kTrunkRole = "trunk";
inline constexpr llvm::StringLiteral kHeadRole = "head";
inline constexpr llvm::StringLiteral kDraftRole = "draft";
inline constexpr llvm::StringLiteral kVerifyRole = "verify";
inline constexpr llvm::StringLiteral kExitHeadRole = "exit_head";
inline constexpr llvm::StringLiteral kEncoderRole = "encoder";

/// True for the elements of tensors that inputs, states and results may have: floating
/// point numbers of 16, 32 or 64 bits, integers of 1, 8, 16, 32 or 64.
bool isStorable(Type type);
/// Are numbers of this type whole bytes, one to eight?
bool hasWholeBytes(Type element);
/// The most bytes of one tensor or buffer: sums and products of such sizes fit into 64
/// bits.
inline constexpr uint64_t kMostTensorBytes = uint64_t(1) << 40;
/// Is `type` a tensor or buffer that no memory holds, whatever its dynamic extents are?
bool isTooLarge(Type type);

/// Elements that lie side by side in a file: so many in so many bytes.
struct ElementPacking {
  int64_t elements, bytes;

  int64_t countBytes(int64_t count) const { return count / elements * bytes; }
};

/// Of whole bytes, or of `!eke.quants`.
ElementPacking getPacking(Type element);

/// The elements of a payload of a weight: `#eke.payload` or an ElementsAttr.
Type getPayloadElement(Attribute payload);
int64_t countPayloadElements(Attribute payload);

/// The `#eke.storage` that keeps the numbers of a payload.
inline constexpr llvm::StringLiteral kKeepStorage = "keep";

/// No model drafts more tokens before it verifies them.
inline constexpr int64_t kMostDrafts = 15;

/// The row counts of the model that verifies at most `drafts` drafted tokens and
/// what follows them: powers of two and what lies halfway between them, so that few
/// rows are computed in vain.
SmallVector<int64_t> getVerifyRows(int64_t drafts);

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_EKEDIALECT_H
