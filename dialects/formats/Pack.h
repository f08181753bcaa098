//===- Pack.h - From rows of numbers to the layout kernels read -*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A matrix of `rows` x `columns` numbers, one row per output channel, becomes
// tiles of `tile` rows, so that a vector holds the same input of `tile` rows:
//
//            k ->
//        n  a b c d                  tile = 2:   a e  b f  c g  d h   (rows 0,
//        1) |  e f g h        becomes               i m  j n  k o  l p   (rows
//        2, 3) v  i j k l
//           m n o p
//
// `#eke.format` documents the layout of each storage. Rows and columns are
// padded with zeros to whole tiles and groups. What the scales are is decided
// here; how they are laid out is part of the format.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_PACK_H
#define EKE_DIALECTS_FORMATS_PACK_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>
#include <limits>
#include <optional>

namespace mlir::eke {

struct QuantGroup;
struct QuantKind;

/// A row-major matrix of little-endian floating point numbers, of blocks that stand
/// for such, or of groups.
struct SourceMatrix {
  enum class Element { F32, F16, BF16, Quants, Groups };

  /// `QuantGroup`s if the elements are in groups; the last one of a row may be partly used.
  const uint8_t *data;
  Element element;
  int64_t rows;
  int64_t columns;
  /// The kind of the blocks; null if they are none.
  const QuantKind *quants = nullptr;

  /// One row.
  SourceMatrix getRow(int64_t row) const;

  /// Group `group` of row `row` as it is stored; only of groups, and blocks that are one.
  QuantGroup getGroup(int64_t row, int64_t group) const;
};

/// An element that the image cannot hold: NaN, infinite, or too large.
struct BadElement {
  int64_t index; // row * columns + column
  float value;
};

/// Rows [index * tile, …) of a matrix, as f32, padded with zeros to `stride` columns
/// and to a whole tile.
struct Tile {
  int64_t index;
  int64_t stride;
  const float *values;

  const float *row(int64_t n) const { return values + n * stride; }
};

/// The limit of a format that holds any number.
inline constexpr float anyFinite = std::numeric_limits<float>::max();
/// Those of formats in groups: a scale is an f16 of at least an eighth of the largest number,
/// of a fifteenth of the distance between least and largest, of a 127th of the largest.
inline constexpr float mostOfI4 = 8 * 0x1p14f, mostOfI4M = 0x1p15f,
                       mostOfI8G = 0x1p15f * 127;

/// Calls `pack` for every tile, in parallel. Returns the first element above
/// `limit` in magnitude; what was written is then worthless.
std::optional<BadElement> forEachTile(const SourceMatrix &source, int64_t tile,
                                      int64_t stride, float limit,
                                      llvm::function_ref<void(Tile)> pack);

/// Writes the numbers as f32 in the order of the source: rows * columns * 4
/// bytes.
std::optional<BadElement> packPlainF32(const SourceMatrix &source,
                                       uint8_t *values);

/// Writes [rows/tile][columns][tile] f32.
std::optional<BadElement> packF32(const SourceMatrix &source, int64_t tile,
                                  uint8_t *values);

/// Writes [rows/tile][columns][tile] f16, rounded to nearest even.
std::optional<BadElement> packF16(const SourceMatrix &source, int64_t tile,
                                  uint8_t *values);

/// Writes values [rows/tile][columns/4][tile][4] i8 and scales
/// [rows/tile][tile] f32. With a = max |x| of a row: scale = a / 127, value =
/// round(x / scale).
std::optional<BadElement> packI8(const SourceMatrix &source, int64_t tile,
                                 uint8_t *values, uint8_t *scales);

/// Writes values [rows/tile][columns/32][8][tile][4] i8 and scales
/// [rows/tile][columns/32][tile] f16. Groups without a minimum are kept; of other numbers,
/// a = max |x| of a group: scale = a / 127, rounded to f16, value = round(x / scale).
std::optional<BadElement> packI8G(const SourceMatrix &source, int64_t tile,
                                  uint8_t *values, uint8_t *scales);

/// Writes values [rows/tile][columns/32][4][tile][4] bytes of two numbers from 0 to 15
/// and scales and minima [rows/tile][columns/32][2][tile] f16. Groups of such numbers are
/// kept; of others, the minimum is that of the group, if it is below zero, and 15 the
/// largest.
std::optional<BadElement> packI4M(const SourceMatrix &source, int64_t tile,
                                  uint8_t *values, uint8_t *scales);

/// Writes values [rows/tile][columns/32][4][tile][4] bytes of two 4-bit numbers
/// and scales [rows/tile][columns/32][tile] f16. The scale of a group is, of a
/// fixed set of candidates, the one with the least sum of squared errors. Groups of
/// such numbers are kept. What is stored is the number plus `offset`, in 4 bits.
std::optional<BadElement> packI4(const SourceMatrix &source, int64_t tile,
                                 int64_t offset, uint8_t *values,
                                 uint8_t *scales);

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_PACK_H
