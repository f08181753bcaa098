//===- SampleError.cpp - How well a format holds a weight -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/SampleError.h"

#include "dialects/formats/WeightSource.h"

namespace mlir::eke {

static constexpr int64_t mostRows = 64, mostWeights = 8;

std::optional<SmallVector<double>>
sampleErrors(WeightOp weight, ArrayRef<const FormatInterface *> formats,
             StringRef folder) {
  ScopedDiagnosticHandler quiet(weight.getContext(),
                                [](Diagnostic &) { return success(); });
  WeightSource source;
  if (weight.getTensorType().getNumElements() == 0 ||
      failed(source.load(weight, folder)) || source.getBadElement())
    return std::nullopt;
  SourceMatrix matrix = source.getMatrix();
  SmallVector<double> errors(formats.size());
  int64_t step = llvm::divideCeil(matrix.rows, mostRows);
  for (int64_t row = 0; row < matrix.rows; row += step)
    for (auto [format, error] : llvm::zip(formats, errors))
      error += format->measureError(matrix.getRow(row));
  return errors;
}

bool hasFiniteElements(WeightOp weight, StringRef folder) {
  ScopedDiagnosticHandler quiet(weight.getContext(),
                                [](Diagnostic &) { return success(); });
  WeightSource source;
  if (failed(source.load(weight, folder)))
    return true;
  std::vector<uint8_t> numbers(sizeof(float) *
                               weight.getTensorType().getNumElements());
  auto f32 = Float32Type::get(weight.getContext());
  return !source.copyTo(f32, numbers.data());
}

SmallVector<WeightOp> sampleWeights(ArrayRef<WeightOp> weights) {
  SmallVector<WeightOp> sample;
  size_t step =
      llvm::divideCeil(std::max<size_t>(weights.size(), 1), mostWeights);
  for (size_t i = 0; i < weights.size(); i += step)
    sample.push_back(weights[i]);
  return sample;
}

} // namespace mlir::eke
