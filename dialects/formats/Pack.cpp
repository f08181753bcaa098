//===- Pack.cpp - From rows of numbers to the layout kernels read ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Pack.h"

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

float loadElement(const SourceMatrix &source, int64_t index) {
  switch (source.element) {
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

std::optional<BadElement> packI4(const SourceMatrix &source, int64_t tile,
                                 int64_t offset, uint8_t *values,
                                 uint8_t *scales) {
  auto nibble = [&](int8_t value) { return (value + offset) & 0xf; };
  const int64_t stride = llvm::alignTo<GroupI4::size>(source.columns);
  const int64_t groups = stride / GroupI4::size;
  // The scale is an f16 of at least an eighth of the largest number.
  return forEachTile(source, tile, stride, 8 * 0x1p14f, [&](Tile from) {
    for (int64_t g = 0; g < groups; ++g) {
      const int64_t place = from.index * groups + g;
      for (int64_t n = 0; n < tile; ++n) {
        GroupI4 group = quantizeI4(from.row(n) + g * GroupI4::size);
        endian::write16le(scales + 2 * (place * tile + n), group.scale);
        for (int64_t k = 0; k < 16; ++k)
          values[((place * 4 + k / 4) * tile + n) * 4 + k % 4] =
              nibble(group.values[k]) | nibble(group.values[k + 16]) << 4;
      }
    }
  });
}

} // namespace mlir::eke
