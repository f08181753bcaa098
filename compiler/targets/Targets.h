//===- Targets.h - Device profiles ------------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_TARGETS_TARGETS_H
#define EKE_COMPILER_TARGETS_TARGETS_H

#include "compiler/targets/target.pb.h"

#include "dialects/eke/EkeDialect.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::eke {

using TargetProfile = ::eke::proto::Target;

/// Parses a profile in Protobuf text format, completes it by its base, and checks
/// it. `file` is named in the error.
llvm::Expected<TargetProfile> parseTargetProfile(llvm::StringRef text,
                                                 llvm::StringRef file);

/// Finds the profile `name`: one that is built in, "host" for the best of those
/// that this machine runs, or a file whose name ends with ".textproto".
llvm::Expected<TargetProfile> findTargetProfile(llvm::StringRef name);

/// The profiles that are built in, by name.
llvm::SmallVector<TargetProfile> listTargetProfiles();

/// The name of the built-in profile that "host" stands for on this machine.
llvm::StringRef getHostTargetName();

/// The part of `profile` that passes and code generation read.
TargetAttr getTargetAttr(MLIRContext *context, const TargetProfile &profile);

/// The command that runs programs for `profile` in an emulator, to which the program's is
/// appended: of the board or the CPU that the profile names for that, or of all that there
/// is.
std::vector<std::string> getEmulator(const TargetProfile &profile);

/// The words behind `getEmulator` that name a program and its arguments.
std::vector<std::string> listProgramWords(const TargetProfile &profile,
                                          StringRef program,
                                          ArrayRef<std::string> args);

/// Prints a table of the built-in profiles.
void printTargetProfiles(llvm::raw_ostream &os);

/// Prints what the table says, and how programs are run, for programs.
void printTargetProfilesAsJSON(llvm::raw_ostream &os);

/// Prints what is known of one device, with the source of each figure.
void describeTargetProfile(const TargetProfile &profile, llvm::raw_ostream &os);

} // namespace mlir::eke

#endif // EKE_COMPILER_TARGETS_TARGETS_H
