//===- TensorProgram.cpp - The command line of a tensor program -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors are raw files: the elements, row-major, little-endian.
//===----------------------------------------------------------------------===//

#include "runtime/programs/CommonOptions.h"
#include "runtime/programs/Programs.h"
#include "runtime/programs/StatesFile.h"

#include <stdio.h>
#include <string.h>

namespace eke::rt {

namespace {

struct Request {
  const char *entry = nullptr;
  PathList in, out;
  int64_t repeat = 1;
  CommonRequest common;
};

struct ElementType {
  const char *name;
  int64_t bytes;
};

} // namespace

static ElementType elementType(int32_t dtype) {
  static const ElementType types[] = {
      {"?", 0},   {"f32", 4}, {"f16", 2}, {"bf16", 2}, {"i8", 1}, {"u8", 1},
      {"i16", 2}, {"i32", 4}, {"i64", 8}, {"bool", 1}, {"f64", 8}};
  return types[dtype >= EKE_F32 && dtype <= EKE_F64 ? dtype : 0];
}

static int64_t bytesOf(const eke_tensor &tensor) {
  int64_t bytes = elementType(tensor.dtype).bytes;
  for (int32_t i = 0; i < tensor.rank; ++i)
    bytes *= tensor.shape[i];
  return bytes;
}

/// "f32[1,16]"
static void printType(int32_t dtype, int32_t rank, const int64_t *shape,
                      Writer &out) {
  out.format("%s[", elementType(dtype).name);
  for (int32_t d = 0; d < rank; ++d)
    out.format(d ? ",%lld" : "%lld", (long long)shape[d]);
  out.put("]");
}

static bool hasBounds(const eke_tensor &tensor) {
  return !tensor.is_output &&
         (tensor.min != INT64_MIN || tensor.max != INT64_MAX);
}

static void printEntry(const eke_entry &entry, Writer &out) {
  out.put("  ");
  out.putPrintable(entry.name);
  out.format("/%lld", (long long)entry.rows);
  if (entry.role[0])
    out.format(", %s", entry.role);
  if (entry.period_ns)
    out.format(", every %.9g s", 1e-9 * double(entry.period_ns));
  out.put("\n");
  for (int32_t i = 0; i < entry.arg_count; ++i) {
    const eke_tensor &t = entry.args[i];
    out.put(t.is_output ? "    out  " : "    in   ");
    out.putPrintable(t.name);
    out.put("  ");
    printType(t.dtype, t.rank, t.shape, out);
    out.format("  %lld bytes", (long long)bytesOf(t));
    if (hasBounds(t))
      out.format(", from %lld to %lld", (long long)t.min, (long long)t.max);
    out.put("\n");
  }
}

static void printTables(const eke_model &model, Writer &out) {
  out.put("\nentries:\n");
  for (int32_t i = 0; i < model.entry_count; ++i)
    printEntry(model.entries[i], out);
  if (model.state_count > 0)
    out.put("\nstates, which live from one run to the next:\n");
  for (int32_t i = 0; i < model.state_count; ++i) {
    const eke_state &state = model.states[i];
    out.put("  ");
    out.putPrintable(state.name);
    out.put("  ");
    printType(state.dtype, state.rank, state.shape, out);
    out.format("  %llu bytes\n", (unsigned long long)state.bytes);
  }
}

static Request readRequest(const eke_model &model, int argc, char **argv) {
  Request r;
  const Option own[] = {
      {"entry", Option::Path, &r.entry, 0, 0, "NAME[/ROWS]",
       "the function to run (default: the only one)"},
      {"in", Option::Paths, &r.in, 0, 0, "FILE...", "its inputs, in order"},
      {"out", Option::Paths, &r.out, 0, 0, "FILE...", "its outputs, in order"},
      {"repeat", Option::Integer, &r.repeat, 1, 1e15, "N",
       "run it N times in a row (1), each from the states that the run\n"
       "                        before it left; --stats counts all of them"},
  };
  const ProgramOptions options(own, r.common);
  options.parse(argc, argv);
  if (r.common.help) {
    Writer out(1, "standard output");
    out.put("usage: ");
    out.putPrintable(programName());
    out.put(" [--entry NAME[/ROWS]] --in FILE... --out FILE... [options]\n"
            "A tensor program: ");
    out.putPrintable(model.name);
    out.put(". Files hold row-major little-endian elements.\n\n");
    options.print(out);
    printTables(model, out);
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
  uint64_t bytes = uint64_t(bytesOf(tensor));
  void *data = reserve(bytes);
  if (uint64_t size = readInto(path, data, bytes); size != bytes)
    fail("'%s' has %llu bytes, but input '%s' has %llu", path,
         (unsigned long long)size, tensor.name, (unsigned long long)bytes);
  return data;
}

static int64_t integerAt(const eke_tensor &tensor, const void *data,
                         int64_t i) {
  switch (elementType(tensor.dtype).bytes) {
  case 1:
    return tensor.dtype == EKE_I8 ? static_cast<const int8_t *>(data)[i]
                                  : static_cast<const uint8_t *>(data)[i];
  case 2:
    return static_cast<const int16_t *>(data)[i];
  case 4:
    return static_cast<const int32_t *>(data)[i];
  default:
    return static_cast<const int64_t *>(data)[i];
  }
}

/// Fails on an integer that the entry would reach foreign memory by.
static void checkBounds(const eke_entry &entry, void *const *args,
                        char *const *paths) {
  int64_t element;
  int32_t argument = eke_find_out_of_bounds(&entry, args, &element);
  if (argument < 0)
    return;
  const eke_tensor &tensor = entry.args[argument];
  int input = 0;
  for (int32_t i = 0; i < argument; ++i)
    input += !entry.args[i].is_output;
  fail("'%s': input '%s' has %lld at element %lld; expected %lld to %lld",
       paths[input], tensor.name,
       (long long)integerAt(tensor, args[argument], element),
       (long long)element, (long long)tensor.min, (long long)tensor.max);
}

int runTensors(const eke_model &model, int argc, char **argv) {
  Request r = readRequest(model, argc, argv);
  if (r.common.help)
    return 0;
  if (r.common.version)
    return printVersion(model);
  const eke_entry &entry = chooseEntry(model, r.entry);
  checkFileCount(entry, r.in, false);
  checkFileCount(entry, r.out, true);

  const Program program = Program::reserve(model);
  auto *args = reserveArray<void *>(uint64_t(entry.arg_count));
  auto *fds = reserveArray<int>(uint64_t(entry.arg_count));
  char **in = r.in.first, **out = r.out.first;
  for (int32_t i = 0; i < entry.arg_count; ++i)
    if (!entry.args[i].is_output)
      args[i] = loadTensor(entry.args[i], *in++);
  checkBounds(entry, args, r.in.first);
  for (int32_t i = 0; i < entry.arg_count; ++i) {
    if (!entry.args[i].is_output)
      continue;
    args[i] = reserve(bytesOf(entry.args[i]));
    fds[i] = openOutput(*out++);
  }
  Statistics statistics(r.common.statsFile);
  StatesFile states(r.common.statesFile);
  startWork(r.common);

  Meter meter(statistics.counter);
  for (int64_t i = 0; i < r.repeat; ++i)
    entry.call(args, program.state, program.arena);
  Usage usage = meter.stop(r.repeat);

  out = r.out.first;
  for (int32_t i = 0; i < entry.arg_count; ++i)
    if (entry.args[i].is_output) {
      writeAll(fds[i], args[i], bytesOf(entry.args[i]), *out);
      closeOutput(fds[i], *out++);
    }
  auto addMembers = [](JsonObject &json, const void *ctx) {
    auto &usage = *static_cast<const Usage *>(ctx);
    json.integer("runs", usage.tokens);
    json.real("seconds", usage.seconds);
    json.integer("instructions", usage.instructions);
  };
  statistics.write(model, r.common.threads, addMembers, &usage);
  states.write(program);
  return 0;
}

} // namespace eke::rt
