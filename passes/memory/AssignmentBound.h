//===- AssignmentBound.h - What no assignment can cost less than *- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The Lagrangian relaxation: a byte of memory m has the price p[m], and any number of
// them may be rented. Whatever the prices are, an assignment that fits costs at least
//
//   sum over tenants (least over m (cost[m] + bytes * p[m])) - sum over m (p[m] * room[m])
//
// because it pays no more rent than what there is. The prices are those that make this
// the largest.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_ASSIGNMENTBOUND_H
#define EKE_PASSES_MEMORY_ASSIGNMENTBOUND_H

#include "passes/memory/Assignment.h"

namespace mlir::eke {

class AssignmentBound {
public:
  AssignmentBound(const std::vector<Tenant> &tenants,
                  const std::vector<Room> &rooms);

  /// The bound without any tenant in its place.
  double get() const { return best; }
  /// The bytes that tenants of memory `m` can fill: no more than its room, and no less
  /// than any sum of their sizes that is.
  int64_t getRoom(unsigned m) const { return rooms[m].bytes; }
  /// The price of a byte of memory `m` itself.
  double getPrice(unsigned m) const { return prices[m]; }
  /// What a tenant costs in memory `m`, with the rent of all the room that it takes.
  double getCostWithRent(const Tenant &tenant, unsigned m) const {
    return getCostWithRent(tenant, m, prices);
  }

private:
  void tightenRooms();
  void raise();
  bool raiseAlong(const std::vector<unsigned> &memories);
  void climb();
  double evaluate(const std::vector<double> &at,
                  std::vector<double> *excess) const;
  double getCostWithRent(const Tenant &tenant, unsigned m,
                         const std::vector<double> &at) const;
  double getLargestPrice() const;

  const std::vector<Tenant> &tenants;
  std::vector<Room> rooms;
  std::vector<double> prices;
  double best;
};

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_ASSIGNMENTBOUND_H
