//===- Reader.cpp - What a reader owes any input --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/readers/Reader.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

namespace mlir::eke::test {

void require(bool holds, llvm::StringRef what) {
  if (holds)
    return;
  llvm::errs() << "required: " << what << '\n';
  std::abort();
}

void requireLine(llvm::StringRef message) {
  require(!message.empty(), "a reason for a refusal");
  require(message.find_first_of("\n\r") == llvm::StringRef::npos,
          "one line for a refusal, but it is: " + message.str());
}

void requireLines(llvm::Error refusal) {
  llvm::handleAllErrors(
      std::move(refusal),
      [](const llvm::ErrorInfoBase &fault) { requireLine(fault.message()); });
}

MemoryFile::MemoryFile() : descriptor(memfd_create("input", MFD_CLOEXEC)) {
  if (descriptor < 0)
    llvm::report_fatal_error("no file in memory for this test");
  path = "/proc/self/fd/" + std::to_string(descriptor);
}

MemoryFile::~MemoryFile() { close(descriptor); }

void MemoryFile::write(llvm::StringRef contents) {
  if (ftruncate(descriptor, 0) != 0 ||
      pwrite(descriptor, contents.data(), contents.size(), 0) !=
          ssize_t(contents.size()))
    llvm::report_fatal_error("this test cannot write its input");
}

} // namespace mlir::eke::test

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  mlir::eke::test::attack({reinterpret_cast<const char *>(data), size});
  return 0;
}

// LLVM's allocators poison what they have not given out. Its libraries are
// Debian's, without sanitizers, and would not take that back.
extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0";
}
extern "C" const char *__ubsan_default_options() {
  return "print_stacktrace=1";
}
