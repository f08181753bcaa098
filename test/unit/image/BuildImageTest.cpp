//===- BuildImageTest.cpp - Images and their objects ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/image/BuildImage.h"

#include "dialects/eke/Format.h"
#include "dialects/formats/Formats.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

using namespace mlir;
using namespace mlir::eke;

namespace {

constexpr llvm::StringLiteral target =
    "eke.target = #eke.target<name = \"t\", triple = \"aarch64-linux-gnu\", "
    "cpu = \"generic\", features = \"\", halide = \"arm-64-linux\", "
    "vector_bits = 128, memories = [<l1d, cache, capacity = 1>, <l2, cache, "
    "capacity = 2>, <dram, ram>]>";

class BuildImage : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("eke-image", folder));
    DialectRegistry registry;
    registerFormats(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<EkeDialect>();
    for (int i = 0; i < 64; ++i)
      numbers[i] = i + 1;
    writeNumbers();
  }

  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  void writeNumbers() {
    llvm::SmallString<128> path = folder;
    llvm::sys::path::append(path, "m.bin");
    std::error_code error;
    llvm::raw_fd_ostream file(path, error);
    ASSERT_FALSE(error);
    file.write(reinterpret_cast<const char *>(numbers), sizeof(numbers));
  }

  OwningOpRef<ModuleOp> parse(const llvm::Twine &body, int64_t imageBytes,
                              const llvm::Twine &resources = "") {
    std::string text =
        ("module attributes {eke.image_bytes = " + llvm::Twine(imageBytes) +
         " : i64, " + target + "} {" + body + "}\n" + resources)
            .str();
    return parseSourceString<ModuleOp>(text, &context);
  }

  /// An image of a module, by its number, or the diagnostic.
  std::string build(ModuleOp module, bool asObject = false, size_t number = 0) {
    std::string image, message;
    ScopedDiagnosticHandler handler(
        &context, [&](Diagnostic &diagnostic) { message += diagnostic.str(); });
    llvm::raw_string_ostream os(image);
    llvm::BLAKE3 digest;
    FailureOr<SmallVector<WeightImage>> images = checkImages(module);
    LogicalResult result =
        failed(images) ? failure()
        : asObject
            ? writeImageObject(module, (*images)[number], folder, os, digest)
            : writeImage(module, (*images)[number], folder, os, digest);
    EXPECT_EQ(failed(result), !message.empty());
    return failed(result) ? message : image;
  }

  MLIRContext context;
  llvm::SmallString<128> folder;
  float numbers[64];
};

const char twoWeights[] = R"mlir(
  eke.weight @late : tensor<8x2xf32, #eke.format<f32>>
    = <"m.bin", offset = 64, length = 64, element = f32>
    place <dram, offset = 128>
  eke.weight @early : tensor<4xf32>
    = <"m.bin", offset = 0, length = 16, element = f32>
    place <dram, offset = 0>
)mlir";

TEST_F(BuildImage, PutsWeightsAtTheirPlaces) {
  OwningOpRef<ModuleOp> module = parse(twoWeights, 192);
  ASSERT_TRUE(module);
  std::string image = build(*module);
  ASSERT_EQ(image.size(), 192u);
  float values[48];
  std::memcpy(values, image.data(), 192);
  EXPECT_EQ(values[0], 1.0f);
  EXPECT_EQ(values[3], 4.0f);
  EXPECT_EQ(values[4], 0.0f);   // padding
  EXPECT_EQ(values[32], 17.0f); // row 0, column 0
  EXPECT_EQ(values[33], 19.0f); // row 1, column 0
  EXPECT_EQ(values[40], 18.0f); // row 0, column 1
}

/// A matrix of 10 rows of 2, which fill a tile of 8 and a part of the next, and the
/// same rows from two places.
std::string tenRows(const llvm::Twine &format, const llvm::Twine &payloads) {
  return ("eke.weight @w : tensor<10x2xf32, #eke.format<" + format +
          ">> = " + payloads + " place <dram, offset = 0>")
      .str();
}

