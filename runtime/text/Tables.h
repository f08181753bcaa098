//===- Tables.h - Tables of a blob ------------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_TEXT_TABLES_H
#define EKE_RUNTIME_TEXT_TABLES_H

#include "runtime/text/Tokenizer.h"

namespace eke::rt {

/// Takes tables out of a blob, and notes whether all lie inside it.
struct TableReader {
  const uint8_t *blob;
  uint64_t size;
  bool ok = true;

  TableReader(const uint8_t *blob, uint64_t size) : blob(blob), size(size) {}
  explicit TableReader(const Tokenizer &t)
      : TableReader(reinterpret_cast<const uint8_t *>(t.header),
                    t.header->total_bytes) {}

  template <typename T> const T *take(uint32_t offset, uint64_t count) {
    if (count == 0)
      return reinterpret_cast<const T *>(blob);
    ok = ok && offset % alignof(T) == 0 && offset <= size &&
         count <= (size - offset) / sizeof(T);
    return reinterpret_cast<const T *>(blob + offset);
  }
};

} // namespace eke::rt

#endif // EKE_RUNTIME_TEXT_TABLES_H
