//===- Assignment.h - Which memory each tensor lies in ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The generalised assignment problem: each tenant lies in one memory, where it takes
// room and costs something, and the sum of all costs is as low as the room allows.
//
//            tcm: 8 bytes   flash                    tcm          flash
//   a  5 B        1           10                  +---------+  +-----------+
//   b  4 B        1            8         ──►      |  b  c   |  |  a        |   1 + 0 + 10
//   c  4 B        0            7                  +---------+  +-----------+
//
// What lies in a memory that forgets is loaded from another one at start, and takes the
// same room there.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_ASSIGNMENT_H
#define EKE_PASSES_MEMORY_ASSIGNMENT_H

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace mlir::eke {

/// The room of a memory that has as much as anybody asks for.
inline constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

/// The cost of a tenant in a memory that it may not be in.
inline constexpr double kForbidden = std::numeric_limits<double>::infinity();

struct Tenant {
  /// Above 0.
  int64_t bytes;
  /// By number of memory; at least one is allowed.
  std::vector<double> costs;
  /// Does it have contents at start, which are loaded if its memory forgets?
  bool isLoaded = true;
  /// Where it lies if nothing is gained elsewhere.
  unsigned home = 0;
};

struct Room {
  int64_t bytes = kUnlimited;
  /// The number of the memory that has the contents before start, if it is another one.
  std::optional<unsigned> loadedFrom = {};
};

struct Assignment {
  /// By number of tenant.
  std::vector<unsigned> memories;
  double cost = 0;
  /// No assignment costs less.
  double lowerBound = 0;
  /// Whether it is proven that none costs less than this one.
  bool isOptimal = false;
  /// The steps of the search for it.
  int64_t steps = 0;
};

/// The most steps that a compilation takes: each puts one tenant into one memory, in
/// some 20 ns.
inline constexpr int64_t kAssignmentSteps = 10'000'000;

/// Finds the cheapest assignment by branch and bound; after `steps`, the best so far, with
/// the bound that was proven. Nothing if none was found that fits. Of several that cost
/// the same, which one depends on nothing but the arguments.
std::optional<Assignment> assignTenants(const std::vector<Tenant> &tenants,
                                        const std::vector<Room> &rooms,
                                        int64_t steps = kAssignmentSteps);

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_ASSIGNMENT_H
