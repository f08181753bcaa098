//===- Convert.h - 16-bit floating point to and from f32 --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// IEEE 754 binary16 and bfloat16 by their bits, so that an image is the same
// whatever machine builds it.
//
//   f16    s eeeee mmmmmmmmmm                       bias  15
//   bf16   s eeeeeeee mmmmmmm                       bias 127
//   f32    s eeeeeeee mmmmmmmmmmmmmmmmmmmmmmm       bias 127
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_CONVERT_H
#define EKE_DIALECTS_FORMATS_CONVERT_H

#include "llvm/ADT/bit.h"

#include <cmath>
#include <cstdint>

namespace mlir::eke {

/// The value of a bfloat16, exactly.
inline float fromBF16(uint16_t bits) {
  return llvm::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

/// The value of a binary16, exactly. A NaN keeps its payload.
inline float fromF16(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t magnitude = bits & 0x7fff;
  if (magnitude < 0x0400) { // Zero or subnormal: a multiple of 2^-24.
    float value = static_cast<float>(magnitude) * 0x1p-24f;
    return llvm::bit_cast<float>(llvm::bit_cast<uint32_t>(value) | sign);
  }
  const uint32_t bias = magnitude < 0x7c00 ? 127 - 15 : 255 - 31;
  return llvm::bit_cast<float>(sign | ((magnitude << 13) + (bias << 23)));
}

/// The binary16 nearest to `value`, ties to even; infinite beyond 65519.
inline uint16_t toF16(float value) {
  const uint32_t bits = llvm::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000;
  const uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) // NaN: made quiet, the high payload kept.
    return sign | 0x7e00 | ((magnitude >> 13) & 0x3ff);
  if (magnitude >= 0x477ff000) // 65520, halfway to 2^16, and above.
    return sign | 0x7c00;
  if (magnitude < 0x38800000) { // Below 2^-14: a multiple of 2^-24.
    // Adding 1/2 makes the hardware round at the bit worth 2^-24.
    float shifted = llvm::bit_cast<float>(magnitude) + 0.5f;
    return sign | (llvm::bit_cast<uint32_t>(shifted) - 0x3f000000);
  }
  const uint32_t isOdd = (magnitude >> 13) & 1;
  return sign | ((magnitude - ((127 - 15) << 23) + 0xfff + isOdd) >> 13);
}

/// The integer nearest to `value`, ties to even, for |value| < 2^22. Relies on
/// the default rounding mode and, unlike std::nearbyint, vectorises.
inline float roundToEven(float value) {
  constexpr float shift = 0x1.8p23f;
  return (value + shift) - shift;
}

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_CONVERT_H
