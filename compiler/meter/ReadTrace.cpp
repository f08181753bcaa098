//===- ReadTrace.cpp - From the plugin's output to a trace ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   start | trunk … trunk head, choose a token | trunk head, choose | … | end
//           prefill                              step                step
//
//   start | an entry | the entry | … | end
//           step       step
//
// The entries of the model mark the phases. Within them, a call of a kernel lasts
// from the call to the instruction behind it.
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/ReadTrace.h"

#include "runtime/include/eke/abi.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using llvm::StringRef;

namespace mlir::eke::profile {
namespace {

class TraceReader {
public:
  TraceReader(const CompiledProgram &program, llvm::ArrayRef<CallSite> sites,
              llvm::ArrayRef<CacheLevel> caches, const Entry *called)
      : siteCount(sites.size()), caches(caches), called(called) {
    for (const Entry &entry : program.entries)
      entries[entry.address] = &entry;
    for (const auto &[index, site] : llvm::enumerate(sites))
      calls[site.call] = index;
    enter(trace.start);
  }

  llvm::Expected<Trace> read(StringRef text) {
    while (!text.empty()) {
      auto [line, rest] = text.split('\n');
      if (!readLine(line))
        return llvm::createStringError(
            "the counts are broken at '" + line +
            "', expected a line that the plugin of this version writes");
      text = rest;
    }
    if (trace.steps.empty())
      return std::move(trace);
    // The last step did not end with a next one.
    trace.end = std::move(trace.steps.back());
    trace.steps.pop_back();
    return std::move(trace);
  }

private:
  void enter(TraceSection &next) {
    section = &next;
    section->sites.resize(siteCount);
    section->transfers.resize(caches.size());
    cell = &section->outside;
  }

  void enterEntry(const Entry &entry) {
    cell = &section->outside;
    if (called) {
      if (&entry == called)
        enter(trace.steps.emplace_back());
    } else if (entry.role == EKE_ROLE_HEAD) {
      hasHead = true;
    } else if (entry.role == EKE_ROLE_TRUNK && hasHead) {
      enter(trace.steps.emplace_back());
    } else if (entry.role == EKE_ROLE_TRUNK) {
      if (section == &trace.start)
        enter(trace.prefill);
      trace.prefillTokens += entry.rows;
    }
  }

  bool readLine(StringRef line) {
    llvm::SmallVector<StringRef, 5> words;
    line.split(words, ' ');
    uint64_t address;
    if (words.size() < 2 || words[1].getAsInteger(16, address))
      return false;
    uint64_t numbers[3];
    for (auto [word, number] :
         llvm::zip(llvm::ArrayRef(words).drop_front(2), numbers))
      if (word.getAsInteger(10, number))
        return false;
    if (words[0] == "block" && words.size() == 5) {
      cell->blocks[{address, numbers[1]}] += numbers[2];
    } else if (words[0] == "access" && words.size() == 5 &&
               numbers[0] < regionCount) {
      auto &bytes = cell->accesses[address][numbers[0]];
      bytes[0] += numbers[1];
      bytes[1] += numbers[2];
    } else if (words[0] == "cache" && words.size() == 5 &&
               address < caches.size() && numbers[0] < regionCount) {
      auto &bytes = section->transfers[address][numbers[0]];
      bytes[0] += numbers[1] * caches[address].lineBytes;
      bytes[1] += numbers[2] * caches[address].lineBytes;
    } else if (words[0] == "before" && words.size() == 2) {
      if (const Entry *entry = entries.lookup(address))
        enterEntry(*entry);
      else
        cell = &section->outside; // behind the call of a kernel
    } else if (words[0] == "after" && calls.contains(address)) {
      cell = &section->sites[calls.lookup(address)];
      ++cell->calls;
    } else {
      return false;
    }
    return true;
  }

  size_t siteCount;
  llvm::ArrayRef<CacheLevel> caches;
  const Entry *called;
  llvm::DenseMap<uint64_t, const Entry *> entries;
  llvm::DenseMap<uint64_t, size_t> calls;
  Trace trace;
  TraceSection *section = nullptr;
  Cell *cell = nullptr;
  bool hasHead = false;
};

} // namespace

/// The number of the system call that maps memory.
static unsigned getMmapNumber(const llvm::Triple &triple) {
  if (triple.isX86_64())
    return 9;
  return triple.isAArch64() ? 222 : 192; // 32 bits: mmap2
}

std::string writePlan(const CompiledProgram &program,
                      llvm::ArrayRef<CallSite> sites,
                      llvm::ArrayRef<CacheLevel> caches) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::formatv("entry {0:x-}\n", program.entryPoint);
  os << llvm::formatv("region {0:x-} {1:x-}\n", program.weights.address,
                      program.weights.size);
  // State and arena, which the program maps in this order.
  for (uint64_t bytes : {program.stateBytes, program.arenaBytes})
    os << llvm::formatv("mapping {0:x-} {1:x-}\n",
                        getMmapNumber(program.triple), bytes);
  for (const Entry &entry : program.entries)
    os << llvm::formatv("before {0:x-}\n", entry.address);
  for (const CallSite &site : sites)
    os << llvm::formatv("after {0:x-}\nbefore {1:x-}\n", site.call, site.next);
  for (const CacheLevel &cache : caches)
    os << llvm::formatv("cache {0:x-} {1:x-} {2:x-}\n", cache.bytes,
                        cache.lineBytes, cache.ways);
  return text;
}

llvm::Expected<Trace> readTrace(StringRef text, const CompiledProgram &program,
                                llvm::ArrayRef<CallSite> sites,
                                llvm::ArrayRef<CacheLevel> caches,
                                const Entry *called) {
  return TraceReader(program, sites, caches, called).read(text);
}

} // namespace mlir::eke::profile
