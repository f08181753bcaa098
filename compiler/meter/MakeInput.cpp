//===- MakeInput.cpp - Numbers for the inputs of an entry -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/MakeInput.h"

#include "runtime/include/eke/abi.h"

#include "llvm/ADT/APFloat.h"

#include <algorithm>
#include <random>

namespace mlir::eke::profile {

/// The little-endian bytes of numbers that `make` makes.
template <typename Make>
static std::string fill(uint64_t bytes, unsigned elementBytes, Make make) {
  std::string text;
  text.reserve(bytes);
  while (text.size() < bytes) {
    uint64_t element = make();
    for (unsigned i = 0; i < elementBytes; ++i)
      text += char(element >> (8 * i));
  }
  return text;
}

static uint64_t getBits(double value, const llvm::fltSemantics &semantics) {
  llvm::APFloat number(value);
  bool losesInfo;
  number.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return number.bitcastToAPInt().getZExtValue();
}

std::string makeInput(const Argument &argument, uint64_t seed) {
  std::mt19937_64 random(seed);
  auto makeFloat = [&](const llvm::fltSemantics &semantics) {
    return getBits(double(random() >> 40) / (1 << 23) - 1, semantics);
  };
  switch (argument.type) {
  case EKE_F32:
    return fill(argument.bytes, 4,
                [&] { return makeFloat(llvm::APFloat::IEEEsingle()); });
  case EKE_F16:
    return fill(argument.bytes, 2,
                [&] { return makeFloat(llvm::APFloat::IEEEhalf()); });
  case EKE_BF16:
    return fill(argument.bytes, 2,
                [&] { return makeFloat(llvm::APFloat::BFloat()); });
  case EKE_I8:
  case EKE_U8:
  case EKE_I16:
    return fill(argument.bytes, 1, [&] { return random() >> 56; });
  case EKE_I32:
  case EKE_I64:
    return fill(argument.bytes, argument.type == EKE_I32 ? 4 : 8,
                [&] { return uint64_t(std::max<int64_t>(argument.min, 0)); });
  default:
    return std::string(argument.bytes, '\0');
  }
}

} // namespace mlir::eke::profile
