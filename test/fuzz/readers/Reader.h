//===- Reader.h - What a reader owes any input ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each file of this folder defines `attack` for one reader, and becomes a program
// of libFuzzer. The sanitizers watch for memory; `require` for what else must hold.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_TEST_FUZZ_READERS_READER_H
#define EKE_TEST_FUZZ_READERS_READER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace mlir::eke::test {

/// Gives `input` to the reader.
void attack(llvm::StringRef input);

/// Unless `holds`, prints what does not and ends the program, which libFuzzer
/// takes for a find.
void require(bool holds, llvm::StringRef what);

/// A refusal has to be one line.
void requireLine(llvm::StringRef message);

/// Each of the faults in `refusal` has to be one line.
void requireLines(llvm::Error refusal);

/// Whether `result` is a success.
template <typename T> bool accepts(llvm::Expected<T> &result) {
  if (result)
    return true;
  requireLines(result.takeError());
  return false;
}

/// A file in memory, for readers that take a path.
class MemoryFile {
public:
  MemoryFile();
  ~MemoryFile();

  void write(llvm::StringRef contents);
  llvm::StringRef getPath() const { return path; }

private:
  int descriptor;
  std::string path;
};

} // namespace mlir::eke::test

#endif // EKE_TEST_FUZZ_READERS_READER_H
