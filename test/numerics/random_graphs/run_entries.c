/*===- run_entries.c - Runs entries of a model as a list asks ----------------===*
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A list has a line IN-FILE OUT-FILE, and for each call a line
 *
 *   ENTRY ROWS INPUTS OUTPUTS BYTES...
 *
 * IN-FILE holds the inputs of all calls, one behind the other, and OUT-FILE gets the
 * outputs; BYTES are the sizes of inputs, then outputs; ROWS is 0 where any will do.
 */
#include <eke/abi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The module is called graphs. */
extern const eke_model eke_model_graphs;
static const eke_model *const model = &eke_model_graphs;
static void start(void) { eke_reset(model, model->state); }
static int call_entry(const eke_entry *entry, void **args) {
  return eke_call(entry, args, model->state, model->arena);
}

enum { MOST = 64 };

static void *allocate(size_t bytes) {
  size_t whole = (bytes + 127) / 64 * 64;
  void *data = aligned_alloc(64, whole);
  if (!data)
    abort();
  memset(data, 0xAB, whole);
  return data;
}

static void check(int condition, const char *what, const char *name) {
  if (condition)
    return;
  fprintf(stderr, "%s: %s\n", name, what);
  exit(1);
}

static void run(FILE *list, const char *entry, FILE *in, FILE *out) {
  int rows, inputs, outputs;
  void *args[MOST];
  size_t bytes[MOST];
  check(fscanf(list, "%d %d %d", &rows, &inputs, &outputs) == 3, "bad list",
        entry);
  const eke_entry *found = eke_find_entry(model, entry, rows);
  check(found != NULL, "no such entry", entry);
  check(inputs + outputs <= MOST && found->arg_count == inputs + outputs,
        "other arguments than expected", entry);
  for (int i = 0; i < inputs + outputs; ++i) {
    check(fscanf(list, "%zu", &bytes[i]) == 1, "bad list", entry);
    args[i] = allocate(bytes[i]);
  }
  for (int i = 0; i < inputs; ++i)
    check(fread(args[i], 1, bytes[i], in) == bytes[i], "short input", entry);
  check(call_entry(found, args) == 0, "an input is out of its bounds", entry);
  for (int i = inputs; i < inputs + outputs; ++i)
    fwrite(args[i], 1, bytes[i], out);
  for (int i = 0; i < inputs + outputs; ++i)
    free(args[i]);
}

int main(int argc, char **argv) {
  char in_name[1024], out_name[1024], entry[256];
  check(argc == 2, "expected a list", argv[0]);
  start();
  FILE *list = fopen(argv[1], "r");
  check(list && fscanf(list, "%1023s %1023s", in_name, out_name) == 2,
        "cannot open it", argv[1]);
  FILE *in = fopen(in_name, "rb"), *out = fopen(out_name, "wb");
  check(in && out, "cannot open its files", argv[1]);
  while (fscanf(list, "%255s", entry) == 1)
    run(list, entry, in, out);
  fclose(in);
  fclose(out);
  return 0;
}
