//===- File.h - GGUF files, as llama.cpp writes them ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A GGUF file of version 2 or 3 is
//
//   "GGUF" | u32 version | u64 tensors | u64 values
//   values:   string key | u32 type | value
//   tensors:  string name | u32 rank | u64 extents, innermost first | u32 type | u64 offset
//   padding   to the value `general.alignment`, or 32
//   data      each tensor at its offset from here, a multiple of the alignment
//
// with strings as u64 length | bytes, and arrays as u32 type | u64 length | values.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_GGUF_FILE_H
#define EKE_COMPILER_FRONTEND_GGUF_FILE_H

#include "compiler/frontend/TensorFile.h"
#include "compiler/frontend/gguf/Metadata.h"

namespace mlir::eke {

/// Does a file that starts so mean to be one?
bool isGGUF(llvm::StringRef contents);

/// A GGUF file whose values and tensors have been checked.
class GGUFFile : public TensorFile {
public:
  static llvm::Expected<GGUFFile> open(llvm::StringRef path);

  /// The same for bytes in memory; the buffer's identifier names the file.
  static llvm::Expected<GGUFFile>
  parse(std::unique_ptr<llvm::MemoryBuffer> buffer);

  /// The same, but tensors may have elements of types that are not supported. Such a file
  /// is good for its values, and for saying what is wrong with it.
  static llvm::Expected<GGUFFile>
  parseAnyTypes(std::unique_ptr<llvm::MemoryBuffer> buffer);

  /// Names each tensor whose elements are of a type that is not supported.
  llvm::Error checkTypes() const;

  /// What the file says besides its tensors.
  const GGUFMetadata &getMetadata() const { return metadata; }

private:
  GGUFFile(std::unique_ptr<llvm::MemoryBuffer> buffer,
           std::vector<StoredTensor> tensors, GGUFMetadata metadata)
      : TensorFile(std::move(buffer), std::move(tensors)),
        metadata(std::move(metadata)) {}

  GGUFMetadata metadata;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_GGUF_FILE_H
