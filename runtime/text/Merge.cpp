//===- Merge.cpp - A word to tokens by merging pairs ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A word starts as one symbol per byte or character, in a linked list; a heap holds the
// pairs that may be merged, smallest rank first, leftmost of equals. A pair
// whose symbols have changed since it was pushed is recognised when it comes
// up.
//===----------------------------------------------------------------------===//

#include "runtime/text/Matcher.h"
#include "runtime/text/Words.h"

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
static_assert(sizeof(Symbol) + 2 * sizeof(Merge) <= scratchPerByte);

/// One word being merged.
struct WordMerger {
  const Tokenizer &tokenizer;
  Symbol *symbols;
  int32_t count;
  Heap heap;
  bool afterUnknown = false; ///< a token for it is still to come

  void push(uint32_t id);
  void pushUnknown();
  void endUnknown();
  void appendBytes(Bytes word);
  void appendCharacters(Bytes word);
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

void WordMerger::push(uint32_t id) {
  symbols[count] = {id, count - 1, none};
  if (count > 0)
    symbols[count - 1].next = count;
  ++count;
}

void WordMerger::endUnknown() {
  if (afterUnknown)
    push(tokenizer.header->unknown);
  afterUnknown = false;
}

/// The token comes when it is clear that no other unknown one follows. Without an unknown
/// token what is unknown is dropped, as the Hugging Face library does.
void WordMerger::pushUnknown() {
  if (!tokenizer.has(EKE_TOKENIZER_FUSE_UNKNOWN))
    endUnknown();
  afterUnknown = tokenizer.header->unknown != EKE_NO_TOKEN;
}

void WordMerger::appendBytes(Bytes word) {
  for (size_t i = 0; i < word.size; ++i) {
    uint32_t id = tokenizer.byteId(uint8_t(word.data[i]));
    if (id == EKE_NO_TOKEN) {
      pushUnknown();
      continue;
    }
    endUnknown();
    push(id);
  }
  endUnknown();
}

void WordMerger::appendCharacters(Bytes word) {
  const char *end = word.data + word.size;
  for (const char *at = word.data; at < end;) {
    const char *next = readChar(at, end).next;
    Bytes character = {at, size_t(next - at)};
    at = next;
    uint32_t number = findText(tokenizer, character);
    if (number != EKE_NO_TOKEN) {
      endUnknown();
      push(idOf(tokenizer, number));
    } else if (haveTokens(tokenizer, character)) {
      for (size_t i = 0; i < character.size; ++i)
        push(tokenizer.byteId(uint8_t(character.data[i])));
    } else {
      pushUnknown();
    }
  }
  endUnknown();
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

size_t mergeWord(const Tokenizer &tokenizer, Bytes word, int32_t *ids,
                 void *scratch) {
  Symbol *symbols = static_cast<Symbol *>(scratch);
  Merge *items = reinterpret_cast<Merge *>(symbols + word.size);
  WordMerger merger = {tokenizer, symbols, 0, {items, 0}};
  if (tokenizer.has(EKE_TOKENIZER_CHARACTERS))
    merger.appendCharacters(word);
  else
    merger.appendBytes(word);
  return merger.run(ids);
}

} // namespace eke::rt
