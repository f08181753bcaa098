//===- ModelNote.cpp - Programs to report on, attacked --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/ModelNote.h"
#include "test/fuzz/readers/Reader.h"

namespace mlir::eke::test {

/// The text is what other readers are attacked with.
void attack(llvm::StringRef input) {
  static MemoryFile file;
  file.write(input);
  auto text = readModelNote(file.getPath());
  accepts(text);
}

} // namespace mlir::eke::test
