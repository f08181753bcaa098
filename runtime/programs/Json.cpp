//===- Json.cpp - Writing JSON --------------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Json.h"

#include <inttypes.h>
#include <math.h>

namespace eke::rt {

static void putString(Writer &out, const char *text) {
  out.put("\"");
  for (; *text; ++text) {
    if (uint8_t(*text) < 0x20)
      out.format("\\u%04x", *text);
    else if (*text == '"' || *text == '\\')
      out.format("\\%c", *text);
    else
      out.put(text, 1);
  }
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
