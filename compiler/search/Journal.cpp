//===- Journal.cpp - What a search has measured so far --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Journal.h"

#include "compiler/support/OutputFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

namespace json = llvm::json;
using llvm::StringRef;

namespace mlir::eke::tune {

Journal::Journal(std::string path, std::string key)
    : path(std::move(path)), key(std::move(key)) {
  auto buffer = llvm::MemoryBuffer::getFile(this->path);
  if (!buffer || !read((*buffer)->getBuffer()))
    answers.clear();
}

llvm::Error Journal::check(StringRef path) {
  llvm::sys::fs::file_status status;
  if (llvm::sys::fs::status(path, status))
    return llvm::Error::success();
  bool isOurs = false;
  if (llvm::sys::fs::is_regular_file(status)) {
    constexpr uint64_t most = 4096; // a first line has less
    auto start = llvm::MemoryBuffer::getFileSlice(
        path, std::min(status.getSize(), most), 0);
    isOurs = start && ((*start)->getBuffer().empty() ||
                       (*start)->getBuffer().starts_with("{\"search\":"));
  }
  if (isOurs)
    return llvm::Error::success();
  return llvm::createStringError("cannot write '" + path +
                                 "', the progress of this search: it exists, "
                                 "and no search has written it");
}

/// Returns whether all of `text` is of this search.
bool Journal::read(StringRef text) {
  llvm::SmallVector<StringRef> lines;
  text.split(lines, '\n', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (auto [number, line] : llvm::enumerate(lines)) {
    llvm::Expected<json::Value> value = json::parse(line);
    if (!value) {
      llvm::consumeError(value.takeError());
      return false;
    }
    const json::Object *object = value->getAsObject();
    if (!object || (number == 0 && object->getString("search") != key))
      return false;
    if (number == 0)
      continue;
    auto kernel = object->getString("kernel"),
         schedule = object->getString("schedule");
    auto cost = object->getNumber("cost"), tie = object->getNumber("tie");
    auto error = object->getNumber("error");
    auto calls = object->getInteger("calls");
    if (!kernel || !schedule)
      return false;
    add(*kernel, *schedule,
        cost && tie && error && calls
            ? std::optional(Cost{*cost, *tie, *error, uint64_t(*calls)})
            : std::nullopt);
  }
  return !lines.empty();
}

std::optional<std::optional<Cost>> Journal::find(StringRef kernel,
                                                 StringRef schedule) const {
  auto found = answers.find({kernel.str(), schedule.str()});
  if (found == answers.end())
    return std::nullopt;
  return found->second;
}

void Journal::add(StringRef kernel, StringRef schedule,
                  std::optional<Cost> cost) {
  answers[{kernel.str(), schedule.str()}] = cost;
}

llvm::Error Journal::write() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << json::Value(json::Object{{"search", key}}) << "\n";
  for (const auto &[question, cost] : answers) {
    json::Object line{{"kernel", question.first},
                      {"schedule", question.second}};
    if (cost) {
      line["cost"] = cost->value;
      line["tie"] = cost->tie;
      line["error"] = cost->error;
      line["calls"] = int64_t(cost->calls);
    }
    os << json::Value(std::move(line)) << "\n";
  }
  return writeOutput(path, "the progress", text);
}

void Journal::remove() const { llvm::sys::fs::remove(path); }

} // namespace mlir::eke::tune
