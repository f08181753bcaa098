/* Continues a text, with a model that `eke compile MODEL --emit=lib` made.
 *
 *   cc continue.c -include net.h libnet.a -lm -lpthread
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one sequence needs. */
typedef struct {
  const eke_model *model;
  const eke_entry *trunk, *head;
  int64_t position;
  float *hidden, *logits;
} sequence;

static sequence start(const eke_model *model) {
  sequence s = {0};
  s.model = model;
  s.trunk = eke_find_role(model, EKE_ROLE_TRUNK, 1);
  s.head = eke_find_role(model, EKE_ROLE_HEAD, 1);
  s.hidden = malloc(sizeof(float) * (size_t)model->language->width);
  s.logits = malloc(sizeof(float) * (size_t)model->language->vocab);
  return s;
}

/* Reads a token; the logits then tell what may follow. */
static void feed(sequence *s, int32_t token) {
  void *trunk_args[] = {&token, &s->position, s->hidden};
  s->trunk->call(trunk_args, s->model->state, s->model->arena);
  void *head_args[] = {s->hidden, s->logits};
  s->head->call(head_args, s->model->state, s->model->arena);
  ++s->position;
}

static int32_t likeliest(const float *logits, int32_t count) {
  int32_t best = 0;
  for (int32_t i = 1; i < count; ++i)
    if (logits[i] > logits[best])
      best = i;
  return best;
}

int main(int argc, char **argv) {
  const eke_language *language = EKE_MODEL.language;
  if (argc != 3 || !language) {
    fprintf(stderr, "usage: continue TEXT TOKENS\n");
    return 2;
  }
  size_t bytes = strlen(argv[1]), most, scratch_bytes;
  eke_encode_needs(language, bytes, &most, &scratch_bytes);
  int32_t *prompt = malloc(sizeof(int32_t) * (most + 1));
  int64_t length = eke_encode(language, argv[1], bytes, prompt, most,
                              malloc(scratch_bytes), scratch_bytes);
  int64_t wanted = atoll(argv[2]);
  if (length + wanted >= language->context) {
    fprintf(stderr, "continue: more than the context of %d tokens\n",
            language->context);
    return 2;
  }

  sequence s = start(&EKE_MODEL);
  if (language->bos >= 0)
    feed(&s, language->bos);
  for (int64_t i = 0; i < length; ++i)
    feed(&s, prompt[i]);
  printf("%s", argv[1]);
  for (int64_t i = 0; i < wanted; ++i) {
    int32_t token = likeliest(s.logits, language->vocab);
    if (eke_is_end(language, token))
      break;
    size_t size;
    const char *text = eke_token_bytes(language, token, &size);
    fwrite(text, 1, size, stdout);
    feed(&s, token);
  }
  printf("\n");
  return 0;
}
