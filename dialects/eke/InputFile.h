//===- InputFile.h - Files from outside -------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whatever the compiler reads that is not its own, it reads here: the front ends, the
// passes and code generation alike.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_INPUTFILE_H
#define EKE_DIALECTS_EKE_INPUTFILE_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem/UniqueID.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>

namespace mlir::eke {

/// The error "`file`: `what`", on one line.
llvm::Error errorIn(llvm::StringRef file, const llvm::Twine &what);

/// An error at one place of a file, of which others may have the same.
class PlacedError : public llvm::ErrorInfo<PlacedError> {
public:
  static char ID;

  PlacedError(std::string place, std::string what)
      : place(std::move(place)), what(std::move(what)) {}

  void log(llvm::raw_ostream &os) const override { os << place << ' ' << what; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }
  /// What is wrong, without where.
  llvm::StringRef getWhat() const { return what; }

private:
  std::string place, what;
};

/// The error "`file`: `place` `what`", on one line.
llvm::Error errorAt(llvm::StringRef file, const llvm::Twine &place,
                    const llvm::Twine &what);

/// The most bytes of a text that is parsed as a whole.
inline constexpr uint64_t kMostTextBytes = uint64_t(1) << 28;

/// Maps the regular file at `path` into memory. Pages are read when touched.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openInput(llvm::StringRef path);

/// The same, but the file may be one of our own, which is no input.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openRegularFile(llvm::StringRef path);

/// Reads a text, behind which stands a zero.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openText(llvm::StringRef path, uint64_t mostBytes = kMostTextBytes);

/// Maps `length` bytes at `offset` of the file.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openInputSlice(llvm::StringRef path, uint64_t offset, uint64_t length);

/// Has this process read the file as an input?
bool isInput(llvm::sys::fs::UniqueID file);

/// The name of the input that is mapped to `address`, or null. For handlers of signals.
const char *findInputAt(const void *address);

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_INPUTFILE_H
