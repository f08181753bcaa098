//===- WriteSeeds.cpp - Where libFuzzer starts from -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: fuzz-seeds FOLDER
//
// Writes FOLDER/READER/NAME: the files of the unit tests' model, for each reader
// that takes one. Seeds that are not made are in seeds/.
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/Manifest.h"
#include "compiler/frontend/HuggingFace.h"
#include "compiler/frontend/Tokenizer.h"
#include "compiler/frontend/tokenizer/ReadTokenizer.h"
#include "test/unit/frontend/Inputs.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::eke;
using namespace mlir::eke::test;

static void write(llvm::StringRef folder, llvm::StringRef reader,
                  llvm::StringRef name, llvm::StringRef contents) {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, reader);
  std::error_code error = llvm::sys::fs::create_directories(path);
  llvm::sys::path::append(path, name);
  llvm::raw_fd_ostream out(path, error);
  if (error)
    llvm::report_fatal_error(llvm::Twine("cannot write ") + path);
  out << contents;
}

static void writeConfigs(llvm::StringRef folder) {
  write(folder, "config", "tiny", tinyConfig());
  write(folder, "config", "all",
        tinyConfig(
            R"("layer_sharing": true, "rope_scaling": null, "rope_theta": 1e4,
         "head_dim": 4, "attention_bias": false, "share_embedding": true)"));
  write(
      folder, "config", "mobile",
      tinyConfig(
          R"("architectures": ["MobileLLMForCausalLM"], "layer_sharing": false,
         "rope_parameters": {"rope_type": "default", "rope_theta": 5e5},
         "hidden_act": "relu", "eos_token_id": [257], "mlp_bias": true)"));
}

static void writeDescription(llvm::StringRef folder) {
  TestFolder model;
  model.writeTinyModel();
  ModelDescription description =
      llvm::cantFail(importHuggingFace(model.getPath()));
  std::string path = model / "model.textproto";
  llvm::cantFail(writeModel(description, path));
  auto text = llvm::MemoryBuffer::getFile(path);
  if (!text)
    llvm::report_fatal_error("no description of the model");
  write(folder, "description", "tiny", (*text)->getBuffer());
}

static void writeTables(llvm::StringRef folder, const llvm::Twine &name,
                        llvm::Expected<std::vector<uint8_t>> tables) {
  std::vector<uint8_t> bytes = llvm::cantFail(std::move(tables));
  write(folder, "tables", name.str(),
        {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
}

static void writeTokenizers(llvm::StringRef folder) {
  constexpr uint32_t size = 300;
  proto::Vocabulary vocabulary;
  vocabulary.set_size(size);
  std::vector<std::string> tokenizers = otherTokenizers();
  tokenizers.push_back(tinyTokenizer());
  for (auto [number, text] : llvm::enumerate(tokenizers)) {
    std::string name = std::to_string(number);
    write(folder, "tokenizer", name, text);
    writeTables(folder, name, compileTokenizer(text, "t.json", vocabulary));
  }
  for (bool merges : {false, true}) {
    std::string model = tinySentencePiece(merges);
    llvm::StringRef name = merges ? "merges" : "scores";
    write(folder, "sentencepiece", name, model);
    writeTables(folder, name,
                compileTokenizer(
                    llvm::cantFail(readSentencePiece(model, "t.model", size)),
                    "t.model", size));
  }
}

static void writeSafetensors(llvm::StringRef folder) {
  std::string some = makeSafetensors(
      {{"a", "F32", {2, 4}}, {"b", "F16", {4, 2}}, {"c", "I64", {2}}});
  uint64_t header = uint8_t(some[0]) | uint8_t(some[1]) << 8;
  write(folder, "safetensors", "file", some);
  write(folder, "safetensors", "header", "h" + some.substr(8, header));
  write(folder, "safetensors", "none", makeSafetensors("{}", 0));
}

static void writeGGUFs(llvm::StringRef folder) {
  TestGGUF file = tinyGGUF();
  write(folder, "gguf", "tiny", file.print());
  file.tensors.resize(2);
  file.version = 2;
  file.values.push_back(ggufTexts("tokenizer.ggml.tokens", {"a", "b"}));
  file.values.push_back(ggufSizes("tokenizer.ggml.token_type", {1, 3}));
  file.values.push_back(ggufText("tokenizer.ggml.model", "gpt2"));
  file.values.push_back(ggufText("tokenizer.ggml.pre", "gpt-2"));
  file.values.push_back(ggufTexts("tokenizer.ggml.merges", {"a b"}));
  write(folder, "gguf", "small", file.print());
}

/// An object with a note of the model, and nothing else.
static void writeProgram(llvm::StringRef folder) {
  constexpr llvm::StringLiteral text = "module {}\n";
  constexpr llvm::StringRef names("\0.note.eke\0", 11);
  llvm::SmallVector<uint8_t> packed;
  llvm::compression::zlib::compress(llvm::arrayRefFromStringRef(text), packed);
  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  llvm::support::endian::Writer out(os, llvm::endianness::little);
  const uint64_t noteBytes = 16 + 8 + llvm::alignTo(packed.size(), 8);
  const uint64_t namesAt = sizeof(llvm::ELF::Elf64_Ehdr) + noteBytes;
  const uint64_t headersAt = llvm::alignTo(namesAt + names.size(), 8);
  // The file's header.
  os << llvm::StringRef("\x7f"
                        "ELF\2\1\1\0\0\0\0\0\0\0\0\0",
                        16);
  out.write<uint16_t>(llvm::ELF::ET_REL);
  out.write<uint16_t>(llvm::ELF::EM_AARCH64);
  out.write<uint32_t>(1);
  for (uint64_t word : {uint64_t(0), uint64_t(0), headersAt})
    out.write(word);
  out.write<uint32_t>(0);
  for (uint16_t half : {64, 0, 0, 64, 3, 2})
    out.write(half);
  // The note, and the names of sections.
  for (uint32_t word : {uint32_t(4), uint32_t(8 + packed.size()), kModelNote})
    out.write(word);
  os << llvm::StringRef("Eke\0", 4);
  out.write<uint64_t>(text.size());
  os << llvm::toStringRef(packed);
  os.write_zeros(namesAt - os.tell());
  os << names;
  os.write_zeros(headersAt - os.tell());
  // The sections: none, the note, and the names.
  auto section = [&](uint32_t name, uint32_t type, uint64_t at, uint64_t size) {
    out.write(name);
    out.write(type);
    for (uint64_t word :
         {uint64_t(0), uint64_t(0), at, size, uint64_t(0),
          uint64_t(type == llvm::ELF::SHT_NOTE ? 4 : 1), uint64_t(0)})
      out.write(word);
  };
  section(0, llvm::ELF::SHT_NULL, 0, 0);
  section(1, llvm::ELF::SHT_NOTE, sizeof(llvm::ELF::Elf64_Ehdr), noteBytes);
  section(0, llvm::ELF::SHT_STRTAB, namesAt, names.size());
  write(folder, "program", "note", bytes);
}

int main(int argc, char **argv) {
  if (argc != 2)
    llvm::report_fatal_error("usage: fuzz-seeds FOLDER");
  writeConfigs(argv[1]);
  writeDescription(argv[1]);
  writeTokenizers(argv[1]);
  writeSafetensors(argv[1]);
  writeGGUFs(argv[1]);
  writeProgram(argv[1]);
  return 0;
}
