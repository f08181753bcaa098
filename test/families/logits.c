/* Prints the logits of all tokens of a text, as f32.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * usage: logits ROWS... < tokens
 *
 * Tokens are i32; they are read in calls of so many rows, in order.
 */

#include <stdio.h>
#include <stdlib.h>

enum { most_rows = 16, most_width = 1024, most_vocab = 4096 };

static _Alignas(64) int32_t tokens[most_rows];
static _Alignas(64) float hidden[most_rows * most_width];
static _Alignas(64) float logits[most_vocab];

static int fail(const char *what) {
  fprintf(stderr, "logits: %s\n", what);
  return 1;
}

int main(int argc, char **argv) {
  const eke_entry *head = eke_find_entry(&EKE_MODEL, "head", 1);
  int64_t width = EKE_MODEL.language->width, vocab = EKE_MODEL.language->vocab;
  if (!head || width > most_width || vocab > most_vocab)
    return fail("the model is another one than expected");
  eke_reset(&EKE_MODEL, EKE_MODEL.state);
  int64_t position = 0;
  for (int i = 1; i < argc; ++i) {
    int64_t rows = atoi(argv[i]);
    const eke_entry *trunk = eke_find_entry(&EKE_MODEL, "trunk", rows);
    if (!trunk || rows > most_rows)
      return fail("there is no trunk of so many rows");
    if (fread(tokens, sizeof *tokens, (size_t)rows, stdin) != (size_t)rows)
      return fail("there are too few tokens");
    void *args[] = {tokens, &position, hidden};
    if (eke_call(trunk, args, EKE_MODEL.state, EKE_MODEL.arena))
      return fail("an input is out of its bounds");
    for (int64_t row = 0; row < rows; ++row) {
      static _Alignas(64) float one[most_width];
      for (int64_t k = 0; k < width; ++k)
        one[k] = hidden[row * width + k];
      void *ends[] = {one, logits};
      if (eke_call(head, ends, EKE_MODEL.state, EKE_MODEL.arena))
        return fail("the head refuses its input");
      fwrite(logits, sizeof *logits, (size_t)vocab, stdout);
    }
    position += rows;
  }
  return 0;
}
