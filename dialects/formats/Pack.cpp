//===- Pack.cpp - From rows of numbers to the layout kernels read ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Pack.h"

#include "dialects/eke/Quants.h"
#include "dialects/formats/Convert.h"
#include "dialects/formats/QuantizeGroup.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Parallel.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <vector>

namespace endian = llvm::support::endian;

namespace mlir::eke {
namespace {

/// The groups of one row.
const QuantGroup *groupsAt(const SourceMatrix &source, int64_t row) {
  return reinterpret_cast<const QuantGroup *>(source.data) +
         row * llvm::divideCeil(source.columns, QuantGroup::size);
}

float loadGrouped(const SourceMatrix &source, int64_t row, int64_t column) {
  const QuantGroup &group = groupsAt(source, row)[column / QuantGroup::size];
  return fromF16(group.scale) * group.values[column % QuantGroup::size] +
         fromF16(group.minimum);
}

/// Block number `block` of the matrix.
const uint8_t *blockAt(const SourceMatrix &source, int64_t block) {
  return source.data + block * source.quants->bytes;
}

float loadQuant(const SourceMatrix &source, int64_t index) {
  const int64_t elements = source.quants->elements;
  std::vector<float> numbers(elements);
  source.quants->decode(blockAt(source, index / elements), numbers.data());
  return numbers[index % elements];
}

float loadElement(const SourceMatrix &source, int64_t index) {
  switch (source.element) {
  case SourceMatrix::Element::Quants:
    return loadQuant(source, index);
  case SourceMatrix::Element::Groups:
    return loadGrouped(source, index / source.columns, index % source.columns);
  case SourceMatrix::Element::F32:
    return llvm::bit_cast<float>(endian::read32le(source.data + 4 * index));
  case SourceMatrix::Element::F16:
    return fromF16(endian::read16le(source.data + 2 * index));
  case SourceMatrix::Element::BF16:
    return fromBF16(endian::read16le(source.data + 2 * index));
  }
  llvm_unreachable("covered switch");
}

/// Loads row `row` into `out`, one loop per element type.
void loadRow(const SourceMatrix &source, int64_t row, float *out) {
  const int64_t first = row * source.columns;
  switch (source.element) {
  case SourceMatrix::Element::Quants: {
    const int64_t elements = source.quants->elements;
    for (int64_t k = 0; k < source.columns; k += elements)
      source.quants->decode(blockAt(source, (first + k) / elements), out + k);
    return;
  }
  case SourceMatrix::Element::Groups:
    for (int64_t k = 0; k < source.columns; ++k)
      out[k] = loadGrouped(source, row, k);
    return;
  case SourceMatrix::Element::F32:
    for (int64_t k = 0; k < source.columns; ++k)
      out[k] = llvm::bit_cast<float>(
          endian::read32le(source.data + 4 * (first + k)));
    return;
  case SourceMatrix::Element::F16:
    for (int64_t k = 0; k < source.columns; ++k)
      out[k] = fromF16(endian::read16le(source.data + 2 * (first + k)));
    return;
  case SourceMatrix::Element::BF16:
    for (int64_t k = 0; k < source.columns; ++k)
      out[k] = fromBF16(endian::read16le(source.data + 2 * (first + k)));
    return;
  }
}

/// Whether all numbers are at most `limit` in magnitude; NaN is not.
bool areWithin(const float *values, int64_t count, float limit) {
  bool within = true;
  for (int64_t i = 0; i < count; ++i)
    within &= std::fabs(values[i]) <= limit;
  return within;
}

/// The largest number that rounds to a finite f16.
constexpr float anyF16 = 0x1.ffdffep15f;

} // namespace

std::optional<BadElement> forEachTile(const SourceMatrix &source, int64_t tile,
                                      int64_t stride, float limit,
                                      llvm::function_ref<void(Tile)> pack) {
  constexpr int64_t none = std::numeric_limits<int64_t>::max();
  std::atomic<int64_t> firstBadRow = none;
  llvm::parallelFor(0, llvm::divideCeil(source.rows, tile), [&](size_t index) {
    std::vector<float> values(tile * stride);
    const int64_t firstRow = index * tile;
    const int64_t rows = std::min(tile, source.rows - firstRow);
    for (int64_t n = 0; n < rows; ++n) {
      float *row = values.data() + n * stride;
      loadRow(source, firstRow + n, row);
      if (areWithin(row, source.columns, limit))
        continue;
      int64_t known = firstBadRow;
      while (firstRow + n < known &&
             !firstBadRow.compare_exchange_weak(known, firstRow + n)) {
      }
      return;
    }
    pack({static_cast<int64_t>(index), stride, values.data()});
  });
  if (firstBadRow == none)
    return std::nullopt;
  for (int64_t index = firstBadRow * source.columns;; ++index)
    if (float value = loadElement(source, index); !(std::fabs(value) <= limit))
      return BadElement{index, value};
}

std::optional<BadElement> packPlainF32(const SourceMatrix &source,
                                       uint8_t *values) {
  return forEachTile(source, 1, source.columns, anyFinite, [&](Tile from) {
    uint8_t *out = values + from.index * source.columns * 4;
    for (int64_t k = 0; k < source.columns; ++k)
      endian::write32le(out + 4 * k, llvm::bit_cast<uint32_t>(from.values[k]));
  });
}

std::optional<BadElement> packF32(const SourceMatrix &source, int64_t tile,
                                  uint8_t *values) {
  return forEachTile(source, tile, source.columns, anyFinite, [&](Tile from) {
    uint8_t *out = values + from.index * source.columns * tile * 4;
    for (int64_t k = 0; k < source.columns; ++k)
      for (int64_t n = 0; n < tile; ++n, out += 4)
        endian::write32le(out, llvm::bit_cast<uint32_t>(from.row(n)[k]));
  });
}

std::optional<BadElement> packF16(const SourceMatrix &source, int64_t tile,
                                  uint8_t *values) {
  return forEachTile(source, tile, source.columns, anyF16, [&](Tile from) {
    uint8_t *out = values + from.index * source.columns * tile * 2;
    for (int64_t k = 0; k < source.columns; ++k)
      for (int64_t n = 0; n < tile; ++n, out += 2)
        endian::write16le(out, toF16(from.row(n)[k]));
  });
}

std::optional<BadElement> packI8(const SourceMatrix &source, int64_t tile,
                                 uint8_t *values, uint8_t *scales) {
  const int64_t stride = llvm::alignTo<4>(source.columns);
  return forEachTile(source, tile, stride, anyFinite, [&](Tile from) {
    uint8_t *out = values + from.index * stride * tile;
    for (int64_t n = 0; n < tile; ++n) {
      const float *row = from.row(n);
      float largest = 0;
      for (int64_t k = 0; k < stride; ++k)
        largest = std::max(largest, std::fabs(row[k]));
      float scale = largest / 127.0f;
      if (scale < std::numeric_limits<float>::min())
        scale = 0; // A row of subnormals is a row of zeros.
      endian::write32le(scales + 4 * (from.index * tile + n),
                        llvm::bit_cast<uint32_t>(scale));
      for (int64_t k = 0; k < stride; ++k) {
        float value = scale == 0 ? 0 : roundToEven(row[k] / scale);
        out[(k / 4 * tile + n) * 4 + k % 4] = static_cast<int8_t>(value);
      }
    }
  });
}

SourceMatrix SourceMatrix::getRow(int64_t row) const {
  SourceMatrix one = *this;
  one.rows = 1;
  if (element == Element::Quants)
    one.data = blockAt(*this, row * (columns / quants->elements));
  else if (element == Element::Groups)
    one.data = reinterpret_cast<const uint8_t *>(groupsAt(*this, row));
  else
    one.data += row * columns * (element == Element::F32 ? 4 : 2);
  return one;
}

QuantGroup SourceMatrix::getGroup(int64_t row, int64_t group) const {
  if (element == Element::Groups)
    return groupsAt(*this, row)[group];
  QuantGroup stored;
  quants->split(blockAt(*this, row * (columns / QuantGroup::size) + group),
                stored);
  return stored;
}

/// Are the groups of `source` of such values, with a minimum only if that is allowed? Those
/// that are no blocks of a file were made for the format.
static bool hasGroups(const SourceMatrix &source, int lowest, int highest,
                      bool hasMinimum) {
  if (source.element == SourceMatrix::Element::Groups)
    return true;
  const QuantKind *kind = source.quants;
  return kind && kind->isGroupOf(lowest, highest, hasMinimum);
}

namespace {

/// Calls `write` for every group of every row of a tile, with its number from the first
/// group of the matrix in the order of the image, and its row of the tile.
using WriteGroup =
    llvm::function_ref<void(const QuantGroup &, int64_t place, int64_t n)>;
using MakeGroup = llvm::function_ref<QuantGroup(const float *)>;

} // namespace

/// Packs groups of 32: as they are stored if `keeps`, else as `make` makes them of
/// numbers of at most `limit`.
static std::optional<BadElement> packGroups(const SourceMatrix &source,
                                            int64_t tile, bool keeps,
                                            float limit, MakeGroup make,
                                            WriteGroup write) {
  const int64_t stride = llvm::alignTo<QuantGroup::size>(source.columns);
  const int64_t groups = stride / QuantGroup::size;
  return forEachTile(
      source, tile, stride, keeps ? anyFinite : limit, [&](Tile from) {
        for (int64_t g = 0; g < groups; ++g)
          for (int64_t n = 0; n < tile; ++n) {
            int64_t row = from.index * tile + n;
            bool isStored = keeps && row < source.rows;
            write(isStored ? source.getGroup(row, g)
                           : make(from.row(n) + g * QuantGroup::size),
                  from.index * groups + g, n);
          }
      });
}

/// Writes the low half of a group into low nibbles, the high half into high ones.
static void writeNibbles(const QuantGroup &group, int64_t offset, int64_t place,
                         int64_t n, int64_t tile, uint8_t *values) {
  auto nibble = [&](int64_t k) { return (group.values[k] + offset) & 0xf; };
  for (int64_t k = 0; k < 16; ++k)
    values[((place * 4 + k / 4) * tile + n) * 4 + k % 4] =
        nibble(k) | nibble(k + 16) << 4;
}

std::optional<BadElement> packI4(const SourceMatrix &source, int64_t tile,
                                 int64_t offset, uint8_t *values,
                                 uint8_t *scales) {
  return packGroups(
      source, tile, hasGroups(source, -8, 7, false), mostOfI4,
      [](const float *x) { return quantizeI4(x); },
      [&](const QuantGroup &group, int64_t place, int64_t n) {
        endian::write16le(scales + 2 * (place * tile + n), group.scale);
        writeNibbles(group, offset, place, n, tile, values);
      });
}

std::optional<BadElement> packI4M(const SourceMatrix &source, int64_t tile,
                                  uint8_t *values, uint8_t *scales) {
  return packGroups(
      source, tile, hasGroups(source, 0, 15, true), mostOfI4M,
      [](const float *x) { return quantizeI4M(x); },
      [&](const QuantGroup &group, int64_t place, int64_t n) {
        uint8_t *out = scales + 2 * (2 * place * tile + n);
        endian::write16le(out, group.scale);
        endian::write16le(out + 2 * tile, group.minimum);
        writeNibbles(group, 0, place, n, tile, values);
      });
}

std::optional<BadElement> packI8G(const SourceMatrix &source, int64_t tile,
                                  uint8_t *values, uint8_t *scales) {
  return packGroups(
      source, tile, hasGroups(source, -128, 127, false), mostOfI8G,
      [](const float *x) { return quantizeI8G(x); },
      [&](const QuantGroup &group, int64_t place, int64_t n) {
        endian::write16le(scales + 2 * (place * tile + n), group.scale);
        for (int64_t k = 0; k < QuantGroup::size; ++k)
          values[((place * 8 + k / 4) * tile + n) * 4 + k % 4] =
              group.values[k];
      });
}

} // namespace mlir::eke