// Rows of the second payload share a tile with those of the first.
TEST_F(BuildImage, JoinsPayloadsBeforePacking) {
  for (auto [format, bytes] : {std::pair("f32", 128),
                               {"f16", 64},
                               {"i8", 128},
                               {"i8g, group = 32", 576},
                               {"i4, group = 32", 320},
                               {"i4m, group = 32", 320}}) {
    OwningOpRef<ModuleOp> one = parse(
        tenRows(format, "<\"m.bin\", offset = 0, length = 80, element = f32>"),
        bytes);
    OwningOpRef<ModuleOp> several =
        parse(tenRows(format,
                      "[<\"m.bin\", offset = 0, length = 24, element = f32>, "
                      "<\"m.bin\", offset = 24, length = 56, element = f32>]"),
              bytes);
    ASSERT_TRUE(one && several) << format;
    std::string image = build(*one);
    ASSERT_EQ(image.size(), size_t(bytes)) << format;
    EXPECT_EQ(build(*several), image) << format;
  }
}

// The order of the list is the order of the rows, whatever it is in the file.
TEST_F(BuildImage, TakesPayloadsInOrder) {
  OwningOpRef<ModuleOp> module = parse(R"mlir(
    eke.weight @w : tensor<3x2xf32>
      = [<"m.bin", offset = 64, length = 8, element = f32>,
         <"m.bin", offset = 0, length = 16, element = f32>]
      place <dram, offset = 0>)mlir",
                                       64);
  std::string image = build(*module);
  ASSERT_EQ(image.size(), 64u);
  float values[6];
  std::memcpy(values, image.data(), sizeof values);
  EXPECT_EQ(std::vector<float>(values, values + 6),
            (std::vector<float>{17, 18, 1, 2, 3, 4}));
}

// Rows that lie in the file as those of two halves in turn come one half behind the other.
TEST_F(BuildImage, PutsInterleavedRowsInOrder) {
  OwningOpRef<ModuleOp> module = parse(R"mlir(
    eke.weight @w : tensor<6x2xf32>
      = [<"m.bin", offset = 0, length = 32, element = f32, interleaved = 4>,
         <"m.bin", offset = 64, length = 16, element = f32>]
      place <dram, offset = 0>)mlir",
                                       64);
  ASSERT_TRUE(module);
  std::string image = build(*module);
  ASSERT_EQ(image.size(), 64u);
  float values[12];
  std::memcpy(values, image.data(), sizeof values);
  EXPECT_EQ(std::vector<float>(values, values + 12),
            (std::vector<float>{1, 2, 5, 6, 3, 4, 7, 8, 17, 18, 19, 20}));
}

// What is wrong is named as it lies in the file.
TEST_F(BuildImage, NamesTheBadElementOfInterleavedRows) {
  OwningOpRef<ModuleOp> module = parse(R"mlir(
    eke.weight @w : tensor<4x2xf32>
      = <"m.bin", offset = 0, length = 32, element = f32, interleaved = 4>
      place <dram, offset = 0>)mlir",
                                       64);
  numbers[5] = INFINITY;
  writeNumbers();
  EXPECT_EQ(build(*module), "weight 'w': m.bin: element 5 (row 2, column 1) is "
                            "infinite, expected a finite number");
}

// Numbers of the file are 1, 2, … in rows of 6; the matrix has columns 1 and 2 of three rows
// as its rows, and then those of a payload that is in order.
TEST_F(BuildImage, ReadsColumnsAsRows) {
  OwningOpRef<ModuleOp> module = parse(R"mlir(
    eke.weight @w : tensor<3x3xf32>
      = [<"m.bin", offset = 4, length = 56, element = f32, transposed = 6>,
         <"m.bin", offset = 0, length = 12, element = f32>]
      place <dram, offset = 0>)mlir",
                                       64);
  ASSERT_TRUE(module);
  std::string image = build(*module);
  ASSERT_EQ(image.size(), 64u);
  float values[9];
  std::memcpy(values, image.data(), sizeof values);
  EXPECT_EQ(std::vector<float>(values, values + 9),
            (std::vector<float>{2, 8, 14, 3, 9, 15, 1, 2, 3}));
  numbers[8] = INFINITY;
  writeNumbers();
  EXPECT_EQ(build(*module), "weight 'w': m.bin: element 7 (row 1, column 1) is "
                            "infinite, expected a finite number");
}

