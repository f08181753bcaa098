//===- Json.h - Writing JSON ------------------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_JSON_H
#define EKE_RUNTIME_PROGRAMS_JSON_H

#include "runtime/os/System.h"

namespace eke::rt {

/// Writes one object, a member a line; null where a value is unknown.
class JsonObject {
public:
  explicit JsonObject(Writer &out) : out(out) { out.put("{"); }

  void text(const char *key, const char *value);
  void real(const char *key, double value);     ///< null unless finite
  void integer(const char *key, int64_t value); ///< null if negative
  void integers(const char *key, const int64_t *values, int64_t count);
  void open(const char *key); ///< starts an inner object
  void close();               ///< ends an inner object
  void end();

private:
  void startMember(const char *key);

  Writer &out;
  bool isFirst = true;
  int depth = 1;
};

/// Writes a part of a string, without quotes around it.
void putJsonPiece(Writer &out, const char *text, size_t size);

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_JSON_H
