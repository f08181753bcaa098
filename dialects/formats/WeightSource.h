//===- WeightSource.h - The elements of a weight as given -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_WEIGHTSOURCE_H
#define EKE_DIALECTS_FORMATS_WEIGHTSOURCE_H

#include "dialects/eke/EkeDialect.h"
#include "dialects/formats/Pack.h"

#include "llvm/Support/MemoryBuffer.h"

namespace mlir::eke {

/// The elements of a weight, one payload behind the other. One payload in a file
/// stays where it is, mapped; several are joined, and rows that are interleaved or
/// columns in the file put in order, so that how the weight lies in the image does not
/// depend on them.
class WeightSource {
public:
  /// Maps or reads them, or reports why that fails.
  LogicalResult load(WeightOp weight, StringRef folder);

  /// The first element that is not finite, of those that had to be so as they were
  /// loaded: to be scaled and rotated.
  std::optional<BadElement> getBadElement() const { return bad; }

  /// The elements as a matrix of floating point numbers, with the last dimension as
  /// its columns.
  SourceMatrix getMatrix();

  /// Writes the elements as `element`, in their order. A file must hold finite
  /// numbers, which stay finite.
  std::optional<BadElement> copyTo(Type element, uint8_t *out);

private:
  const uint8_t *data() const;
  void appendRows(std::string &out, PayloadAttr payload);
  void appendTransposed(std::string &out, PayloadAttr payload);
  LogicalResult appendChanged(PayloadAttr payload, StringRef folder);
  void dequantize();
  void decode();
  std::optional<BadElement> convertTo(FloatType element, uint8_t *out);

  WeightOp weight;
  /// The type of the elements in `data`.
  Type element;
  int64_t count = 0;
  bool isInFile = false;
  std::unique_ptr<llvm::MemoryBuffer> mapped;
  std::optional<BadElement> bad;
  /// The elements, if they are not mapped.
  std::string owned;
};

/// The second moments of the inputs of `weight` (`eke.moments`), columns x columns numbers
/// in a file, or reports why there are none.
FailureOr<std::vector<float>> loadMoments(WeightOp weight, PayloadAttr moments,
                                          StringRef folder);

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_WEIGHTSOURCE_H