// Also where a matrix is wider than what is read at once.
TEST_F(BuildImage, ReadsManyColumnsAsRows) {
  OwningOpRef<ModuleOp> module = parse(R"mlir(
    eke.weight @w : tensor<1x40xf32>
      = <"m.bin", offset = 0, length = 160, element = f32, transposed = 1>
      place <dram, offset = 0>)mlir",
                                       192);
  ASSERT_TRUE(module);
  std::string image = build(*module);
  ASSERT_EQ(image.size(), 192u);
  EXPECT_EQ(image.substr(0, 160),
            std::string(reinterpret_cast<const char *>(numbers), 160));
}

TEST_F(BuildImage, ReadsBlocks) {
  // Of q4_0: a scale of 2, and nibbles that count up.
  auto *bytes = reinterpret_cast<uint8_t *>(numbers);
  bytes[0] = 0x00, bytes[1] = 0x40;
  for (int i = 0; i < 16; ++i)
    bytes[2 + i] = i | (15 - i) << 4;
  writeNumbers();
  auto parseAs = [&](StringRef encoding, int64_t size) {
    return parse("eke.weight @w : tensor<1x32xf32" + encoding +
                     "> = <\"m.bin\", offset = 0, length = 18, element = "
                     "!eke.quants<q4_0>> place <dram, offset = 0>",
                 size);
  };
  std::string plain = build(*parseAs("", 128));
  ASSERT_EQ(plain.size(), 128u);
  float values[32];
  std::memcpy(values, plain.data(), sizeof values);
  for (int k = 0; k < 16; ++k) {
    EXPECT_EQ(values[k], 2 * (k - 8));
    EXPECT_EQ(values[k + 16], 2 * (7 - k));
  }
  // Kept: the byte c of a channel has the numbers 4 c + ki and 16 + 4 c + ki.
  std::string kept = build(*parseAs(", #eke.format<i4, group = 32>", 192));
  ASSERT_EQ(kept.size(), 192u);
  for (int k = 0; k < 16; ++k) {
    uint8_t byte = kept[(k / 4 * 8) * 4 + k % 4];
    EXPECT_EQ(byte & 15, (k - 8) & 15);
    EXPECT_EQ(byte >> 4, (7 - k) & 15);
  }
  EXPECT_EQ(uint8_t(kept[129]), 0x40);
}

TEST_F(BuildImage, ObjectHasOneAlignedReadOnlySection) {
  OwningOpRef<ModuleOp> module = parse(twoWeights, 192);
  std::string image = build(*module), bytes = build(*module, true);
  auto object = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(bytes, "weights.o"));
  ASSERT_TRUE(static_cast<bool>(object)) << llvm::toString(object.takeError());
  auto *elf = llvm::dyn_cast<llvm::object::ELF64LEObjectFile>(object->get());
  ASSERT_TRUE(elf);
  EXPECT_EQ(elf->getArch(), llvm::Triple::aarch64);
  unsigned found = 0;
  for (const llvm::object::SectionRef &section : elf->sections()) {
    if (llvm::cantFail(section.getName()) != ".eke.weights")
      continue;
    ++found;
    EXPECT_EQ(llvm::cantFail(section.getContents()), image);
    EXPECT_EQ(section.getAlignment().value(), 4096u);
    llvm::object::ELFSectionRef elfSection(section);
    EXPECT_EQ(elfSection.getFlags(), uint64_t(llvm::ELF::SHF_ALLOC));
  }
  EXPECT_EQ(found, 1u);
  for (const llvm::object::ELFSymbolRef symbol : elf->symbols()) {
    EXPECT_EQ(llvm::cantFail(symbol.getName()), "eke_weights_model");
    EXPECT_EQ(symbol.getSize(), 192u);
    EXPECT_EQ(symbol.getOther(), llvm::ELF::STV_HIDDEN);
  }
}

