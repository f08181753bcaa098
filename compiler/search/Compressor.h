//===- Compressor.h - A format for every matrix, by energy ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   each matrix in each format, alone  --LossMeter--->  what it loses  --\
//   all matrices in each format        --priceModel-->  what it takes  ---> choice --> plan
//                                                                            ^          |
//                                             the capacity that is left      |          v
//                                                                            \-- what all lose
//
// Losses are taken to add up when formats are chosen; what the plan loses is measured then, and
// if that is too much, or less than it may be, the choice is made again for another capacity.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_COMPRESSOR_H
#define EKE_COMPILER_SEARCH_COMPRESSOR_H

#include "compiler/pipeline/Compilation.h"

namespace mlir::eke {

/// What a plan may cost; the rest is as low as it can be.
struct CompressionBudget {
  enum Kind {
    Quality, // of the held-out text's perplexity, the part that may be added
    Energy, // picojoules, or a part of what the model takes as it is compiled otherwise
    Bytes // of weights, or such a part
  };
  Kind kind = Quality;
  double limit = 0.01;
  bool isPart = true;
};

struct CompressOptions {
  /// The model, its target, and the text (`calibration`); the last part of the text is held out
  /// to judge plans by.
  CompileOptions compile;
  CompressionBudget budget;
  /// The names of the formats to choose from.
  std::vector<std::string> candidates;
  /// The plan; points between the least and the most that can be saved, as JSON and as a picture.
  std::string output, pareto, plot;
  /// Where losses are kept; empty: in a cache.
  std::string store;
  /// Measure only part `shard` of `shards`, from 1; 0: all, and choose.
  uint32_t shard = 0, shards = 0;
};

/// Chooses formats, writes the plan, and prints how it compares to one format for all.
/// `compiler` is the path of the running compiler. Errors are printed.
LogicalResult compressModel(const CompressOptions &options, StringRef compiler);

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_COMPRESSOR_H
