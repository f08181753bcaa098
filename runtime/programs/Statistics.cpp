//===- Statistics.cpp - What a run used, as JSON --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Programs.h"

#include <string.h>

namespace eke::rt {

void startThreads(int64_t threads) {
  if (int error = eke_start_threads(int(threads)))
    fail("cannot start %lld threads: %s", (long long)threads, strerror(error));
}

int printVersion(const eke_model &model) {
  Writer out(1, "standard output");
  out.put(model.name);
  out.put(", compiled by eke ");
  out.put(model.compiler_version);
  out.put("\ntarget:  ");
  out.put(model.target);
  out.put("\nweights: ");
  out.put(model.weights_format);
  out.put("\nmodel:   ");
  out.put(model.model_hash);
  out.put("\n");
  out.flush();
  return 0;
}

Statistics::Statistics(const char *path)
    : path(path), rssAtStart(peakRssAtStart()) {
  if (!path)
    return;
  fd = openOutput(path);
  counter.open();
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

void Statistics::write(const Program &program, int64_t threads,
                       void (*addMembers)(JsonObject &json, const void *ctx),
                       const void *ctx) const {
  if (!path)
    return;
  const eke_model &model = program.model;
  Writer out(fd, path);
  JsonObject json(out);
  json.text("model", model.name);
  json.text("model_hash", model.model_hash);
  json.text("target", model.target);
  json.text("compiler_version", model.compiler_version);
  json.text("weights_format", model.weights_format);
  json.integer("threads", threads);
  addMembers(json, ctx);
  json.integer("peak_rss_bytes", int64_t(peakRss(rssAtStart)));
  json.integer("weight_bytes", int64_t(model.weight_bytes));
  json.integer("code_bytes", int64_t(codeBytes()));
  json.integer("state_bytes", int64_t(model.state_bytes));
  json.integer("arena_bytes", int64_t(model.arena_bytes));
  json.end();
}

} // namespace eke::rt
