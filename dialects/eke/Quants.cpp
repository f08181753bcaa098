//===- Quants.cpp - Numbers that files store in blocks --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The blocks of GGUF files. All numbers are little-endian; `d` is the scale of the
// block and `m` its minimum, both f16.
//
//   q8_0   d | 32 integers of 8 bits
//   q4_0   d | 16 bytes                       less 8
//   q4_1   d | m | 16 bytes
//   q5_0   d | 32 high bits | 16 bytes        less 16
//   q5_1   d | m | 32 high bits | 16 bytes
//   q4_k   d | m | 8 scales and minima | 128 bytes
//   q5_k   d | m | 8 scales and minima | 256 high bits | 128 bytes
//   q6_k   128 bytes | 256 high pairs of bits | 16 scales | d        less 32
//
// Byte k of 16 holds number k in its low nibble and number k + 16 in its high one. Of
// the kinds with 256 numbers, 8 or 16 groups have a scale of their own, which counts
// in units of `d` (and a minimum, which is taken off, in units of `m`).
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Quants.h"

#include "dialects/formats/Convert.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"

namespace endian = llvm::support::endian;

namespace mlir::eke {
namespace {

using Split = void (*)(const uint8_t *, QuantGroup &);

float readF16(const uint8_t *bytes) { return fromF16(endian::read16le(bytes)); }

void splitQ8_0(const uint8_t *block, QuantGroup &group) {
  group.scale = endian::read16le(block);
  group.minimum = 0;
  for (int64_t k = 0; k < QuantGroup::size; ++k)
    group.values[k] = static_cast<int8_t>(block[2 + k]);
}

/// Number `k` of 16 bytes of nibbles.
int nibble(const uint8_t *bytes, int64_t k) {
  return k < 16 ? bytes[k] & 15 : bytes[k - 16] >> 4;
}

/// Bit `k` of 32.
int highBit(const uint8_t *bytes, int64_t k) {
  return bytes[k / 8] >> (k % 8) & 1;
}

void splitQ4_0(const uint8_t *block, QuantGroup &group) {
  group.scale = endian::read16le(block);
  group.minimum = 0;
  for (int64_t k = 0; k < QuantGroup::size; ++k)
    group.values[k] = nibble(block + 2, k) - 8;
}

void splitQ4_1(const uint8_t *block, QuantGroup &group) {
  group.scale = endian::read16le(block);
  group.minimum = endian::read16le(block + 2);
  for (int64_t k = 0; k < QuantGroup::size; ++k)
    group.values[k] = nibble(block + 4, k);
}

void splitQ5_0(const uint8_t *block, QuantGroup &group) {
  group.scale = endian::read16le(block);
  group.minimum = 0;
  for (int64_t k = 0; k < QuantGroup::size; ++k)
    group.values[k] = (nibble(block + 6, k) | highBit(block + 2, k) << 4) - 16;
}

void splitQ5_1(const uint8_t *block, QuantGroup &group) {
  group.scale = endian::read16le(block);
  group.minimum = endian::read16le(block + 2);
  for (int64_t k = 0; k < QuantGroup::size; ++k)
    group.values[k] = nibble(block + 8, k) | highBit(block + 4, k) << 4;
}

/// Without a minimum nothing is added: the sum of -0 and 0 is 0.
template <Split split, bool hasMinimum>
void decodeGroup(const uint8_t *block, float *numbers) {
  QuantGroup group;
  split(block, group);
  const float scale = fromF16(group.scale), minimum = fromF16(group.minimum);
  for (int64_t k = 0; k < QuantGroup::size; ++k) {
    numbers[k] = scale * static_cast<float>(group.values[k]);
    if (hasMinimum)
      numbers[k] += minimum;
  }
}

/// The scale and the minimum of group `j` of q4_k and q5_k: 6 bits each, the high two
/// of the last four groups where the first four leave them.
std::pair<int, int> unpackScale(const uint8_t *packed, int j) {
  if (j < 4)
    return {packed[j] & 63, packed[4 + j] & 63};
  int scale = packed[j - 4], minimum = packed[j], low = packed[4 + j];
  return {(low & 15) | (scale >> 2 & 48), low >> 4 | (minimum >> 2 & 48)};
}

/// `high` is null or points to a byte for each place of a group, with a bit for each
/// group.
void decodeScaledGroups(const uint8_t *block, const uint8_t *high,
                        const uint8_t *bytes, float *numbers) {
  const float d = readF16(block), m = readF16(block + 2);
  for (int j = 0; j < 8; ++j) {
    auto [scale, minimum] = unpackScale(block + 4, j);
    const float step = d * static_cast<float>(scale);
    const float less = m * static_cast<float>(minimum);
    for (int k = 0; k < 32; ++k) {
      int value = bytes[j / 2 * 32 + k] >> (j % 2 * 4) & 15;
      if (high)
        value |= (high[k] >> j & 1) << 4;
      const float product = step * static_cast<float>(value);
      numbers[32 * j + k] = product - less;
    }
  }
}

void decodeQ4_K(const uint8_t *block, float *numbers) {
  decodeScaledGroups(block, nullptr, block + 16, numbers);
}

void decodeQ5_K(const uint8_t *block, float *numbers) {
  decodeScaledGroups(block, block + 16, block + 48, numbers);
}

void decodeQ6_K(const uint8_t *block, float *numbers) {
  const uint8_t *low = block, *high = block + 128, *scales = block + 192;
  const float d = readF16(block + 208);
  for (int k = 0; k < 256; ++k) {
    int half = k / 128, rest = k % 128;
    int nibble = low[64 * half + rest % 64] >> (rest / 64 * 4) & 15;
    int pair = high[32 * half + rest % 32] >> (rest / 32 * 2) & 3;
    const float step =
        d * static_cast<float>(static_cast<int8_t>(scales[k / 16]));
    numbers[k] = step * static_cast<float>((nibble | pair << 4) - 32);
  }
}

constexpr QuantKind kinds[] = {
    {"q8_0", 32, 34, decodeGroup<splitQ8_0, false>, splitQ8_0, -128, 127},
    {"q4_0", 32, 18, decodeGroup<splitQ4_0, false>, splitQ4_0, -8, 7},
    {"q4_1", 32, 20, decodeGroup<splitQ4_1, true>, splitQ4_1, 0, 15, true},
    {"q5_0", 32, 22, decodeGroup<splitQ5_0, false>, splitQ5_0, -16, 15},
    {"q5_1", 32, 24, decodeGroup<splitQ5_1, true>, splitQ5_1, 0, 31, true},
    {"q4_k", 256, 144, decodeQ4_K},
    {"q5_k", 256, 176, decodeQ5_K},
    {"q6_k", 256, 210, decodeQ6_K},
};

} // namespace

llvm::ArrayRef<QuantKind> QuantKind::getAll() { return kinds; }

const QuantKind *QuantKind::lookup(llvm::StringRef name) {
  auto *found = llvm::find_if(
      kinds, [&](const QuantKind &kind) { return kind.name == name; });
  return found == std::end(kinds) ? nullptr : found;
}

std::string QuantKind::listNames() {
  std::string names;
  for (const QuantKind &kind : kinds) {
    if (&kind != std::begin(kinds))
      names += &kind == std::end(kinds) - 1 ? " or " : ", ";
    names += kind.name;
  }
  return names;
}

} // namespace mlir::eke
