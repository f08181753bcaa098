//===- StatesFile.cpp - What is left of a run -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   u64 length | {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …},
//   and blanks up to that length | the elements of the states, one behind the other
//===----------------------------------------------------------------------===//

#include "runtime/programs/StatesFile.h"

#include "runtime/programs/Json.h"

#include <string.h>

namespace eke::rt {

/// What a header needs for a state besides the name, each of whose bytes may be six.
static constexpr uint64_t mostExtent = 24, mostOther = 128;

static const char *nameOf(int32_t dtype) {
  static const char *names[] = {"F32", "F16", "BF16", "I8",   "U8",
                                "I16", "I32", "I64",  "BOOL", "F64"};
  return names[dtype - EKE_F32];
}

StatesFile::StatesFile(const char *path) : path(path) {
  if (path)
    fd = openOutput(path);
}

static uint64_t boundHeader(const eke_model &model) {
  uint64_t bytes = 16;
  for (int32_t i = 0; i < model.state_count; ++i)
    bytes += 6 * strlen(model.states[i].name) +
             mostExtent * uint64_t(model.states[i].rank) + mostOther;
  return (bytes + 7) / 8 * 8;
}

static void putHeader(Writer &out, const eke_model &model) {
  uint64_t begin = 0;
  out.put("{");
  for (int32_t i = 0; i < model.state_count; ++i) {
    const eke_state &state = model.states[i];
    out.put(i == 0 ? "\"" : ",\"");
    putJsonPiece(out, state.name, strlen(state.name));
    out.format("\":{\"dtype\":\"%s\",\"shape\":[", nameOf(state.dtype));
    for (int32_t d = 0; d < state.rank; ++d)
      out.format(d ? ",%lld" : "%lld", (long long)state.shape[d]);
    out.format("],\"data_offsets\":[%llu,%llu]}", (unsigned long long)begin,
               (unsigned long long)(begin + state.bytes));
    begin += state.bytes;
  }
  out.put("}");
}

void StatesFile::write(const Program &program) const {
  if (!path)
    return;
  const eke_model &model = program.model;
  const uint64_t size = boundHeader(model);
  Writer out(fd, path);
  out.put(reinterpret_cast<const char *>(&size), sizeof size);
  putHeader(out, model);
  while (out.total < sizeof size + size)
    out.put(" ");
  out.flush();
  for (int32_t i = 0; i < model.state_count; ++i)
    writeAll(fd, program.state + model.states[i].offset, model.states[i].bytes,
             path);
  closeOutput(fd, path);
}

} // namespace eke::rt