TEST_F(BuildImage, EachMemoryHasAnImageOfItsOwn) {
  // The main memory has the bytes that the others leave.
  OwningOpRef<ModuleOp> module = parse(R"mlir(
    eke.weight @b : tensor<4xf32>
      = <"m.bin", offset = 16, length = 16, element = f32>
      place <"on chip", offset = 64>
    eke.weight @a : tensor<4xf32>
      = <"m.bin", offset = 0, length = 16, element = f32>
      place <dram, offset = 0>)mlir",
                                       192);
  ASSERT_TRUE(module);
  std::string main = build(*module), other = build(*module, false, 1);
  ASSERT_EQ(main.size(), 64u);
  ASSERT_EQ(other.size(), 128u);
  float first;
  std::memcpy(&first, other.data() + 64, sizeof first);
  EXPECT_EQ(first, 5.0f);

  std::string bytes = build(*module, true, 1);
  auto object = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(bytes, "weights.o"));
  ASSERT_TRUE(static_cast<bool>(object)) << llvm::toString(object.takeError());
  unsigned found = 0;
  for (const llvm::object::SectionRef &section : (*object)->sections())
    if (llvm::cantFail(section.getName()) == ".eke.weights.on chip") {
      ++found;
      EXPECT_EQ(llvm::cantFail(section.getContents()), other);
      EXPECT_EQ(section.getAlignment().value(), 64u);
    }
  EXPECT_EQ(found, 1u);
  for (const llvm::object::SymbolRef &symbol : (*object)->symbols())
    EXPECT_EQ(llvm::cantFail(symbol.getName()), "eke_weights_model.on chip");
}

// Machines of 32 bits have files of their own.
TEST_F(BuildImage, ObjectIsOfTheTargetsMachine) {
  OwningOpRef<ModuleOp> module = parse(twoWeights, 192);
  std::string image = build(*module);
  auto retarget = [&](StringRef triple) {
    std::string text = StringRef(target).split(" = ").second.str();
    StringRef before = "aarch64-linux-gnu";
    text.replace(text.find(before), before.size(), triple);
    (*module)->setAttr(kTargetAttr, parseAttribute(text, &context));
  };
  for (StringRef triple : {"armv7-linux-gnueabihf", "thumbv7em-none-eabihf"}) {
    retarget(triple);
    std::string bytes = build(*module, true);
    auto object = llvm::object::ObjectFile::createObjectFile(
        llvm::MemoryBufferRef(bytes, "weights.o"));
    ASSERT_TRUE(static_cast<bool>(object))
        << llvm::toString(object.takeError());
    auto *elf = llvm::dyn_cast<llvm::object::ELF32LEObjectFile>(object->get());
    ASSERT_TRUE(elf);
    EXPECT_EQ(elf->getArch(), llvm::Triple::arm);
    EXPECT_EQ(elf->getELFFile().getHeader().e_flags,
              llvm::ELF::EF_ARM_EABI_VER5);
    for (const llvm::object::SectionRef &section : elf->sections())
      if (llvm::cantFail(section.getName()) == ".eke.weights") {
        EXPECT_EQ(llvm::cantFail(section.getContents()), image);
      }
    for (const llvm::object::ELFSymbolRef symbol : elf->symbols())
      EXPECT_EQ(symbol.getSize(), 192u);
  }
  retarget("mips-linux-gnu");
  EXPECT_EQ(build(*module, true), "cannot write objects for 'mips-linux-gnu'");
}

TEST_F(BuildImage, NamesTheBadElement) {
  OwningOpRef<ModuleOp> module = parse(twoWeights, 192);
  numbers[16 + 3] = std::nanf("");
  writeNumbers();
  EXPECT_EQ(build(*module), "weight 'late': m.bin: element 3 (row 1, column 1) "
                            "is NaN, expected a finite number");
  numbers[16 + 3] = 0;
  numbers[2] = INFINITY;
  writeNumbers();
  EXPECT_EQ(build(*module), "weight 'early': m.bin: element 2 is infinite, "
                            "expected a finite number");
}

