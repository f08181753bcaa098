//===- InputFile.cpp - Files from outside ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/InputFile.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

namespace fs = llvm::sys::fs;

namespace mlir::eke {

/// Names of files come from outside, too.
static std::string onOneLine(const llvm::Twine &text) {
  std::string line = text.str();
  for (char &character : line)
    if (llvm::isASCII(character) && !llvm::isPrint(character))
      character = '?';
  return line;
}

llvm::Error errorIn(llvm::StringRef file, const llvm::Twine &what) {
  return llvm::createStringError(onOneLine(file + ": " + what));
}

char PlacedError::ID = 0;

llvm::Error errorAt(llvm::StringRef file, const llvm::Twine &place,
                    const llvm::Twine &what) {
  return llvm::make_error<PlacedError>(onOneLine(file + ": " + place),
                                       onOneLine(what));
}

namespace {

/// Where an input is mapped, for handlers of signals, which take no lock.
struct MappedRange {
  std::atomic<const char *> begin, end, name;
};
MappedRange mappedRanges[256];

std::mutex inputsLock;
/// By the names that they had.
std::map<fs::UniqueID, std::string> inputs;

/// A buffer whose pages may turn out to be no longer there.
class InputBuffer : public llvm::MemoryBuffer {
public:
  InputBuffer(std::unique_ptr<llvm::MemoryBuffer> contents,
              llvm::StringRef path, bool hasZero)
      : contents(std::move(contents)), path(path) {
    init(this->contents->getBufferStart(), this->contents->getBufferEnd(),
         hasZero);
    if (this->contents->getBufferKind() == MemoryBuffer_MMap)
      enter();
  }
  ~InputBuffer() override {
    if (range)
      range->begin = nullptr;
  }

  llvm::StringRef getBufferIdentifier() const override { return path; }
  BufferKind getBufferKind() const override {
    return contents->getBufferKind();
  }

private:
  void enter() {
    for (MappedRange &each : mappedRanges) {
      const char *free = nullptr;
      if (!each.begin.compare_exchange_strong(free, getBufferStart()))
        continue;
      each.end = getBufferEnd();
      each.name = path.c_str();
      range = &each;
      return;
    }
  }

  std::unique_ptr<llvm::MemoryBuffer> contents;
  std::string path;
  MappedRange *range = nullptr;
};

/// Is it the machine that cannot, whatever the file is?
bool isShortage(std::error_code error) {
  return error == std::errc::not_enough_memory ||
         error == std::errc::too_many_files_open ||
         error == std::errc::too_many_files_open_in_system ||
         error == std::errc::io_error;
}

llvm::Error cannot(llvm::StringRef verb, llvm::StringRef path,
                   std::error_code error) {
  llvm::Error said = errorIn(path, "cannot " + verb + ": " + error.message());
  if (!isShortage(error))
    return said;
  return llvm::createStringError(error, llvm::toString(std::move(said)));
}

struct Slice {
  uint64_t offset, length;
};

/// How a file is opened.
struct Request {
  uint64_t mostBytes = ~uint64_t(0);
  std::optional<Slice> slice;
  bool needsZero = false, isInput = true;
};

/// Opens without waiting for anybody: the path may be one of a FIFO. Closed by the
/// caller.
llvm::Expected<int> openRegular(llvm::StringRef path, fs::file_status &status) {
  if (path.contains('\0')) // the system would open what stands before it
    return errorIn(path, "no name of a file");
  std::string name = path.str();
  int file = llvm::sys::RetryAfterSignal(
      -1, ::open, name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0)
    return cannot("open", path, llvm::errnoAsErrorCode());
  std::error_code error = fs::status(file, status);
  if (!error && fs::is_regular_file(status))
    return file;
  ::close(file);
  if (error)
    return cannot("open", path, error);
  return errorIn(path, "not a regular file");
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
open(llvm::StringRef path, const Request &request) {
  fs::file_status status;
  llvm::Expected<int> file = openRegular(path, status);
  if (!file)
    return file.takeError();
  llvm::scope_exit close([&] { ::close(*file); });
  uint64_t size = status.getSize();
  if (size > request.mostBytes)
    return errorIn(path, "has " + llvm::Twine(size) +
                             " bytes, expected at most " +
                             llvm::Twine(request.mostBytes));
  auto [offset, length] = request.slice.value_or(Slice{0, size});
  if (size < offset || size - offset < length)
    return errorIn(path, "has " + llvm::Twine(size) + " bytes, expected " +
                             llvm::Twine(length) + " at offset " +
                             llvm::Twine(offset));
  // A text is copied: what stands behind it shall not change.
  auto buffer =
      request.needsZero
          ? llvm::MemoryBuffer::getOpenFile(*file, path, size,
                                            /*RequiresNullTerminator=*/true,
                                            /*IsVolatile=*/true)
          : llvm::MemoryBuffer::getOpenFileSlice(*file, path, length, offset);
  if (!buffer)
    return cannot("read", path, buffer.getError());
  if (request.isInput) {
    std::lock_guard<std::mutex> lock(inputsLock);
    inputs[status.getUniqueID()] = path.str();
  }
  return std::make_unique<InputBuffer>(std::move(*buffer), path,
                                       request.needsZero);
}

} // namespace

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openInput(llvm::StringRef path) {
  return open(path, Request());
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openRegularFile(llvm::StringRef path) {
  Request request;
  request.isInput = false;
  return open(path, request);
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openText(llvm::StringRef path, uint64_t mostBytes) {
  Request request;
  request.mostBytes = mostBytes;
  request.needsZero = true;
  return open(path, request);
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openInputSlice(llvm::StringRef path, uint64_t offset, uint64_t length) {
  Request request;
  request.slice = Slice{offset, length};
  return open(path, request);
}

bool isInput(fs::UniqueID file) {
  std::lock_guard<std::mutex> lock(inputsLock);
  auto found = inputs.find(file);
  fs::UniqueID now;
  // What is gone has left its number to others.
  return found != inputs.end() && !fs::getUniqueID(found->second, now) &&
         now == file;
}

const char *findInputAt(const void *address) {
  auto *at = static_cast<const char *>(address);
  for (const MappedRange &range : mappedRanges)
    // The last page is whole.
    if (range.begin && at >= range.begin && range.end && at < range.end + 4096)
      return range.name;
  return nullptr;
}

} // namespace mlir::eke
