//===- CompiledProgram.h - What a profiler sees of a program ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_COMPILEDPROGRAM_H
#define EKE_COMPILER_METER_COMPILEDPROGRAM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mlir::eke::profile {

/// A name for addresses of the program.
struct Symbol {
  uint64_t address = 0, size = 0;
  std::string name;
};

/// An argument of an entry: what `eke_tensor` says.
struct Argument {
  std::string name;
  /// EKE_F32 and so on, and the bytes of all elements.
  int32_t type = 0;
  uint64_t bytes = 0;
  bool isOutput = false;
  /// The least that its integers may be.
  int64_t min = INT64_MIN;
};

/// An entry of the model: what `eke_entry` says.
struct Entry {
  std::string name;
  /// What it is for, such as EKE_ROLE_HEAD; names are for people.
  std::string role;
  int64_t rows = 0;
  uint64_t address = 0;
  /// Of weights that a call reads, each time it does.
  uint64_t weightBytes = 0;
  std::vector<Argument> arguments;

  /// NAME/ROWS, which no other entry has.
  std::string getLabel() const { return name + "/" + std::to_string(rows); }
  size_t countOutputs() const {
    return llvm::count_if(
        arguments, [](const Argument &argument) { return argument.isOutput; });
  }
};

struct Offsets;

/// What `eke_language` says.
struct Language {
  int32_t context = 0, width = 0, bos = -1;
  /// The arguments that make it decode token by token, whatever exit it has.
  std::vector<std::string> plainArguments;
};

/// An executable that `eke compile` wrote: its symbols, its code, and what its
/// `eke_model` says.
class CompiledProgram {
public:
  /// No program.
  CompiledProgram() = default;

  /// Reads `path`; says what is wrong if it is no program of ours. Errors are about
  /// `name`: what the program was made of.
  static llvm::Expected<CompiledProgram> open(llvm::StringRef path,
                                              llvm::StringRef name);

  /// The function that contains `address`, or null.
  const Symbol *findFunction(uint64_t address) const;

  /// The code from `address` to the end of its section; empty if none is there.
  llvm::ArrayRef<uint8_t> getCode(uint64_t address) const;

  /// Is the code there in Arm's shorter encoding? The C library's is, on 32 bits.
  bool isThumb(uint64_t address) const;

  llvm::Triple triple;
  std::string path, name, model, hash, target, weightsFormat;
  /// Nothing if the model is no language model.
  std::optional<Language> language;
  std::vector<Entry> entries;
  /// Where execution begins. All addresses are as they are linked: the program runs
  /// wherever it is loaded.
  uint64_t entryPoint = 0;
  /// Where the weights of each memory lie.
  std::vector<Symbol> weights;
  /// The memory that the program maps when it starts, state first; or where it lies, if it
  /// is linked.
  uint64_t stateBytes = 0, arenaBytes = 0;
  uint64_t stateAddress = 0, arenaAddress = 0;
  /// The memories of the board that it is linked for; none of a program for a system. The
  /// file does not say them.
  std::vector<Symbol> memories;
  /// Where the call of a pipeline's kernel is prepared, in order of addresses.
  std::vector<Symbol> callLabels;

private:
  llvm::Error readSymbols();
  llvm::Error readSections();
  llvm::Error readModelInfo();
  void readLanguage(uint64_t address);
  void readEntries();
  Argument readArgument(uint64_t address) const;
  llvm::ArrayRef<uint8_t> getBytes(uint64_t address) const;
  uint64_t readWord(uint64_t address, unsigned bytes) const;
  uint64_t readPointer(uint64_t address) const;
  /// The one of the program's machine.
  uint64_t at(Offsets offsets) const;
  bool isArm32() const { return triple.isARM() || triple.isThumb(); }
  std::string readText(uint64_t address) const;

  llvm::object::OwningBinary<llvm::object::ObjectFile> file;
  std::map<uint64_t, llvm::ArrayRef<uint8_t>> code, data;
  std::vector<Symbol> functions;
  /// Where code of another encoding begins: `a`, or `t` of Thumb; or data, `d`.
  std::map<uint64_t, char> encodings;
  uint64_t infoAddress = 0;
};

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_COMPILEDPROGRAM_H
