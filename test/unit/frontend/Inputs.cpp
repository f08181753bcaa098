//===- Inputs.cpp - Model files made by tests -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "test/unit/frontend/Inputs.h"

#include "compiler/frontend/sentencepiece.pb.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::eke::test {

namespace json = llvm::json;

static std::string print(json::Value value) {
  std::string text;
  llvm::raw_string_ostream(text) << value;
  return text;
}

static std::string withHeader(llvm::StringRef header, llvm::StringRef data) {
  char length[8];
  llvm::support::endian::write64le(length, header.size());
  return std::string(length, 8) + header.str() + data.str();
}

std::string makeSafetensors(llvm::StringRef header, size_t dataBytes) {
  return withHeader(header, std::string(dataBytes, '\0'));
}

std::string makeSafetensors(const std::vector<TestTensor> &tensors) {
  json::Object header{{"__metadata__", json::Object{{"format", "pt"}}}};
  std::string data;
  for (const TestTensor &tensor : tensors) {
    size_t size = tensor.dtype == "F32" ? 4 : tensor.dtype == "I64" ? 8 : 2;
    for (int64_t extent : tensor.shape)
      size *= extent;
    std::string bytes = tensor.bytes;
    bytes.resize(size, '\0');
    int64_t begin = data.size();
    data += bytes;
    header[tensor.name] = json::Object{
        {"dtype", tensor.dtype},
        {"shape", json::Array(tensor.shape)},
        {"data_offsets", json::Array{begin, int64_t(data.size())}}};
  }
  return withHeader(print(std::move(header)), data);
}

std::vector<TestTensor> tinyTensors() {
  std::vector<TestTensor> tensors{
      {"model.embed_tokens.weight", "F16", {260, 8}},
      {"model.norm.weight", "F32", {8}}};
  for (std::string layer : {"model.layers.0.", "model.layers.1."})
    tensors.insert(tensors.end(),
                   {{layer + "input_layernorm.weight", "F32", {8}},
                    {layer + "self_attn.q_proj.weight", "F16", {8, 8}},
                    {layer + "self_attn.k_proj.weight", "BF16", {4, 8}},
                    {layer + "self_attn.v_proj.weight", "BF16", {4, 8}},
                    {layer + "self_attn.o_proj.weight", "F16", {8, 8}},
                    {layer + "post_attention_layernorm.weight", "F32", {8}},
                    {layer + "mlp.gate_proj.weight", "F32", {16, 8}},
                    {layer + "mlp.up_proj.weight", "F32", {16, 8}},
                    {layer + "mlp.down_proj.weight", "F32", {8, 16}}});
  return tensors;
}

std::string tinyConfig(llvm::StringRef changes) {
  json::Object config{{"architectures", {"LlamaForCausalLM"}},
                      {"hidden_size", 8},
                      {"intermediate_size", 16},
                      {"num_hidden_layers", 2},
                      {"num_attention_heads", 2},
                      {"num_key_value_heads", 1},
                      {"vocab_size", 260},
                      {"max_position_embeddings", 32},
                      {"bos_token_id", 258},
                      {"eos_token_id", 258},
                      {"rms_norm_eps", 1e-5},
                      {"hidden_act", "silu"},
                      {"tie_word_embeddings", true}};
  auto changed =
      llvm::cantFail(json::parse(("{" + changes.rtrim(", ") + "}").str()));
  for (auto &[key, value] : *changed.getAsObject())
    config[key] = value;
  return print(std::move(config));
}

/// UTF-8 of a code point below U+0800.
static std::string utf8(int code) {
  if (code < 128)
    return std::string(1, char(code));
  return {char(0xc0 | code >> 6), char(0x80 | (code & 63))};
}

std::string tinyTokenizer() {
  json::Object vocab;
  int next = 256;
  for (int byte = 0; byte < 256; ++byte) {
    bool isPrintable = (byte > 32 && byte < 127) || (byte > 160 && byte != 173);
    vocab[utf8(isPrintable ? byte : next++)] = byte;
  }
  vocab["he"] = 256;
  vocab["hel"] = 257;
  return print(json::Object{
      {"normalizer", nullptr},
      {"pre_tokenizer", json::Object{{"type", "ByteLevel"},
                                     {"add_prefix_space", false},
                                     {"use_regex", true}}},
      {"post_processor", nullptr},
      {"decoder", json::Object{{"type", "ByteLevel"}}},
      {"added_tokens",
       json::Array{json::Object{
           {"id", 258}, {"content", "<|end|>"}, {"special", true}}}},
      {"model",
       json::Object{{"type", "BPE"},
                    {"vocab", std::move(vocab)},
                    {"merges", json::Array{"he l", json::Array{"h", "e"}}}}}});
}

