//===- PromptCache.cpp - Caches that outlive a run ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   header | what the program is | tokens | number and bytes of each page of the states
//   that is not zero | checksum of all that
//===----------------------------------------------------------------------===//

#include "runtime/programs/PromptCache.h"

#include <stdio.h>
#include <string.h>

namespace eke::rt {

static constexpr uint64_t pageSize = 4096;

namespace {

struct Header {
  char magic[8];
  char modelHash[64], target[64], compiler[32];
  uint64_t stateBytes, tokenCount, pageCount;
};
static_assert(sizeof(Header) % 8 == 0);

Header describe(const eke_model &model) {
  Header header = {};
  memcpy(header.magic, "EKEPC\0\0\1", sizeof header.magic);
  snprintf(header.modelHash, sizeof header.modelHash, "%s", model.model_hash);
  snprintf(header.target, sizeof header.target, "%s", model.target);
  snprintf(header.compiler, sizeof header.compiler, "%s",
           model.compiler_version);
  header.stateBytes = model.state_bytes;
  return header;
}

/// A sum of 64-bit words that tells a damaged file (FNV-1a, word by word).
struct Checksum {
  uint64_t value = 0xcbf29ce484222325;

  void add(const void *data, size_t size) {
    auto *bytes = static_cast<const char *>(data);
    for (size_t at = 0; at < size; at += 8) {
      uint64_t word = 0;
      memcpy(&word, bytes + at, size - at < 8 ? size - at : 8);
      value = (value ^ word) * 0x100000001b3;
    }
  }
};

/// A file that is written front to back.
struct Output {
  OutputReplacement file;
  Checksum sum = {};

  void put(const void *data, size_t size) {
    sum.add(data, size);
    file.write(data, size);
  }
};

uint64_t sizeOfPage(uint64_t page, uint64_t stateBytes) {
  uint64_t rest = stateBytes - page * pageSize;
  return rest < pageSize ? rest : pageSize;
}

bool isZero(const uint8_t *bytes, uint64_t size) {
  return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

uint64_t countPages(const eke_model &model, const uint8_t *state) {
  uint64_t count = 0;
  for (uint64_t page = 0; page * pageSize < model.state_bytes; ++page)
    count +=
        !isZero(state + page * pageSize, sizeOfPage(page, model.state_bytes));
  return count;
}

/// Reads what is in a file from its start on.
struct Input {
  Bytes rest;

  const char *take(uint64_t size) {
    if (size > rest.size)
      return nullptr;
    const char *data = rest.data;
    rest = {rest.data + size, rest.size - size_t(size)};
    return data;
  }
};

} // namespace

/// Tokens take whole words, so that all that follows is aligned.
static uint64_t tokenBytes(uint64_t count) { return (count + 1) / 2 * 8; }

/// Copies the pages of a file to the states; false if it is not as it was written.
static bool readPages(Input in, const Header &header, uint8_t *state) {
  uint64_t pages = (header.stateBytes + pageSize - 1) / pageSize;
  for (uint64_t i = 0; i < header.pageCount; ++i) {
    uint64_t page = pages;
    if (const char *number = in.take(sizeof page))
      memcpy(&page, number, sizeof page);
    if (page >= pages)
      return false;
    uint64_t size = sizeOfPage(page, header.stateBytes);
    const char *bytes = in.take(size);
    if (!bytes)
      return false;
    memcpy(state + page * pageSize, bytes, size);
  }
  return in.rest.size == sizeof(uint64_t);
}

static bool isWhole(Bytes file) {
  if (file.size < sizeof(Header) + sizeof(uint64_t))
    return false;
  size_t size = file.size - sizeof(uint64_t);
  Checksum sum;
  sum.add(file.data, size);
  return memcmp(&sum.value, file.data + size, sizeof sum.value) == 0;
}

PromptCache::PromptCache(const char *path, const Program &program)
    : path(path), program(program) {
  if (!path || !isFile(path))
    return;
  Bytes file = readFile(path);
  const Header own = describe(program.model);
  if (file.size < sizeof own.magic ||
      memcmp(file.data, own.magic, sizeof own.magic) != 0)
    fail("'%s' is no prompt cache", path);
  if (!isWhole(file))
    fail("the prompt cache '%s' is damaged", path);
  Input in = {file};
  Header header;
  memcpy(&header, in.take(sizeof header), sizeof header);
  if (memcmp(&header, &own, offsetof(Header, tokenCount)) != 0)
    fail("the prompt cache '%s' is of another program", path);
  const char *ids = header.tokenCount < in.rest.size
                        ? in.take(tokenBytes(header.tokenCount))
                        : nullptr;
  if (!ids || header.tokenCount > uint64_t(program.model.language->context) ||
      !readPages(in, header, program.state))
    fail("the prompt cache '%s' is damaged", path);
  tokens = reinterpret_cast<const int32_t *>(ids);
  count = int64_t(header.tokenCount);
}

int64_t PromptCache::countRead(const int32_t *text, int64_t size) const {
  int64_t same = 0;
  while (same < count && same + 1 < size && tokens[same] == text[same])
    ++same;
  return same;
}

bool PromptCache::lacks(const int32_t *text, int64_t size) const {
  return path && size > 0 &&
         (count < size || memcmp(tokens, text, size_t(size) * 4) != 0);
}

void PromptCache::checkWritable() const { OutputReplacement(path).discard(); }

void PromptCache::write(const int32_t *text, int64_t size) const {
  const eke_model &model = program.model;
  Header header = describe(model);
  header.tokenCount = uint64_t(size);
  header.pageCount = countPages(model, program.state);
  Output out = {OutputReplacement(path)};
  out.put(&header, sizeof header);
  out.put(text, size_t(size) * sizeof *text);
  if (size % 2)
    out.file.write("\0\0\0", 4); // which the sum takes for zeros anyway
  for (uint64_t page = 0; page * pageSize < model.state_bytes; ++page) {
    const uint8_t *bytes = program.state + page * pageSize;
    uint64_t length = sizeOfPage(page, model.state_bytes);
    if (isZero(bytes, length))
      continue;
    out.put(&page, sizeof page);
    out.put(bytes, length);
  }
  out.file.write(&out.sum.value, sizeof out.sum.value);
  out.file.keep();
}

} // namespace eke::rt
