//===- TensorProgram.cpp - The command line of a tensor program -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors are raw files: the elements, row-major, little-endian.
//===----------------------------------------------------------------------===//

#include "runtime/programs/Options.h"
#include "runtime/programs/Programs.h"

#include <stdio.h>
#include <string.h>

namespace eke::rt {

namespace {

struct Request {
  const char *entry = nullptr, *statsFile = nullptr;
  PathList in, out;
  int64_t repeat = 1, threads = 1;
  bool help = false, version = false;
};

struct ElementType {
  const char *name;
  int64_t bytes;
};

} // namespace

static ElementType elementType(int32_t dtype) {
  static const ElementType types[] = {
      {"?", 0},  {"f32", 4}, {"f16", 2}, {"bf16", 2}, {"i8", 1},
      {"u8", 1}, {"i16", 2}, {"i32", 4}, {"i64", 8},  {"bool", 1}};
  return types[dtype >= EKE_F32 && dtype <= EKE_BOOL ? dtype : 0];
}

static int64_t bytesOf(const eke_tensor &tensor) {
  int64_t bytes = elementType(tensor.dtype).bytes;
  for (int32_t i = 0; i < tensor.rank; ++i)
    bytes *= tensor.shape[i];
  return bytes;
}

static void printEntries(const eke_model &model, Writer &out) {
  out.put("\nentries:\n");
  for (int32_t i = 0; i < model.entry_count; ++i) {
    const eke_entry &entry = model.entries[i];
    out.format("  %s/%lld\n", entry.name, (long long)entry.rows);
    for (int32_t a = 0; a < entry.arg_count; ++a) {
      const eke_tensor &t = entry.args[a];
      out.format("    %-3s  %s  %s[", t.is_output ? "out" : "in", t.name,
                 elementType(t.dtype).name);
      for (int32_t d = 0; d < t.rank; ++d)
        out.format(d ? ",%lld" : "%lld", (long long)t.shape[d]);
      out.format("]  %lld bytes\n", (long long)bytesOf(t));
    }
  }
}

static Request readRequest(const eke_model &model, int argc, char **argv) {
  Request r;
  const Option options[] = {
      {"entry", Option::Path, &r.entry, 0, 0, "NAME[/ROWS]",
       "the function to run (default: the only one)"},
      {"in", Option::Paths, &r.in, 0, 0, "FILE...", "its inputs, in order"},
      {"out", Option::Paths, &r.out, 0, 0, "FILE...", "its outputs, in order"},
      {"repeat", Option::Integer, &r.repeat, 1, 1e15, "N",
       "run it N times in a row (1)"},
      {"threads", Option::Integer, &r.threads, 1, EKE_MAX_THREADS, "N",
       "run on N threads (1)"},
      {"stats", Option::Path, &r.statsFile, 0, 0, "FILE",
       "write times, memory (of /proc/self/status) and sizes as JSON;\n"
       "                        - is standard output"},
      {"help", Option::Switch, &r.help, 0, 0, "", "print this"},
      {"version", Option::Switch, &r.version, 0, 0, "",
       "print compiler version, target and model hash"},
  };
  constexpr int count = sizeof(options) / sizeof(options[0]);
  parseOptions(options, count, argc, argv);
  if (r.help) {
    Writer out(1, "standard output");
    out.put("usage: ");
    out.put(programName());
    out.put(" [--entry NAME[/ROWS]] --in FILE... --out FILE... [options]\n"
            "A tensor program: ");
    out.put(model.name);
    out.put(". Files hold row-major little-endian elements.\n\n");
    printOptions(options, count, out);
    printEntries(model, out);
    out.flush();
  }
  return r;
}

/// Finds the entry for "NAME", "NAME/ROWS", or null for the only one.
static const eke_entry &chooseEntry(const eke_model &model,
                                    const char *wanted) {
  if (!wanted) {
    if (model.entry_count != 1)
      fail("the model has %d entries: choose one with --entry; --help lists "
           "them",
           model.entry_count);
    return model.entries[0];
  }
  char name[256];
  size_t size = strcspn(wanted, "/");
  int64_t rows = 0;
  if (wanted[size] == '/' && (!parseInteger(wanted + size + 1, rows) || !rows))
    fail("--entry needs NAME or NAME/ROWS, not '%s'", wanted);
  const eke_entry *entry = nullptr;
  if (size < sizeof(name)) {
    memcpy(name, wanted, size);
    name[size] = 0;
    entry = eke_find_entry(&model, name, rows);
  }
  if (!entry)
    fail("the model has no entry '%s'; --help lists them", wanted);
  return *entry;
}

static int countArgs(const eke_entry &entry, bool outputs) {
  int count = 0;
  for (int32_t i = 0; i < entry.arg_count; ++i)
    count += (entry.args[i].is_output != 0) == outputs;
  return count;
}

static void checkFileCount(const eke_entry &entry, PathList files,
                           bool outputs) {
  int needed = countArgs(entry, outputs);
  if (files.count != needed)
    fail("entry '%s' has %d %s, but --%s names %d files", entry.name, needed,
         outputs ? "outputs" : "inputs", outputs ? "out" : "in", files.count);
}

static void *loadTensor(const eke_tensor &tensor, const char *path) {
  Bytes file = readFile(path);
  if (file.size != uint64_t(bytesOf(tensor)))
    fail("'%s' has %zu bytes, but input '%s' has %lld", path, file.size,
         tensor.name, (long long)bytesOf(tensor));
  void *data = reserve(file.size);
  memcpy(data, file.data, file.size);
  return data;
}

int runTensors(const Program &program, int argc, char **argv) {
  const eke_model &model = program.model;
  Request r = readRequest(model, argc, argv);
  if (r.help)
    return 0;
  if (r.version)
    return printVersion(model);
  const eke_entry &entry = chooseEntry(model, r.entry);
  checkFileCount(entry, r.in, false);
  checkFileCount(entry, r.out, true);

  auto *args = reserveArray<void *>(uint64_t(entry.arg_count));
  auto *fds = reserveArray<int>(uint64_t(entry.arg_count));
  char **in = r.in.first, **out = r.out.first;
  for (int32_t i = 0; i < entry.arg_count; ++i)
    if (!entry.args[i].is_output)
      args[i] = loadTensor(entry.args[i], *in++);
  for (int32_t i = 0; i < entry.arg_count; ++i) {
    if (!entry.args[i].is_output)
      continue;
    args[i] = reserve(bytesOf(entry.args[i]));
    fds[i] = openOutput(*out++);
  }
  Statistics statistics(r.statsFile);
  startThreads(r.threads);

  Meter meter(statistics.counter);
  for (int64_t i = 0; i < r.repeat; ++i)
    entry.call(args, program.state, program.arena);
  Usage usage = meter.stop(r.repeat);

  out = r.out.first;
  for (int32_t i = 0; i < entry.arg_count; ++i)
    if (entry.args[i].is_output)
      writeAll(fds[i], args[i], bytesOf(entry.args[i]), *out++);
  auto addMembers = [](JsonObject &json, const void *ctx) {
    auto &usage = *static_cast<const Usage *>(ctx);
    json.integer("runs", usage.tokens);
    json.real("seconds", usage.seconds);
    json.integer("instructions", usage.instructions);
  };
  statistics.write(program, r.threads, addMembers, &usage);
  return 0;
}

} // namespace eke::rt