std::string ggufWord(uint64_t value, size_t count) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i)
    bytes.push_back(char(value >> (8 * i)));
  return bytes;
}

static std::string ggufString(llvm::StringRef text) {
  return ggufWord(text.size(), 8) + text.str();
}

TestValue ggufSize(llvm::StringRef key, uint32_t value) {
  return {key.str(), 4, ggufWord(value, 4)};
}

TestValue ggufNumber(llvm::StringRef key, float value) {
  return {key.str(), 6, ggufWord(llvm::bit_cast<uint32_t>(value), 4)};
}

TestValue ggufFlag(llvm::StringRef key, bool value) {
  return {key.str(), 7, std::string(1, char(value))};
}

TestValue ggufText(llvm::StringRef key, llvm::StringRef value) {
  return {key.str(), 8, ggufString(value)};
}

TestValue ggufTexts(llvm::StringRef key,
                    const std::vector<std::string> &values) {
  std::string bytes = ggufWord(8, 4) + ggufWord(values.size(), 8);
  for (const std::string &value : values)
    bytes += ggufString(value);
  return {key.str(), 9, bytes};
}

TestValue ggufSizes(llvm::StringRef key, const std::vector<uint32_t> &values) {
  std::string bytes = ggufWord(4, 4) + ggufWord(values.size(), 8);
  for (uint32_t value : values)
    bytes += ggufWord(value, 4);
  return {key.str(), 9, bytes};
}

std::string TestGGUF::print() const {
  std::string header = "GGUF" + ggufWord(version, 4) +
                       ggufWord(tensors.size(), 8) + ggufWord(values.size(), 8);
  for (const TestValue &value : values)
    header += ggufString(value.key) + ggufWord(value.type, 4) + value.bytes;
  std::string data;
  for (const Tensor &tensor : tensors) {
    header += ggufString(tensor.name) + ggufWord(tensor.shape.size(), 4);
    for (auto extent = tensor.shape.rbegin(); extent != tensor.shape.rend();
         ++extent)
      header += ggufWord(*extent, 8);
    data.resize(llvm::alignTo(data.size(), alignment));
    header += ggufWord(tensor.type, 4) +
              ggufWord(tensor.offset.value_or(data.size()), 8);
    data += tensor.bytes;
  }
  header.resize(llvm::alignTo(header.size(), alignment));
  return header + data + behind;
}

TestGGUF tinyGGUF() {
  TestGGUF file;
  file.values = {ggufText("general.architecture", "llama"),
                 ggufSize("llama.block_count", 2),
                 ggufSize("llama.context_length", 64),
                 ggufSize("llama.embedding_length", 32),
                 ggufSize("llama.feed_forward_length", 64),
                 ggufSize("llama.attention.head_count", 4),
                 ggufSize("llama.attention.head_count_kv", 2),
                 ggufNumber("llama.attention.layer_norm_rms_epsilon", 1e-5f),
                 ggufNumber("llama.rope.freq_base", 10000),
                 ggufSize("llama.rope.dimension_count", 8),
                 ggufSize("tokenizer.ggml.bos_token_id", 1),
                 ggufSize("tokenizer.ggml.eos_token_id", 2),
                 ggufFlag("tokenizer.ggml.add_bos_token", true)};
  constexpr uint32_t f32 = 0, q4_0 = 2, q8_0 = 8;
  auto add = [&](std::string name, uint32_t type, std::vector<int64_t> shape) {
    size_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    size_t bytes = type == f32    ? count * 4
                   : type == q4_0 ? count / 32 * 18
                                  : count / 32 * 34;
    file.tensors.push_back({name, type, shape, std::string(bytes, '\0')});
  };
  add("token_embd.weight", q8_0, {40, 32});
  add("output_norm.weight", f32, {32});
  for (std::string layer : {"blk.0.", "blk.1."}) {
    add(layer + "attn_norm.weight", f32, {32});
    add(layer + "attn_q.weight", q4_0, {32, 32});
    add(layer + "attn_k.weight", q4_0, {16, 32});
    add(layer + "attn_v.weight", q4_0, {16, 32});
    add(layer + "attn_output.weight", q4_0, {32, 32});
    add(layer + "ffn_norm.weight", f32, {32});
    add(layer + "ffn_gate.weight", q4_0, {64, 32});
    add(layer + "ffn_up.weight", q4_0, {64, 32});
    add(layer + "ffn_down.weight", q4_0, {32, 64});
  }
  return file;
}

/// The tiny tokenizer with these members in place of its own.
static std::string withMembers(llvm::StringRef members) {
  json::Value root = llvm::cantFail(json::parse(tinyTokenizer()));
  json::Value changes = llvm::cantFail(json::parse(members));
  for (auto &[key, value] : *changes.getAsObject())
    (*root.getAsObject())[key] = std::move(value);
  return print(std::move(*root.getAsObject()));
}

