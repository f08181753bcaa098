//===- CheckProfile.h - What makes a profile unusable -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_TARGETS_CHECKPROFILE_H
#define EKE_COMPILER_TARGETS_CHECKPROFILE_H

#include "compiler/targets/target.pb.h"

#include <string>

namespace mlir::eke {

/// Says what makes `profile`, which is complete, unusable, or nothing.
std::string whyUnusable(const ::eke::proto::Target &profile);

} // namespace mlir::eke

#endif // EKE_COMPILER_TARGETS_CHECKPROFILE_H
