/* Calls entries of a linked model, one after the other, on the state that they leave.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * usage: calls ENTRY... < inputs of all calls, in order > outputs of all calls
 *
 * In place of an entry, `-` sets the states to their values at start.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most = 16 };

/* All tensors are f32. */
static size_t sizeOf(const eke_tensor *tensor) {
  size_t size = sizeof(float);
  for (int i = 0; i < tensor->rank; ++i)
    size *= (size_t)tensor->shape[i];
  return size;
}

static int callEntry(const char *name) {
  const eke_entry *entry = eke_find_entry(&EKE_MODEL, name, 0);
  void *args[most];
  if (!entry || entry->arg_count > most)
    return 1;
  for (int i = 0; i < entry->arg_count; ++i) {
    size_t size = sizeOf(&entry->args[i]);
    args[i] = aligned_alloc(64, (size + 63) / 64 * 64);
    if (!entry->args[i].is_output && fread(args[i], 1, size, stdin) != size)
      return 1;
  }
  entry->call(args, EKE_MODEL.state, EKE_MODEL.arena);
  for (int i = 0; i < entry->arg_count; ++i) {
    if (entry->args[i].is_output)
      fwrite(args[i], 1, sizeOf(&entry->args[i]), stdout);
    free(args[i]);
  }
  return 0;
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; ++i)
    if (strcmp(argv[i], "-") == 0) {
      eke_reset(&EKE_MODEL, EKE_MODEL.state);
    } else if (callEntry(argv[i])) {
      fprintf(stderr, "calls: cannot call '%s'\n", argv[i]);
      return 1;
    }
  return 0;
}
