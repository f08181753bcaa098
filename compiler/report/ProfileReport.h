//===- ProfileReport.h - A profile as a table and as JSON ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_REPORT_PROFILEREPORT_H
#define EKE_COMPILER_REPORT_PROFILEREPORT_H

#include "compiler/meter/Profile.h"

namespace mlir::eke::profile {

/// Prints the run in short, and a table of one phase, per step.
void printTable(const Profile &profile, const RunPhase &phase,
                llvm::raw_ostream &os);

/// Prints everything; counts are whole, of a phase's steps together.
void printJSON(const Profile &profile, llvm::raw_ostream &os);

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_REPORT_PROFILEREPORT_H
