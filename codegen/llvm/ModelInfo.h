//===- ModelInfo.h - What a binary says about itself ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The contents of the tables of runtime/include/eke/abi.h, gathered from a
// lowered module and written as LLVM globals.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_MODELINFO_H
#define EKE_CODEGEN_LLVM_MODELINFO_H

#include "dialects/eke/Chat.h"
#include "dialects/eke/EkeDialect.h"
#include "runtime/include/eke/abi.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace mlir::eke {

/// One argument of an entry; becomes an `eke_tensor`.
struct TensorInfo {
  std::string name;
  int32_t dtype; // EKE_F32 …
  std::vector<int64_t> shape;
  bool isOutput;
  int64_t min = INT64_MIN, max = INT64_MAX;
};

/// One entry; becomes an `eke_entry`. `symbol` is the function that takes one
/// pointer per argument, then the state and the arena.
struct EntryInfo {
  std::string name;
  std::string symbol;
  int64_t rows;
  std::vector<TensorInfo> args;
  std::string role;
  int64_t period = 0; // in ns
  int64_t weightBytes = 0, arenaBytes = 0;
  /// The most stack that a call takes, in words; empty if nobody asked.
  std::string stack;
};

/// Becomes an `eke_state`.
struct StateInfo {
  std::string name;
  int32_t dtype;
  std::vector<int64_t> shape;
  int64_t offset, bytes;
  /// What it is at start, again and again; empty: zeros.
  std::vector<uint8_t> initial;
};

/// Becomes an `eke_language`; what an exit adds is zero without one.
struct LanguageInfo {
  int32_t vocab, width, context, bos, chunk;
  std::vector<int32_t> ends;
  /// An `eke_tokenizer` and its tables.
  std::vector<uint8_t> tokenizer;
  int32_t runs = 0, exit = 0, drafts = 0;
  float threshold = 0, head = 0, exitHead = 0;
  std::array<float, EKE_MOST_DRAFTS + 1> rows = {};
  std::optional<ChatForm> chat = {};
};

/// Becomes the `eke_model`.
struct ModelInfo {
  std::string name, target, compilerVersion, hash, weightsFormat, cachesFormat;
  /// Of a language model: the format of the matrices at its ends.
  std::string headFormat;
  /// Whether its rows are rotated, and its weights serve such rows.
  bool isRotated = false;
  int64_t weightBytes = 0, stateBytes = 0, arenaBytes = 0;
  /// The memories that states and the arena lie in, if those are not where all lies that is
  /// written.
  std::string stateMemory, arenaMemory;
  std::vector<EntryInfo> entries;
  std::vector<StateInfo> states;
  std::optional<LanguageInfo> language;

  /// The symbol of the model, by which applications know it.
  std::string getSymbol() const;
  /// The same with the hash: no other model has it, even of the same name.
  std::string getUniqueSymbol() const;
  /// The bytes of the arguments of the entry that has most of them.
  int64_t getArgumentBytes() const;
};

/// Gathers what `module`, lowered to the LLVM dialect, says: its name and
/// attributes, its states, and the functions that carry `#eke.entry` with types. The
/// compiler's version, the hash and the tokenizer are left to the caller.
/// Reports an error at whatever is missing.
FailureOr<ModelInfo> readModelInfo(ModuleOp module);

/// Reports what a program needs of a language model and `info` lacks: entries of
/// the roles that the ABI describes, with the tensors that it describes.
LogicalResult checkLanguage(ModuleOp module, const ModelInfo &info);

/// Defines the model in `module`, which has the functions of the entries: under its
/// symbol, under its unique symbol, and as the `eke_program` that a main declares.
/// It has a state and an arena if `hasMemory`; a program reserves them.
void emitModelInfo(llvm::Module &module, const ModelInfo &info, bool hasMemory);

/// "f32" and the like.
StringRef getDTypeName(int32_t dtype);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_MODELINFO_H
