//===- DataObject.h - An ELF object around a stream of bytes ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A relocatable file with one read-only section and one hidden symbol at its
// start, written front to back, so that hundreds of megabytes of weights pass
// through without being held in memory:
//
//   head:  ELF header, zeros up to the alignment
//   the caller writes `bytes` bytes
//   tail:  symbol table, string tables, section headers
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_IMAGE_DATAOBJECT_H
#define EKE_CODEGEN_IMAGE_DATAOBJECT_H

#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"

#include <optional>

namespace mlir::eke {

/// What an ELF file says of the machine that it is for.
struct ElfKind {
  /// One of the ELF::EM_… constants.
  uint16_t machine;
  /// Whether the tables of the file are those of 64 bits, or else of 32.
  bool is64Bit;
  /// Of the header, such as the version of the calling convention.
  uint32_t flags = 0;
};

struct DataObject {
  ElfKind kind;
  llvm::StringRef section;
  llvm::StringRef symbol;
  uint64_t bytes;
  /// A power of two, at least that of an ELF header (8).
  uint64_t alignment;

  void writeHead(llvm::raw_ostream &os) const;
  void writeTail(llvm::raw_ostream &os) const;
};

/// The files of a little-endian triple, or nothing if no code is generated for it.
std::optional<ElfKind> getElfKind(const llvm::Triple &triple);

} // namespace mlir::eke

#endif // EKE_CODEGEN_IMAGE_DATAOBJECT_H
