//===- Encode.cpp - Words to tokens by merging pairs ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A word starts as one symbol per byte, in a linked list; a heap holds the
// pairs that may be merged, smallest rank first, leftmost of equals. A pair
// whose symbols have changed since it was pushed is recognised when it comes
// up.
//===----------------------------------------------------------------------===//

#include "runtime/text/Tokenizer.h"

namespace eke::rt {

namespace {

constexpr int32_t none = -1;

/// A token of the word so far; `id` is EKE_NO_TOKEN once its left neighbour has
/// swallowed it.
struct Symbol {
  uint32_t id;
  int32_t previous, next;
};

/// Symbol `at` and its right neighbour become `result`.
struct Merge {
  uint32_t rank;
  int32_t at;
  uint32_t result;

  bool operator<(const Merge &other) const {
    return rank != other.rank ? rank < other.rank : at < other.at;
  }
};

/// A binary heap with its smallest element on top.
struct Heap {
  Merge *items;
  size_t size;

  void push(Merge merge) {
    size_t i = size++;
    for (; i > 0 && merge < items[(i - 1) / 2]; i = (i - 1) / 2)
      items[i] = items[(i - 1) / 2];
    items[i] = merge;
  }

  Merge pop() {
    Merge top = items[0];
    Merge moved = items[--size];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < size; i = child) {
      if (child + 1 < size && items[child + 1] < items[child])
        ++child;
      if (!(items[child] < moved))
        break;
      items[i] = items[child];
    }
    items[i] = moved;
    return top;
  }
};

/// A word of n symbols pushes n-1 pairs, and each of its at most n-1 merges
/// pops one and pushes at most two.
constexpr size_t scratchPerByte = sizeof(Symbol) + 2 * sizeof(Merge);

/// One word being merged.
struct WordMerger {
  const Tokenizer &tokenizer;
  Symbol *symbols;
  int32_t count;
  Heap heap;
  bool afterUnknown = false;

  void append(uint8_t byte);
  void considerPair(int32_t left);
  void apply(Merge merge);
  size_t run(int32_t *ids);
};

} // namespace

/// Finds the pair in merges sorted by (left, right).
template <typename T>
static const T *find(const T *merges, uint32_t count, uint32_t left,
                     uint32_t right) {
  uint64_t key = uint64_t(left) << 32 | right;
  while (count > 0) {
    uint32_t half = count / 2;
    const T &m = merges[half];
    uint64_t middle = uint64_t(m.left) << 32 | m.right;
    if (middle == key)
      return &m;
    if (middle < key) {
      merges += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return nullptr;
}

template <typename T>
static bool findMerge(const Tokenizer &t, uint32_t left, uint32_t right,
                      Merge &merge) {
  const T *found = find(static_cast<const T *>(t.merges), t.header->merge_count,
                        left, right);
  if (!found)
    return false;
  merge.rank = found->rank;
  merge.result = found->result;
  return true;
}

static bool findMerge(const Tokenizer &t, uint32_t left, uint32_t right,
                      Merge &merge) {
  if (t.has(EKE_TOKENIZER_WIDE))
    return findMerge<eke_wide_merge>(t, left, right, merge);
  return findMerge<eke_merge>(t, left, right, merge);
}

void WordMerger::append(uint8_t byte) {
  uint32_t id = tokenizer.byteIds[byte];
  if (id == EKE_NO_TOKEN) {
    id = tokenizer.header->unknown;
    bool isFused = tokenizer.has(EKE_TOKENIZER_FUSE_UNKNOWN) && afterUnknown;
    afterUnknown = true;
    // Without an unknown token it is dropped, as the Hugging Face library does.
    if (id == EKE_NO_TOKEN || isFused)
      return;
  } else {
    afterUnknown = false;
  }
  symbols[count] = {id, count - 1, none};
  if (count > 0)
    symbols[count - 1].next = count;
  ++count;
}

void WordMerger::considerPair(int32_t left) {
  Merge merge = {0, left, 0};
  if (left != none && symbols[left].next != none &&
      findMerge(tokenizer, symbols[left].id, symbols[symbols[left].next].id,
                merge))
    heap.push(merge);
}

void WordMerger::apply(Merge merge) {
  Symbol &left = symbols[merge.at];
  Merge now;
  if (left.id == EKE_NO_TOKEN || left.next == none ||
      !findMerge(tokenizer, left.id, symbols[left.next].id, now) ||
      now.result != merge.result)
    return; // stale
  Symbol &right = symbols[left.next];
  left.id = merge.result;
  left.next = right.next;
  right.id = EKE_NO_TOKEN;
  if (left.next != none)
    symbols[left.next].previous = merge.at;
  considerPair(left.previous);
  considerPair(merge.at);
}

size_t WordMerger::run(int32_t *ids) {
  for (int32_t i = 0; i + 1 < count; ++i)
    considerPair(i);
  while (heap.size > 0)
    apply(heap.pop());
  size_t written = 0;
  for (int32_t i = count > 0 ? 0 : none; i != none; i = symbols[i].next)
    ids[written++] = int32_t(symbols[i].id);
  return written;
}

static size_t sizeOf(const Word &word) {
  return word.text.size + word.spaceBefore;
}

EncodeNeeds encodeNeeds(const Tokenizer &tokenizer, Bytes text) {
  size_t longest = 0, bytes = 0;
  Splitter splitter(tokenizer, text);
  for (Word word; splitter.next(word);) {
    size_t size = word.added < 0 ? sizeOf(word) : 1;
    longest = size > longest ? size : longest;
    bytes += size;
  }
  return {bytes, longest * scratchPerByte};
}

size_t encode(const Tokenizer &tokenizer, Bytes text, int32_t *ids,
              void *scratch) {
  size_t written = 0;
  Splitter splitter(tokenizer, text);
  for (Word word; splitter.next(word);) {
    if (word.added >= 0) {
      ids[written++] = int32_t(word.added);
      continue;
    }
    Symbol *symbols = static_cast<Symbol *>(scratch);
    Merge *items = reinterpret_cast<Merge *>(symbols + sizeOf(word));
    WordMerger merger = {tokenizer, symbols, 0, {items, 0}};
    if (word.spaceBefore)
      merger.append(' ');
    for (size_t i = 0; i < word.text.size; ++i)
      merger.append(uint8_t(word.text.data[i]));
    written += merger.run(ids + written);
  }
  return written;
}

} // namespace eke::rt
