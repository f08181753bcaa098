//===- Exponential.cpp - e to the power of a number -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   exp(x) = 2^n exp(r),   n = round(x / ln 2),   r = x - n ln 2
//
// As ops that all devices have vectors of. A library's function takes twice as many
// instructions, for arguments that layers do not have and bits that they round away.
//
//===----------------------------------------------------------------------===//

#include "passes/linalg/Exponential.h"

#include "dialects/formats/Products.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::eke {

/// exp(r) - 1 = r (c0 + r (c1 + …)) for |r| <= ln(2) / 2: fitted in the sense of
/// Chebyshev to the relative error of exp(r), which is 9.2e-8 at most.
static constexpr float kCoefficients[] = {0.9999997f, 0.49999148f, 0.16667639f,
                                          0.041898161f, 0.0082902721f};

/// ln 2 as a number whose products with n are exact, and what it lacks (Cody and
/// Waite's reduction).
static constexpr float kLn2High = 0.693359375f, kLn2Low = -2.1219444e-4f;

/// Here 2^n becomes 0.
static constexpr float kLeast = -88;

/// Between these, of which one gives 0 and the other infinity, all others lie.
static constexpr float kLeastOfAny = -104, kMostOfAny = 89;

static constexpr int64_t kMantissaBits = 23, kBias = 127;

/// `x` 2^n, both normal numbers.
static Value addToExponent(LinalgBuilder &l, Value x, Value n) {
  OpBuilder &b = l.b;
  Type i32 = b.getI32Type();
  Value bits = arith::BitcastOp::create(b, l.loc, i32, x);
  Value shifted =
      arith::ShLIOp::create(b, l.loc, n, l.constant(i32, kMantissaBits));
  Value sum = arith::AddIOp::create(b, l.loc, bits, shifted);
  return arith::BitcastOp::create(b, l.loc, b.getF32Type(), sum);
}

/// 2^n of an integer from -127, which gives 0, to 127.
static Value buildPowerOf2(LinalgBuilder &l, Value integer) {
  OpBuilder &b = l.b;
  Type i32 = b.getI32Type();
  Value exponent =
      arith::AddIOp::create(b, l.loc, integer, l.constant(i32, kBias));
  Value bits =
      arith::ShLIOp::create(b, l.loc, exponent, l.constant(i32, kMantissaBits));
  return arith::BitcastOp::create(b, l.loc, b.getF32Type(), bits);
}

/// exp(x) = 2^n power: `n` as an i32.
static std::pair<Value, Value> reduce(LinalgBuilder &l, Value x) {
  OpBuilder &b = l.b;
  Value n =
      math::RoundEvenOp::create(b, l.loc, mul(l, x, l.constant(1.44269504f)));
  Value r = add(l, x, mul(l, n, l.constant(-kLn2High)));
  r = add(l, r, mul(l, n, l.constant(-kLn2Low)));
  Value sum = l.constant(std::rbegin(kCoefficients)[0]);
  for (float coefficient :
       llvm::drop_begin(llvm::reverse(ArrayRef(kCoefficients))))
    sum = add(l, l.constant(coefficient), mul(l, sum, r));
  sum = add(l, l.constant(1.0f), mul(l, sum, r));
  return {arith::FPToSIOp::create(b, l.loc, b.getI32Type(), n), sum};
}

Value buildExp(LinalgBuilder &l, Value x) {
  x = arith::MaximumFOp::create(l.b, l.loc, x, l.constant(kLeast),
                                arith::FastMathFlags::nnan);
  auto [n, power] = reduce(l, x);
  return mul(l, power, buildPowerOf2(l, n));
}

Value buildExpOfAny(LinalgBuilder &l, Value x) {
  OpBuilder &b = l.b;
  Type i32 = b.getI32Type();
  constexpr auto nnan = arith::FastMathFlags::nnan;
  Value above =
      arith::MaximumFOp::create(b, l.loc, x, l.constant(kLeastOfAny), nnan);
  Value inside =
      arith::MinimumFOp::create(b, l.loc, above, l.constant(kMostOfAny), nnan);
  auto [n, power] = reduce(l, inside);
  // In two steps: 2^n alone may be too large or too small for an f32. `power` is about 1,
  // so that the first is a sum of exponents.
  Value half = arith::ShRSIOp::create(b, l.loc, n, l.constant(i32, 1));
  Value rest = arith::SubIOp::create(b, l.loc, n, half);
  Value result = mul(l, addToExponent(l, power, half), buildPowerOf2(l, rest));
  Value isNaN =
      arith::CmpFOp::create(b, l.loc, arith::CmpFPredicate::UNO, x, x);
  return arith::SelectOp::create(b, l.loc, isNaN, x, result);
}

} // namespace mlir::eke
