//===- Format.h - Packed shapes of weights ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `#eke.format` means. Each format is an object that says what a weight is in
// bytes, makes these bytes, and computes with them; `dialects/formats/` has one file for each.
// Others ask the interface and know no format.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_FORMAT_H
#define EKE_DIALECTS_EKE_FORMAT_H

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Quants.h"

namespace mlir::eke {

/// Alignment in bytes of every part of the weight image, the states and the
/// arena: a cache line.
inline constexpr int64_t kAlignment = 64;

struct BadElement;
class LinalgBuilder;
class ProductBuilder;
struct SourceMatrix;

/// A weight inside a function: its packed parts as tensors.
struct WeightValue {
  Value values;
  /// Null if the format has none.
  Value scales;
  /// The weight's type at the level of eke, with its format.
  RankedTensorType type;
};

/// A format of matrices [N, K]: N output channels, K inputs. docs/add-a-format.md
/// adds one.
class FormatInterface {
public:
  explicit FormatInterface(StringRef name) : name(name) {}
  virtual ~FormatInterface() = default;

  /// The format called `name`, or null.
  static const FormatInterface *lookup(MLIRContext *context, StringRef name);
  /// The names of all formats, as a message lists them: `f32, f16, i8 or i4`.
  static std::string listNames(MLIRContext *context);

  /// The smallest format that keeps the numbers of all these elements, in no more than
  /// twice the bits that the largest of them has; or null.
  static const FormatInterface *findKeeping(MLIRContext *context,
                                            ArrayRef<Type> elements);

  /// The format of elements that shall be kept but that none keeps: of those that keep
  /// blocks the one with most bits, which rounds them least.
  static const FormatInterface &findNearest(MLIRContext *context);

  /// What `#eke.format` and `--weights` call it.
  StringRef getName() const { return name; }

  /// The attribute with what suits `target`, which may be null.
  virtual FormatAttr choose(MLIRContext *context, TargetAttr target) const = 0;
  /// Reports parameters of an attribute that the format does not have.
  virtual LogicalResult verify(function_ref<InFlightDiagnostic()> emitError,
                               int64_t group, int64_t offset) const = 0;

  /// The tensors that a weight of `type`, which has this format, is stored as.
  virtual RankedTensorType getValuesType(RankedTensorType type) const = 0;
  /// Null if the format has no scales.
  virtual RankedTensorType getScalesType(RankedTensorType type) const {
    return {};
  }

  /// Does `pack` keep all numbers of a payload of such elements as they are?
  virtual bool keeps(Type element) const { return false; }

  /// The format of the matrices at the ends of a model (`eke.head_format`) whose others
  /// have this one, if nobody says: a finer one, where this one is coarse.
  virtual StringRef getHeadFormat() const { return name; }

  /// Do products gain from rows that are rotated (`eke-rotate-residual`)? They do where
  /// one scale rounds a whole row; with a coarse format, only if it knows its inputs
  /// (`compensate`): the scales of norms, which keep large numbers from it, are gone.
  virtual bool gainsFromRotation() const { return false; }

  /// A format that holds some weights much better, at a higher cost for all; or null.
  virtual const FormatInterface *getAlternative(MLIRContext *context) const {
    return nullptr;
  }

  /// Does it round so coarsely that it matters how near to its grid numbers are, and what
  /// they are multiplied with?
  virtual bool isCoarse() const { return false; }

  /// The sum of the squares of what rounding changes; of coarse formats only.
  virtual double measureError(const SourceMatrix &source) const { return 0; }

  /// The groups that `pack` keeps as they are, rounded such that products with inputs of
  /// these second moments [K, K] change least; of coarse formats only. None if that cannot
  /// be: a number is not finite or very large, or the moments are those of nothing; or if
  /// the numbers are rounded already.
  virtual std::vector<QuantGroup> compensate(const SourceMatrix &source,
                                             ArrayRef<float> moments) const {
    return {};
  }

  /// Writes both, whose bytes are zero, or says which element they cannot hold.
  virtual std::optional<BadElement> pack(const SourceMatrix &source,
                                         FormatAttr format, uint8_t *values,
                                         uint8_t *scales) const = 0;

  /// What the products of `buildProduct` multiply.
  virtual MacType getMacType() const { return MacType::F32; }

  /// The element for output channel `n` and input `k` as f32, inside a body.
  virtual Value load(LinalgBuilder &l, const WeightValue &weight, Value n,
                     Value k) const = 0;
  /// [m, no, ni] f32, tiles `no` of output channels `ni`: the product of `rows`,
  /// [m, k] f32, with the weight.
  virtual Value buildProduct(ProductBuilder &products, Location loc, Value rows,
                             const WeightValue &weight) const = 0;

private:
  /// Bits of an element with its share of scales, in eighths.
  int64_t countBitEighths(MLIRContext *context) const;

  StringRef name;
};

/// A weight as it lies in the image: its values and, if it has any, its scales.
struct PackedWeight {
  RankedTensorType values;
  /// Null if the format has no scales.
  RankedTensorType scales;
  /// Bytes from the start of the values to the scales.
  int64_t scalesOffset = 0;
  /// Bytes of all parts, a multiple of kAlignment.
  int64_t bytes = 0;
};

/// Bytes of the elements of a static tensor without encoding.
int64_t getByteSize(RankedTensorType type);

/// Rounds up to a multiple of kAlignment.
int64_t alignUp(int64_t bytes);

/// The format in the encoding of `type`, or null.
FormatAttr getFormat(RankedTensorType type);

/// `type` with its encoding replaced by `format`.
RankedTensorType withFormat(RankedTensorType type, FormatAttr format);

/// How a weight of `type` lies in the image. A weight without format is stored
/// as it is, row-major. See `#eke.format` for the shapes.
PackedWeight getPacked(RankedTensorType type);

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_FORMAT_H
