//===- StopTexts.cpp - Texts that end a text ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/StopTexts.h"

#include <string.h>

namespace eke::rt {

/// The size of a stop text with which ends what is held back, or 0.
size_t StopTexts::endsWithStop() const {
  for (int i = 0; i < count; ++i)
    if (texts[i].size <= heldSize && memcmp(buffer + heldSize - texts[i].size,
                                            texts[i].data, texts[i].size) == 0)
      return texts[i].size;
  return 0;
}

/// May a stop text begin with what is held back behind `from`?
bool StopTexts::mayBegin(size_t from) const {
  size_t size = heldSize - from;
  for (int i = 0; i < count; ++i)
    if (size < texts[i].size && memcmp(buffer + from, texts[i].data, size) == 0)
      return true;
  return false;
}

void StopTexts::put(const char *data, size_t size, TextStream::Sink sink,
                    void *ctx) {
  // Everything is behind something that was passed on, byte by byte; what goes on
  // together is given together.
  char ready[longest];
  size_t readySize = 0;
  auto pass = [&](size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) {
      if (readySize == sizeof ready) {
        sink(ctx, ready, readySize);
        readySize = 0;
      }
      ready[readySize++] = buffer[i];
    }
    passed += bytes;
    heldSize -= bytes;
    memmove(buffer, buffer + bytes, heldSize);
  };
  for (size_t i = 0; i < size && !found; ++i) {
    buffer[heldSize++] = data[i];
    if (size_t stop = endsWithStop()) {
      pass(heldSize - stop);
      found = true;
      break;
    }
    size_t from = 0;
    while (from < heldSize && !mayBegin(from))
      ++from;
    pass(from);
  }
  if (readySize > 0)
    sink(ctx, ready, readySize);
}

} // namespace eke::rt
