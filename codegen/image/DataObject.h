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

namespace mlir::eke {

struct DataObject {
  /// One of the ELF::EM_… constants.
  uint16_t machine;
  llvm::StringRef section;
  llvm::StringRef symbol;
  uint64_t bytes;
  /// A power of two, at least that of an ELF header (8).
  uint64_t alignment;

  void writeHead(llvm::raw_ostream &os) const;
  void writeTail(llvm::raw_ostream &os) const;
};

/// ELF's number of the machine of a 64-bit little-endian triple, or 0.
uint16_t getElfMachine(const llvm::Triple &triple);

} // namespace mlir::eke

#endif // EKE_CODEGEN_IMAGE_DATAOBJECT_H
