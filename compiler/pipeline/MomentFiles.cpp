//===- MomentFiles.cpp - Files of second moments --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/MomentFiles.h"

#include "compiler/frontend/Safetensors.h"
#include "compiler/support/OutputFile.h"
#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Moments.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

using llvm::createStringError;
namespace endian = llvm::support::endian;

namespace mlir::eke {

/// The tensors of a file that are moments; fails if one has no such shape.
static llvm::Expected<std::vector<StoredTensor>>
listMoments(const SafetensorsFile &file) {
  std::vector<StoredTensor> moments;
  for (const StoredTensor &tensor : file.getTensors()) {
    if (!StringRef(tensor.name).starts_with(kMomentsPrefix))
      continue;
    if (tensor.dtype != "F32" || tensor.shape.size() != 2 ||
        tensor.shape[0] != tensor.shape[1])
      return createStringError(file.getPath() + ": '" + tensor.name +
                               "' is no square matrix of F32");
    moments.push_back(tensor);
  }
  return moments;
}

llvm::Error MomentSums::add(llvm::StringRef path) {
  auto file = SafetensorsFile::open(path);
  if (!file)
    return file.takeError();
  auto moments = listMoments(*file);
  if (!moments)
    return moments.takeError();
  bool isFirst = sums.empty();
  for (const StoredTensor &tensor : *moments) {
    Sum &sum = sums[tensor.name];
    if (isFirst) {
      sum.width = tensor.shape[0];
      sum.numbers.resize(sum.width * sum.width);
    }
    if (sum.width != tensor.shape[0])
      return createStringError(path + ": has other moments of '" + tensor.name +
                               "' than those it is added to");
    const uint8_t *bytes = file->getBytes(tensor).data();
    for (auto [i, number] : llvm::enumerate(sum.numbers))
      number += llvm::bit_cast<float>(endian::read32le(bytes + 4 * i));
  }
  return llvm::Error::success();
}

llvm::Error MomentSums::write(llvm::StringRef path) const {
  llvm::json::Object header;
  int64_t end = 0;
  for (const auto &[name, sum] : sums) {
    int64_t begin = end;
    end += 4 * int64_t(sum.numbers.size());
    header[name] =
        llvm::json::Object{{"dtype", "F32"},
                           {"shape", llvm::json::Array{sum.width, sum.width}},
                           {"data_offsets", llvm::json::Array{begin, end}}};
  }
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(header));
  text.resize(llvm::alignTo<8>(text.size()), ' ');
  std::string contents(8, 0);
  endian::write64le(contents.data(), text.size());
  contents += text;
  size_t at = contents.size();
  contents.resize(at + end);
  for (const auto &[name, sum] : sums)
    for (float number : sum.numbers) {
      endian::write32le(contents.data() + at, llvm::bit_cast<uint32_t>(number));
      at += 4;
    }
  return writeOutput(path, "moments", contents);
}

llvm::Expected<DictionaryAttr> readMoments(MLIRContext *context,
                                           llvm::StringRef path) {
  auto file = SafetensorsFile::open(path);
  if (!file)
    return file.takeError();
  auto moments = listMoments(*file);
  if (!moments)
    return moments.takeError();
  SmallVector<NamedAttribute> payloads;
  for (const StoredTensor &tensor : *moments)
    payloads.emplace_back(
        StringAttr::get(
            context, StringRef(tensor.name).drop_front(kMomentsPrefix.size())),
        PayloadAttr::get(context, path, int64_t(tensor.offset),
                         int64_t(tensor.size), Float32Type::get(context)));
  return DictionaryAttr::get(context, payloads);
}

} // namespace mlir::eke
