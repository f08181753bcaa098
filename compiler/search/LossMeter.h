//===- LossMeter.h - What decisions lose of a model -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   options of a variant --> program --> probabilities --\
//   f32, nothing rotated --> program --> probabilities ----> divergence
//
// Everything is compiled for this machine and run on it. What was measured once is kept, so
// that who is stopped goes on, and others may measure a part.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_LOSSMETER_H
#define EKE_COMPILER_SEARCH_LOSSMETER_H

#include "compiler/meter/CompiledProgram.h"
#include "compiler/pipeline/Compilation.h"
#include "compiler/support/TemporaryFolder.h"

#include "llvm/ADT/StringMap.h"

namespace mlir::eke {

/// What a language model loses by the decisions of options, on a text.
class LossMeter {
public:
  /// `store` is the folder that keeps what is measured, or empty: a cache. `part` tells
  /// processes apart that measure at the same time; each reads what all have written.
  static llvm::Expected<LossMeter> create(const CompileOptions &options,
                                          StringRef compiler,
                                          StringRef store = "",
                                          StringRef part = "");

  /// The options of the model itself: nothing is rounded or rotated.
  const CompileOptions &getPlain() const { return plain; }

  /// Has the model itself, which knows so many tokens, read the beginning of `text`, as much as
  /// can be compared: its probabilities take some memory.
  llvm::Error readReference(StringRef text, size_t vocab);

  /// The Kullback-Leibler divergence of the next token's probabilities from those of the
  /// model itself, in nats a token: the mean over the text.
  llvm::Expected<double> measureDivergence(const CompileOptions &variant);
  bool isDivergenceKnown(const CompileOptions &variant) const;

  /// What the tokens of `text` cost, in nats a token: the mean, whatever the model itself says.
  llvm::Expected<double> measureNats(const CompileOptions &variant,
                                     StringRef text);

private:
  LossMeter(const CompileOptions &options, StringRef compiler,
            TemporaryFolder folder);
  llvm::Expected<profile::CompiledProgram>
  compile(const CompileOptions &variant);
  void findJournal(const profile::CompiledProgram &program, StringRef text);
  void readJournals();
  llvm::Error note(StringRef key, double loss);

  CompileOptions plain;
  std::string compiler, store, part;
  TemporaryFolder folder;
  size_t vocab = 0;
  /// What has been measured, by all and by this process, and how the files begin that it is
  /// in.
  llvm::StringMap<double> known, own;
  std::string journal;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_LOSSMETER_H
