//===- HalideExpr.cpp - The ops of MLIR as Halide expressions -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where the two differ:
// - MLIR's integers have no sign; all are Int here, and an unsigned op casts.
// - Halide's `/` and `%` round towards minus infinity.
// - Sums and products of 32 and 64 bits must not overflow in Halide; unsigned ones may.
// - What floating-point numbers do is kept only in `strict_float`, which the caller
//   puts around; a negated comparison becomes the opposite one even there, unless it
//   has its own.
// - The largest of two numbers is any where one is NaN, and differs between targets.
// - Vectors of exponentials and logarithms are polynomials for finite numbers.
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/HalideExpr.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>

namespace mlir::eke::kernel {

// Both, since saturating_add moved from one to the other after Halide 14.
using namespace Halide;
using namespace Halide::Internal;
using HExpr = Halide::Expr;
using Args = std::vector<HExpr>;
using Maker = std::function<HExpr(const kernel::Expr &, const Args &)>;

Type valueType(const TypeName &name) {
  if (name == "f32")
    return Float(32);
  if (name == "f16")
    return UInt(16);
  if (name == "index")
    return Int(32);
  if (name == "i1")
    return UInt(1);
  return Int(std::stoi(name.substr(1)));
}

static HExpr asUnsigned(const HExpr &e) {
  return e.type().is_int() ? cast(e.type().with_code(halide_type_uint), e) : e;
}

/// The same bits as a signed number. Of 32 and 64 bits Halide believes that a cast keeps
/// the value.
static HExpr asSigned(const HExpr &e) {
  Type type = e.type().with_code(halide_type_int);
  return type.bits() < 32 ? cast(type, e) : reinterpret(type, e);
}

static HExpr makeFloat(float number) {
  // Halide takes constants for one that compare neither way.
  if (!std::isnan(number) && !(number == 0 && std::signbit(number)))
    return HExpr(number);
  uint32_t bits;
  std::memcpy(&bits, &number, sizeof(bits));
  return reinterpret(Float(32), HExpr(bits));
}

static HExpr makeConstant(const kernel::Expr &e, const Args &) {
  Type type = valueType(e.type);
  if (e.type == "f16")
    return HExpr(float16_t(e.real).to_bits());
  if (!type.is_float())
    return make_const(type, e.integer);
  return makeFloat(static_cast<float>(e.real));
}

//===----------------------------------------------------------------------===//
// Casts
//===----------------------------------------------------------------------===//

static HExpr extendSigned(const kernel::Expr &e, const Args &a) {
  Type type = valueType(e.type);
  if (a[0].type().is_bool())
    return select(a[0], make_const(type, -1), make_const(type, 0));
  return cast(type, a[0]);
}

static HExpr extendUnsigned(const kernel::Expr &e, const Args &a) {
  return cast(valueType(e.type), asUnsigned(a[0]));
}

static HExpr truncate(const kernel::Expr &e, const Args &a) {
  Type type = valueType(e.type);
  if (type.is_bool())
    return (a[0] & 1) != 0;
  if (e.type == "i32")
    return asSigned(cast(type.with_code(halide_type_uint), a[0]));
  return cast(type, a[0]);
}

/// A float as an integer of `type`. Halide would merge a cast with one that follows, and
/// convert the float to that one's type, in which it may not fit; not across the bits.
static HExpr toInteger(const Type &type, const HExpr &x) {
  bool isSigned = type.is_int();
  Type other = type.with_code(isSigned ? halide_type_uint : halide_type_int);
  HExpr bits = reinterpret(other, cast(type, x));
  return isSigned ? reinterpret(type, bits) : bits;
}

static HExpr toSigned(const kernel::Expr &e, const Args &a) {
  Type type = valueType(e.type);
  return type.is_bool() ? truncate(e, a) : toInteger(type, a[0]);
}

static HExpr toUnsigned(const kernel::Expr &e, const Args &a) {
  return toInteger(valueType(e.type).with_code(halide_type_uint), a[0]);
}

static HExpr bitcast(const kernel::Expr &e, const Args &a) {
  return reinterpret(valueType(e.type), a[0]);
}

/// Conversions of f16 are calls that the caller inlines, in LLVM's own terms:
/// Halide 14 would spell them out in integer operations.
static HExpr extendHalf(const kernel::Expr &, const Args &a) {
  return Call::make(Float(32), "eke_f16_to_f32", {a[0]}, Call::PureExtern);
}

static HExpr truncateToHalf(const kernel::Expr &, const Args &a) {
  return Call::make(UInt(16), "eke_f32_to_f16", {a[0]}, Call::PureExtern);
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

static HExpr compare(const std::string &relation, const HExpr &a,
                     const HExpr &b) {
  if (relation == "eq")
    return a == b;
  if (relation == "ne")
    return a != b;
  if (relation == "lt")
    return a < b;
  if (relation == "le")
    return a <= b;
  if (relation == "gt")
    return a > b;
  if (relation == "ge")
    return a >= b;
  throw CompileError("unknown comparison " + relation);
}

static HExpr compareIntegers(const kernel::Expr &e, const Args &a) {
  char sign = e.predicate[0];
  if (e.predicate.size() == 2) // eq, ne
    return compare(e.predicate, a[0], a[1]);
  if (sign == 'u')
    return compare(e.predicate.substr(1), asUnsigned(a[0]), asUnsigned(a[1]));
  if (a[0].type().is_bool()) // with a sign, true is -1
    return compare(e.predicate.substr(1), cast(UInt(8), a[1]),
                   cast(UInt(8), a[0]));
  return compare(e.predicate.substr(1), a[0], a[1]);
}

/// A comparison that is false if a number is NaN.
static HExpr compareOrdered(const std::string &relation, const HExpr &a,
                            const HExpr &b) {
  // Halide makes `a <= b` from `b < a`, negated.
  if (relation == "le" || relation == "ge")
    return compareOrdered(relation == "le" ? "lt" : "gt", a, b) ||
           strict_float(a == b);
  if (relation == "ne")
    return strict_float(a < b) || strict_float(a > b);
  return strict_float(compare(relation, a, b));
}

/// The ordered relation that holds where the unordered `relation` does not.
static std::string getOpposite(const std::string &relation) {
  static const std::map<std::string, std::string> opposite = {
      {"eq", "ne"}, {"ne", "eq"}, {"lt", "ge"},
      {"le", "gt"}, {"gt", "le"}, {"ge", "lt"}};
  return opposite.at(relation);
}

/// Not `x != x`, which on Arm is Halide's ordered comparison.
static HExpr isNaN(const HExpr &x) { return !strict_float(x == x); }

static HExpr compareFloats(const kernel::Expr &e, const Args &a) {
  if (e.predicate == "true")
    return const_true();
  if (e.predicate == "false")
    return const_false();
  if (e.predicate == "uno")
    return isNaN(a[0]) || isNaN(a[1]);
  if (e.predicate == "ord")
    return strict_float(a[0] == a[0]) && strict_float(a[1] == a[1]);
  std::string relation = e.predicate.substr(1);
  if (e.predicate[0] == 'o')
    return compareOrdered(relation, a[0], a[1]);
  return !strict_float(compareOrdered(getOpposite(relation), a[0], a[1]));
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// Halide's exponential is for numbers whose exponential is finite and no subnormal;
/// outside of these the result is the limit.
static HExpr makeExp(const kernel::Expr &, const Args &a) {
  const HExpr &x = a[0];
  const float most = 88.8f, least = -87.5f;
  HExpr isLarge = strict_float(x > most), isSmall = strict_float(x < least);
  HExpr bounded = select(isLarge, most, isSmall, least, isNaN(x), 0.0f, x);
  HExpr infinity = std::numeric_limits<float>::infinity();
  return select(isLarge, infinity, isSmall, 0.0f, isNaN(x), x, exp(bounded));
}

/// Halide's logarithm is for finite numbers that are no subnormals.
static HExpr makeLog(const kernel::Expr &, const Args &a) {
  const HExpr &x = a[0];
  HExpr infinity = std::numeric_limits<float>::infinity();
  HExpr isSpecial = isNaN(x) || strict_float(abs(x) == infinity);
  HExpr isTiny = strict_float(x < std::numeric_limits<float>::min());
  HExpr scaled = strict_float(select(isTiny, x * float(1 << 24), x));
  HExpr shift = select(isTiny, float(24 * 0.69314718055994531), 0.0f);
  HExpr nan = makeFloat(std::numeric_limits<float>::quiet_NaN());
  HExpr limit = select(strict_float(x < 0.0f), nan, x);
  return select(isSpecial, limit, strict_float(log(scaled) - shift));
}

/// Halide's error function is for numbers whose squares are finite, and has no negative
/// zero; from 4 on it is 1.
static HExpr makeErf(const kernel::Expr &, const Args &a) {
  const HExpr &x = a[0];
  HExpr isLarge = strict_float(x > 4.0f), isSmall = strict_float(x < -4.0f);
  HExpr isSpecial = isLarge || isSmall || isNaN(x) || strict_float(x == 0.0f);
  HExpr limit = select(isLarge, 1.0f, isSmall, -1.0f, x);
  return select(isSpecial, limit, erf(select(isSpecial, 0.0f, x)));
}

HExpr hide(const HExpr &value) {
  bool isFloat = value.type().is_float();
  return Call::make(value.type(), isFloat ? "eke_hidden_f32" : "eke_hidden_i32",
                    {value}, Call::PureExtern);
}

/// LLVM 14 takes 1 over a root for a number that is not less than 0, which it is where the
/// root is that of -0.
static HExpr makeRoot(const HExpr &x) { return hide(sqrt(x)); }

/// Halide's power is the exponential of a product, which loses digits.
static HExpr makePow(const kernel::Expr &, const Args &a) {
  return Call::make(Float(32), "powf", {a[0], a[1]}, Call::PureExtern);
}

HExpr makeExtremum(const std::string &op, const Args &args) {
  std::string name = op.substr(op.find('.') + 1); // maximumf
  name.pop_back();
  return Call::make(Float(32), "eke_" + name, {args[0], args[1]},
                    Call::PureExtern);
}

bool isExtremum(const std::string &op) {
  return op == "arith.maximumf" || op == "arith.minimumf" ||
         op == "arith.maxnumf" || op == "arith.minnumf";
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

/// Applies `f` to unsigned operands. An index is never negative, so that it
/// can stay signed, which Halide understands best.
template <typename F> static Maker onUnsigned(F f) {
  return [f](const kernel::Expr &e, const Args &a) -> HExpr {
    if (e.type == "index")
      return f(a[0], a[1]);
    return asSigned(f(asUnsigned(a[0]), asUnsigned(a[1])));
  };
}

template <typename F> static Maker unary(F f) {
  return [f](const kernel::Expr &, const Args &a) -> HExpr { return f(a[0]); };
}

template <typename F> static Maker binary(F f) {
  return [f](const kernel::Expr &, const Args &a) -> HExpr {
    return f(a[0], a[1]);
  };
}

/// Halide may take x - x for 0, which it is not if x is infinite or NaN: so it is not shown
/// that the two are one.
static HExpr subtract(const HExpr &x, const HExpr &y) {
  if (!Halide::Internal::equal(x, y))
    return x - y;
  Type bits = y.type().with_code(halide_type_uint);
  return x - reinterpret(y.type(), reinterpret(bits, y));
}

/// Halide 14 gets div_round_to_zero of a negative number and a constant wrong. Its own
/// quotient leaves a remainder that is not negative.
static HExpr divideSigned(const HExpr &x, const HExpr &y) {
  HExpr step = select(y > 0, make_one(x.type()), make_const(x.type(), -1));
  HExpr isOff = x < 0 && x % y != 0;
  return x / y + select(isOff, step, make_zero(x.type()));
}

/// Halide's quotient is rounded down where the divisor is positive, and up where not.
static HExpr divideDown(const HExpr &x, const HExpr &y) {
  if (is_positive_const(y))
    return x / y;
  return x / y - cast(x.type(), y < 0 && x % y != 0);
}

static HExpr divideUp(const HExpr &x, const HExpr &y) {
  HExpr isOff = x % y != 0;
  return x / y + cast(x.type(), is_positive_const(y) ? isOff : y > 0 && isOff);
}

/// Bitwise ops, which for i1 are logical.
template <typename F, typename G> static Maker bitwise(F bits, G logic) {
  return [bits, logic](const kernel::Expr &, const Args &a) -> HExpr {
    return a[0].type().is_bool() ? logic(a[0], a[1]) : bits(a[0], a[1]);
  };
}

#define EKE_FN1(expression) [](const HExpr &x) -> HExpr { return expression; }
#define EKE_FN2(expression)                                                    \
  [](const HExpr &x, const HExpr &y) -> HExpr { return expression; }

static std::map<std::string, Maker> makeCastTable() {
  return {
      {"constant", makeConstant},
      {"arith.bitcast", bitcast},
      {"arith.extf", extendHalf},
      {"arith.extsi", extendSigned},
      {"arith.extui", extendUnsigned},
      {"arith.fptosi", toSigned},
      {"arith.fptoui", toUnsigned},
      {"arith.index_cast", truncate},
      {"arith.index_castui", extendUnsigned},
      {"arith.sitofp", extendSigned},
      {"arith.truncf", truncateToHalf},
      {"arith.trunci", truncate},
      {"arith.uitofp", extendUnsigned},
  };
}

static std::map<std::string, Maker> makeIntegerTable() {
  return {
      {"affine.mod", binary(EKE_FN2(x % y))},
      {"arith.addi", binary(EKE_FN2(x + y))},
      {"arith.andi", bitwise(EKE_FN2(x & y), EKE_FN2(x && y))},
      {"arith.ceildivsi", binary(divideUp)},
      {"arith.cmpi", compareIntegers},
      {"arith.divsi", binary(divideSigned)},
      {"arith.divui", onUnsigned(EKE_FN2(x / y))},
      {"arith.floordivsi", binary(divideDown)},
      {"arith.maxsi", binary(EKE_FN2(max(x, y)))},
      {"arith.maxui", onUnsigned(EKE_FN2(max(x, y)))},
      {"arith.minsi", binary(EKE_FN2(min(x, y)))},
      {"arith.minui", onUnsigned(EKE_FN2(min(x, y)))},
      {"arith.muli", binary(EKE_FN2(x * y))},
      {"arith.ori", bitwise(EKE_FN2(x | y), EKE_FN2(x || y))},
      {"arith.remsi", binary(EKE_FN2(mod_round_to_zero(x, y)))},
      {"arith.remui", onUnsigned(EKE_FN2(x % y))},
      {"arith.shli", binary(EKE_FN2(asSigned(asUnsigned(x) << asUnsigned(y))))},
      {"arith.shrsi", binary(EKE_FN2(x >> asUnsigned(y)))},
      {"arith.shrui", onUnsigned(EKE_FN2(x >> asUnsigned(y)))},
      {"arith.subi", binary(EKE_FN2(x - y))},
      {"arith.xori", bitwise(EKE_FN2(x ^ y), EKE_FN2(x != y))},
      {"halide.saturating_add", binary(EKE_FN2(saturating_add(x, y)))},
      {"math.absi",
       [](const kernel::Expr &, const Args &a) -> HExpr {
         return cast(a[0].type(), abs(a[0]));
       }},
  };
}

/// Both operands are needed wherever the result is. Halide would otherwise
/// compute a stored operand for just those points that the condition selects,
/// and no longer know how many these are.
static HExpr makeSelect(const kernel::Expr &, const Args &a) {
  HExpr condition = cast(UInt(8), a[0]) != 0;
  return select(condition, a[1], a[2]);
}

static std::map<std::string, Maker> makeFloatTable() {
  return {
      {"arith.addf", binary(EKE_FN2(x + y))},
      {"arith.cmpf", compareFloats},
      {"arith.divf", binary(EKE_FN2(x / y))},
      {"arith.maximumf", binary(EKE_FN2(max(x, y)))},
      {"arith.maxnumf", binary(EKE_FN2(max(x, y)))},
      {"arith.minimumf", binary(EKE_FN2(min(x, y)))},
      {"arith.minnumf", binary(EKE_FN2(min(x, y)))},
      {"arith.mulf", binary(EKE_FN2(x * y))},
      {"arith.negf", unary(EKE_FN1(x * -1.0f))}, // -x is 0 - x: no -0
      {"arith.select", makeSelect},
      {"arith.subf", binary(subtract)},
      {"math.absf", unary(EKE_FN1(abs(x)))},
      {"math.ceil", unary(EKE_FN1(ceil(x)))},
      {"math.cos", unary(EKE_FN1(cos(x)))},
      {"math.erf", makeErf},
      {"math.exp", makeExp},
      {"math.floor", unary(EKE_FN1(floor(x)))},
      {"math.fma",
       [](const kernel::Expr &, const Args &a) -> HExpr {
         return a[0] * a[1] + a[2];
       }},
      {"math.log", makeLog},
      {"math.powf", makePow},
      {"math.roundeven", unary(EKE_FN1(round(x)))},
      {"math.rsqrt", unary(EKE_FN1(1.0f / makeRoot(x)))},
      {"math.sin", unary(EKE_FN1(sin(x)))},
      {"math.sqrt", unary(EKE_FN1(makeRoot(x)))},
      {"math.tanh", unary(EKE_FN1(tanh(x)))},
  };
}

#undef EKE_FN1
#undef EKE_FN2

//===----------------------------------------------------------------------===//
// Overflow
//===----------------------------------------------------------------------===//

/// The bits that hold an integer, as far as casts and constants tell.
static int countBits(const HExpr &e) {
  if (const int64_t *value = as_const_int(e))
    return 2 +
           static_cast<int>(std::log2(std::max(std::abs(double(*value)), 1.0)));
  if (const auto *cast = e.as<Cast>())
    if (!cast->value.type().is_float())
      return std::min(e.type().bits(), countBits(cast->value));
  if (const auto *sum = e.as<Add>())
    return 1 + std::max(countBits(sum->a), countBits(sum->b));
  if (const auto *sum = e.as<Sub>())
    return 1 + std::max(countBits(sum->a), countBits(sum->b));
  if (const auto *product = e.as<Mul>())
    return countBits(product->a) + countBits(product->b);
  return e.type().bits() + (e.type().is_uint() ? 1 : 0);
}

bool isWrapping(const std::string &op) {
  return op == "arith.addi" || op == "arith.subi" || op == "arith.muli";
}

HExpr makeWrapping(const kernel::Expr &expr, const Args &args) {
  HExpr plain = makeExpr(expr, args);
  if (plain.type().bits() < 32 || expr.type == "index" ||
      countBits(plain) <= plain.type().bits())
    return plain;
  return asSigned(makeExpr(expr, {asUnsigned(args[0]), asUnsigned(args[1])}));
}

HExpr makeExpr(const kernel::Expr &expr, const Args &args) {
  static const std::map<std::string, Maker> table = [] {
    std::map<std::string, Maker> all = makeCastTable();
    all.merge(makeIntegerTable());
    all.merge(makeFloatTable());
    return all;
  }();
  auto maker = table.find(expr.op);
  if (maker == table.end())
    throw CompileError("unknown op " + expr.op);
  return maker->second(expr, args);
}

} // namespace mlir::eke::kernel