std::vector<std::string> otherTokenizers() {
  std::string llama3 = withMembers(R"json({
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"},
      {"type": "Replace", "pattern": {"Regex": "x+"}, "content": "y"}]},
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
      {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
       "(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
      {"type": "Digits", "individual_digits": true},
      {"type": "ByteLevel", "add_prefix_space": true, "use_regex": false}]},
    "post_processor": {"type": "Sequence", "processors": [{"type": "ByteLevel"}]},
    "added_tokens": [
      {"id": 258, "content": "<|end|>", "special": true, "lstrip": true},
      {"id": 259, "content": "ab", "single_word": true, "rstrip": true},
      {"id": 260, "content": "abc", "normalized": true},
      {"id": 261, "content": " ", "rstrip": true}]})json");
  std::string steps = R"json(
    "decoder": {"type": "Sequence", "decoders": [
      {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
      {"type": "ByteFallback"}, {"type": "Fuse"},
      {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
    "added_tokens": [{"id": 0, "content": "<unk>", "special": true}],)json";
  std::string llama2 =
      R"json({"normalizer": {"type": "Sequence", "normalizers": [
      {"type": "Prepend", "prepend": "▁"},
      {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
    "pre_tokenizer": null,)json" +
      steps + R"json(
    "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true,
      "byte_fallback": true, "ignore_merges": true, "merges": ["▁ t", "h e"],
      "vocab": {"<unk>": 0, "<0x0A>": 1, "<0xC3>": 2, "<0xA9>": 3, "▁": 4, "t": 5,
                "h": 6, "e": 7, "▁t": 8, "he": 9, "the": 10}}})json";
  std::string unigram = R"json({"normalizer": {"type": "NFKC"},
    "pre_tokenizer": {"type": "Metaspace", "replacement": "▁",
      "prepend_scheme": "first", "split": true},)json" +
                        steps + R"json(
    "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": true, "vocab": [
      ["<unk>", 0], ["▁", -2.5], ["t", -3], ["h", -3], ["e", -2], ["▁t", -4.25],
      ["he", -4], ["▁the", -5], ["<0xC3>", -9], ["<0xA9>", -9]]}})json";
  std::string pieces = R"json({
    "normalizer": {"type": "BertNormalizer", "clean_text": true,
      "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "model": {"type": "WordPiece", "unk_token": "[UNK]",
      "continuing_subword_prefix": "##", "max_input_chars_per_word": 9,
      "vocab": {"[UNK]": 0, "th": 1, "##e": 2, ",": 3, "t": 4, "##h": 5}}})json";
  return {llama3, llama2, unigram, pieces};
}

std::string tinySentencePiece(bool merges) {
  namespace sp = ::eke::sentencepiece;
  sp::Model model;
  auto add = [&](const char *text, float score,
                 sp::Piece::Type type = sp::Piece::NORMAL) {
    sp::Piece &piece = *model.add_pieces();
    piece.set_text(text);
    piece.set_score(score);
    piece.set_type(type);
  };
  add("<unk>", 0, sp::Piece::UNKNOWN);
  add("</s>", 0, sp::Piece::CONTROL);
  add("<x>", 0, sp::Piece::USER_DEFINED);
  add("<0x0A>", 0, sp::Piece::BYTE);
  float score = 0;
  for (const char *text : {"▁t", "he", "▁the", "▁", "t", "h", "e"})
    add(text, --score);
  model.mutable_training()->set_model_type(merges ? 2 : 1);
  model.mutable_training()->set_byte_fallback(merges);
  model.mutable_normalization()->set_removes_extra_spaces(!merges);
  return model.SerializeAsString();
}

TestFolder::TestFolder() {
  llvm::SmallString<128> unique;
  if (llvm::sys::fs::createUniqueDirectory("eke-frontend", unique))
    llvm::report_fatal_error("no temporary folder for this test");
  path = std::string(unique);
}

TestFolder::~TestFolder() { llvm::sys::fs::remove_directories(path); }

std::string TestFolder::operator/(llvm::StringRef name) const {
  return path + "/" + name.str();
}

std::string TestFolder::write(llvm::StringRef name,
                              llvm::StringRef contents) const {
  std::string file = *this / name;
  std::error_code error;
  llvm::raw_fd_ostream(file, error) << contents;
  if (error)
    llvm::report_fatal_error("this test cannot write its input");
  return file;
}

void TestFolder::writeTinyModel() const {
  write("config.json", tinyConfig());
  write("model.safetensors", makeSafetensors(tinyTensors()));
  write("tokenizer.json", tinyTokenizer());
}

} // namespace mlir::eke::test
