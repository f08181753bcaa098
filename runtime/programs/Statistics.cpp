//===- Statistics.cpp - What a run used, as JSON --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Programs.h"

namespace eke::rt {

Statistics::Statistics(const char *path) : path(path) {
  if (!path)
    return;
  fd = openOutput(path);
  counter.open();
  memory.open();
}

void addUsage(JsonObject &json, const char *key, const Usage &usage) {
  json.open(key);
  json.integer("tokens", usage.tokens);
  json.real("seconds", usage.seconds);
  json.real("tokens_per_second", double(usage.tokens) / usage.seconds);
  json.integer("instructions", usage.instructions);
  if (usage.weightBytes > 0 && usage.tokens > 0)
    json.integer("weight_bytes_per_token", usage.weightBytes / usage.tokens);
  json.close();
}

void Statistics::write(const eke_model &model, int64_t threads,
                       void (*addMembers)(JsonObject &json, const void *ctx),
                       const void *ctx) const {
  if (!path)
    return;
  Writer out(fd, path);
  JsonObject json(out);
  json.text("model", model.name);
  json.text("model_hash", model.model_hash);
  json.text("target", model.target);
  json.text("compiler_version", model.compiler_version);
  json.text("weights_format", model.weights_format);
  json.integer("threads", threads);
  addMembers(json, ctx);
  json.integer("peak_rss_bytes", memory.readPeak());
  if (int64_t stack = memory.readStack(); stack >= 0)
    json.integer("stack_bytes", stack);
  json.integer("weight_bytes", int64_t(model.weight_bytes));
  json.integer("code_bytes", int64_t(codeBytes()));
  json.integer("state_bytes", int64_t(model.state_bytes));
  json.integer("arena_bytes", int64_t(model.arena_bytes));
  json.end();
  closeOutput(fd, path);
}

} // namespace eke::rt