// The element and its row are those of the payload that holds it.
TEST_F(BuildImage, NamesTheBadElementOfOneOfSeveral) {
  OwningOpRef<ModuleOp> module = parse(R"mlir(
    eke.weight @w : tensor<10x2xf32, #eke.format<f32>>
      = [<"m.bin", offset = 0, length = 24, element = f32>,
         <"m.bin", offset = 64, length = 56, element = f32>]
      place <dram, offset = 0>)mlir",
                                       128);
  numbers[16 + 5] = INFINITY;
  writeNumbers();
  EXPECT_EQ(build(*module), "weight 'w': m.bin: element 5 (row 2, column 1) is "
                            "infinite, expected a finite number");
}

TEST_F(BuildImage, RefusesATruncatedFile) {
  OwningOpRef<ModuleOp> module = parse(R"mlir(
    eke.weight @w : tensor<8x8xf32>
      = <"m.bin", offset = 16, length = 256, element = f32>
      place <dram, offset = 0>)mlir",
                                       256);
  EXPECT_NE(
      build(*module).find("m.bin: has 256 bytes, expected 256 at offset 16"),
      std::string::npos);
}

TEST_F(BuildImage, RefusesAMissingFile) {
  OwningOpRef<ModuleOp> module = parse(R"mlir(
    eke.weight @w : tensor<4xf32>
      = <"none.bin", offset = 0, length = 16, element = f32>
      place <dram, offset = 0>)mlir",
                                       64);
  EXPECT_NE(build(*module).find("none.bin: cannot open: No such file"),
            std::string::npos);
}

TEST_F(BuildImage, RefusesBadPlaces) {
  const char weight[] = "eke.weight @w : tensor<4xf32> = <\"m.bin\", "
                        "offset = 0, length = 16, element = f32>";
  OwningOpRef<ModuleOp> unplaced = parse(weight, 64);
  EXPECT_EQ(build(*unplaced), "weight 'w' has no place in the image");
  OwningOpRef<ModuleOp> beyond =
      parse(llvm::Twine(weight) + " place <dram, offset = 64>", 64);
  EXPECT_EQ(build(*beyond),
            "weight 'w' ends at 128, beyond the 64 bytes of the image");
  OwningOpRef<ModuleOp> overlapping = parse(
      llvm::Twine(weight) + " place <dram, offset = 0>\n" +
          "eke.weight @v : tensor<4xf32> = <\"m.bin\", offset = 0, length = "
          "16, element = f32> place <dram, offset = 0>",
      128);
  EXPECT_EQ(build(*overlapping),
            "weight 'v' is placed at 0, where another ends at 64");
}

/// The first elements of an image.
template <typename T>
std::vector<T> first(llvm::StringRef image, size_t count) {
  std::vector<T> values(count);
  std::memcpy(values.data(), image.data(), count * sizeof(T));
  return values;
}

TEST_F(BuildImage, TakesElementsThatAreGiven) {
  OwningOpRef<ModuleOp> numbers =
      parse("eke.weight @w : tensor<2x2xi16> = [dense<-2> : tensor<1x2xi16>, "
            "dense<[[3, 260]]> : tensor<1x2xi16>] place <dram, offset = 0>",
            64);
  EXPECT_EQ(first<int16_t>(build(*numbers), 4),
            (std::vector<int16_t>{-2, -2, 3, 260}));
  // What is given need not be finite, as what comes from a file.
  OwningOpRef<ModuleOp> mask =
      parse("eke.weight @w : tensor<2xf32> = dense<[0xFF800000, 1.0]> : "
            "tensor<2xf32> place <dram, offset = 0>",
            64);
  EXPECT_EQ(first<float>(build(*mask), 2), (std::vector<float>{-INFINITY, 1}));
  // A format packs it as it packs others: row 0 is the first of 8 channels.
  OwningOpRef<ModuleOp> packed = parse(
      "eke.weight @w : tensor<2x2xf32, #eke.format<f32>> = dense<[[1.0, 2.0], "
      "[3.0, 4.0]]> : tensor<2x2xf32> place <dram, offset = 0>",
      64);
  std::vector<float> values = first<float>(build(*packed), 16);
  EXPECT_EQ(values[0], 1);
  EXPECT_EQ(values[1], 3);
  EXPECT_EQ(values[8], 2);
  EXPECT_EQ(values[9], 4);
}

