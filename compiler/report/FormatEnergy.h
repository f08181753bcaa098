//===- FormatEnergy.h - Energies for people ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_REPORT_FORMATENERGY_H
#define EKE_COMPILER_REPORT_FORMATENERGY_H

#include "dialects/eke/Figure.h"

#include "llvm/Support/FormatVariadic.h"

#include <string>

namespace mlir::eke {

/// Picojoules in the unit that suits them, with two digits, which is more than is known.
inline std::string formatEnergy(double picojoules) {
  if (picojoules < 0)
    return "-" + formatEnergy(-picojoules);
  constexpr std::pair<double, llvm::StringRef> units[] = {
      {1e12, "J"}, {1e9, "mJ"}, {1e6, "µJ"}, {1e3, "nJ"}, {1, "pJ"}};
  for (auto [size, unit] : units)
    if (picojoules >= size || size == 1) {
      double number = picojoules / size;
      return llvm::formatv(number < 10 ? "{0:f1} {1}" : "{0:f0} {1}", number,
                           unit);
    }
  llvm_unreachable("the last unit takes all");
}

/// Seconds in the unit that suits them.
inline std::string formatTime(double seconds) {
  if (seconds >= 1)
    return llvm::formatv("{0:f2} s", seconds);
  if (seconds >= 1e-3)
    return llvm::formatv("{0:f2} ms", seconds * 1e3);
  return llvm::formatv("{0:f2} µs", seconds * 1e6);
}

inline std::string formatRange(const Figure &figure) {
  return formatEnergy(figure.nominal) + " (" + formatEnergy(figure.low) +
         " to " + formatEnergy(figure.high) + ")";
}

} // namespace mlir::eke

#endif // EKE_COMPILER_REPORT_FORMATENERGY_H
