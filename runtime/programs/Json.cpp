//===- Json.cpp - Writing JSON --------------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Json.h"

#include "runtime/text/Printable.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

namespace eke::rt {

/// JSON is UTF-8: bytes that are none become the text `\xHH`.
void putJsonPiece(Writer &out, const char *text, size_t size) {
  auto putPiece = [&](Piece piece, const char *bytes, size_t size,
                      uint32_t codePoint) {
    if (piece == Piece::Control)
      return out.format("\\u%04x", codePoint);
    if (piece == Piece::Plain) {
      if (*bytes == '"' || *bytes == '\\')
        out.put("\\");
      return out.put(bytes, size);
    }
    for (size_t i = 0; i < size; ++i)
      out.format("\\\\x%02x", uint8_t(bytes[i]));
  };
  forEachPiece(text, size, putPiece);
}

static void putString(Writer &out, const char *text) {
  out.put("\"");
  putJsonPiece(out, text, strlen(text));
  out.put("\"");
}

void JsonObject::startMember(const char *key) {
  out.put(isFirst ? "\n" : ",\n");
  isFirst = false;
  for (int i = 0; i < depth; ++i)
    out.put("  ");
  putString(out, key);
  out.put(": ");
}

void JsonObject::text(const char *key, const char *value) {
  startMember(key);
  putString(out, value);
}

void JsonObject::real(const char *key, double value) {
  startMember(key);
  if (isfinite(value))
    out.format("%.12g", value);
  else
    out.put("null");
}

void JsonObject::integer(const char *key, int64_t value) {
  startMember(key);
  if (value >= 0)
    out.format("%" PRId64, value);
  else
    out.put("null");
}

void JsonObject::integers(const char *key, const int64_t *values,
                          int64_t count) {
  startMember(key);
  for (int64_t i = 0; i < count; ++i)
    out.format(i == 0 ? "[%" PRId64 : ", %" PRId64, values[i]);
  out.put(count == 0 ? "[]" : "]");
}

void JsonObject::open(const char *key) {
  startMember(key);
  out.put("{");
  isFirst = true;
  ++depth;
}

void JsonObject::close() {
  --depth;
  out.put("\n");
  for (int i = 0; i < depth; ++i)
    out.put("  ");
  out.put("}");
  isFirst = false;
}

void JsonObject::end() {
  close();
  out.put("\n");
  out.flush();
}

} // namespace eke::rt