TEST_F(BuildImage, TakesElementsOfResources) {
  const char weight[] = "eke.weight @w : tensor<2xi16> = dense_resource<blob> "
                        ": tensor<2xi16> place <dram, offset = 0>";
  auto resources = [](llvm::StringRef bytes) {
    return ("{-# dialect_resources: {builtin: {blob: \"0x02000000" + bytes +
            "\"}} #-}")
        .str();
  };
  OwningOpRef<ModuleOp> module = parse(weight, 64, resources("03000401"));
  EXPECT_EQ(first<int16_t>(build(*module), 2), (std::vector<int16_t>{3, 260}));
  OwningOpRef<ModuleOp> tooLong = parse(weight, 64, resources("030004010000"));
  EXPECT_EQ(build(*tooLong),
            "weight 'w': resource 'blob_1' has 6 bytes, expected 4");
}

TEST_F(BuildImage, RoundsToOtherFloatingPointTypes) {
  numbers[0] = 1.0f + 0x1p-11f; // halfway: to even
  numbers[1] = 1.0f + 0x1.8p-10f;
  writeNumbers();
  const char narrow[] = R"mlir(
    eke.weight @w : tensor<2xf16>
      = <"m.bin", offset = 0, length = 8, element = f32>
      place <dram, offset = 0>)mlir";
  OwningOpRef<ModuleOp> module = parse(narrow, 64);
  EXPECT_EQ(first<uint16_t>(build(*module), 2),
            (std::vector<uint16_t>{0x3c00, 0x3c02}));
  OwningOpRef<ModuleOp> wide = parse(R"mlir(
    eke.weight @w : tensor<2xf64>
      = <"m.bin", offset = 0, length = 8, element = f32>
      place <dram, offset = 0>)mlir",
                                     64);
  EXPECT_EQ(first<double>(build(*wide), 2),
            (std::vector<double>{numbers[0], numbers[1]}));
  numbers[1] = 70000;
  writeNumbers();
  EXPECT_EQ(build(*module), "weight 'w': m.bin: element 1 is 70000, which is "
                            "too large for f16");
}

// (q - zero point) * scale, with a scale for each index of the axis.
TEST_F(BuildImage, TakesIntegersForWhatTheyStandFor) {
  const int8_t integers[] = {1, -2, 3, 4, 5, -128};
  std::memcpy(numbers, integers, sizeof integers);
  writeNumbers();
  auto quantized = [&](const llvm::Twine &type, const llvm::Twine &parameters) {
    return parse("eke.weight @w : " + type +
                     " = <\"m.bin\", offset = 0, length = 6, element = i8, "
                     "quantization = <" +
                     parameters + ">> place <dram, offset = 0>",
                 128);
  };
  OwningOpRef<ModuleOp> rows =
      quantized("tensor<2x3xf32>", "scales = [0.5, 2.0], zero_points = [1, 0]");
  EXPECT_EQ(first<float>(build(*rows), 6),
            (std::vector<float>{0, -1.5, 1, 8, 10, -256}));
  OwningOpRef<ModuleOp> columns =
      quantized("tensor<1x3x2xf32>", "axis = 1, scales = [1.0, 2.0, 4.0]");
  EXPECT_EQ(first<float>(build(*columns), 6),
            (std::vector<float>{1, -2, 6, 8, 20, -512}));
  OwningOpRef<ModuleOp> all =
      quantized("tensor<2x3xf32, #eke.format<f32>>", "scales = [3.0]");
  std::vector<float> values = first<float>(build(*all), 17);
  EXPECT_EQ(values[0], 3);
  EXPECT_EQ(values[1], 12);
  EXPECT_EQ(values[16], 9);
}

} // namespace
