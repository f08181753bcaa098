//===- ReportModel.h - From a model to its reports --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_REPORT_REPORTMODEL_H
#define EKE_COMPILER_REPORT_REPORTMODEL_H

#include "compiler/pipeline/Compilation.h"
#include "compiler/report/EnergyReport.h"

namespace mlir::eke {

/// What a model takes that is compiled with these options, for any target. With `countsCode`
/// and where there is code for the target, it is generated and counted. `program` is the path
/// of the running compiler. Errors are printed.
FailureOr<std::vector<EnergyReport>> reportModel(CompileOptions options,
                                                 const ReportOptions &report,
                                                 bool countsCode,
                                                 StringRef program);

} // namespace mlir::eke

#endif // EKE_COMPILER_REPORT_REPORTMODEL_H
