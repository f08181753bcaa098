//===- Scores.cpp - A word to the tokens of largest score -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From left to right, the best way to every place: its last token and its score. A
// token is short, so this is linear.
//===----------------------------------------------------------------------===//

#include "runtime/text/Matcher.h"
#include "runtime/text/Words.h"

#include <string.h>

namespace eke::rt {

namespace {

/// The best way to a place.
struct Way {
  double score;
  uint32_t number; ///< the last token or alias; unknownText
  int32_t from;    ///< where it starts; -1: there is no way
};
static_assert(sizeof(Way) <= scratchPerByte);

constexpr uint32_t unknownText = EKE_NO_TOKEN;

/// One word being cut.
class Lattice {
public:
  Lattice(const Tokenizer &tokenizer, Bytes word, Way *ways)
      : tokenizer(tokenizer), word(word), ways(ways) {
    ways[0] = {0, 0, 0};
    for (size_t i = 1; i <= word.size; ++i)
      ways[i].from = -1;
  }

  void run();
  size_t write(int32_t *ids);

private:
  void extend(size_t from, size_t size, uint32_t number, double score);
  void extendAll(size_t from);
  size_t writeUnknown(size_t from, size_t end, int32_t *ids);

  double scoreOf(uint32_t number) const {
    double wide = 0;
    float narrow = 0;
    if (number >= tokenizer.header->score_count)
      return 0;
    auto *bytes = static_cast<const char *>(tokenizer.scores);
    if (tokenizer.has(EKE_TOKENIZER_FLOAT_SCORES)) {
      memcpy(&narrow, bytes + number * sizeof(narrow), sizeof(narrow));
      return double(narrow);
    }
    memcpy(&wide, bytes + number * sizeof(wide), sizeof(wide));
    return wide;
  }

  const Tokenizer &tokenizer;
  Bytes word;
  Way *ways;
};

} // namespace

/// Considers one token behind the best way to `from`.
void Lattice::extend(size_t from, size_t size, uint32_t number, double score) {
  Way &way = ways[from + size];
  double sum = score + ways[from].score;
  bool isSingle = tokenizer.has(EKE_TOKENIZER_SINGLE);
  if (isSingle)
    sum = double(float(sum));
  if (way.from >= 0 && !(sum > way.score))
    return;
  way = {sum, number, int32_t(from)};
}

void Lattice::extendAll(size_t from) {
  const char *at = word.data + from, *end = word.data + word.size;
  size_t character = size_t(readChar(at, end).next - at);
  bool hasCharacter = false;
  PrefixRange range(tokenizer);
  for (const char *p = at; p < end && range.step(uint8_t(*p)); ++p) {
    uint32_t number = range.whole();
    if (number == EKE_NO_TOKEN)
      continue;
    size_t size = size_t(p + 1 - at);
    extend(from, size, number, scoreOf(number));
    hasCharacter |= size == character;
  }
  if (!hasCharacter) // the last score is that of what is unknown
    extend(from, character, unknownText,
           scoreOf(tokenizer.header->score_count - 1));
}

void Lattice::run() {
  const char *end = word.data + word.size;
  for (const char *at = word.data; at < end; at = readChar(at, end).next)
    extendAll(size_t(at - word.data));
}

/// Writes what is unknown from its end to its start.
size_t Lattice::writeUnknown(size_t from, size_t end, int32_t *ids) {
  Bytes text = {word.data + from, end - from};
  size_t count = 0;
  if (haveTokens(tokenizer, text))
    for (size_t i = text.size; i-- > 0;)
      ids[count++] = int32_t(tokenizer.byteId(uint8_t(text.data[i])));
  else if (tokenizer.header->unknown != EKE_NO_TOKEN)
    ids[count++] = int32_t(tokenizer.header->unknown);
  return count;
}

/// Follows the best way back, and turns it round.
size_t Lattice::write(int32_t *ids) {
  size_t count = 0;
  for (size_t end = word.size; end > 0;) {
    size_t from = size_t(ways[end].from);
    if (ways[end].number != unknownText) {
      ids[count++] = int32_t(idOf(tokenizer, ways[end].number));
      end = from;
      continue;
    }
    while (tokenizer.has(EKE_TOKENIZER_FUSE_UNKNOWN) && from > 0 &&
           ways[from].number == unknownText)
      from = size_t(ways[from].from);
    count += writeUnknown(from, end, ids + count);
    end = from;
  }
  for (size_t i = 0; i < count / 2; ++i) {
    int32_t id = ids[i];
    ids[i] = ids[count - 1 - i];
    ids[count - 1 - i] = id;
  }
  return count;
}

size_t scoreWord(const Tokenizer &tokenizer, Bytes word, int32_t *ids,
                 void *scratch) {
  Lattice lattice(tokenizer, word, static_cast<Way *>(scratch));
  lattice.run();
  return lattice.write(ids);
}

} // namespace eke::rt
