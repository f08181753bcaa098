//===- CompileNormalizers.cpp - Steps on a text as tables -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "compiler/frontend/tokenizer/CompileNormalizers.h"

#include "compiler/frontend/Input.h"
#include "compiler/frontend/tokenizer/Unicode.h"

#include "llvm/Support/Endian.h"

#include <map>

namespace mlir::eke {

std::string unmark(llvm::StringRef text) {
  std::string result;
  while (!text.empty()) {
    bool isMark = text.consume_front(markedSpaceText);
    result += isMark ? ' ' : text.front();
    text = text.drop_front(isMark ? 0 : 1);
  }
  return result;
}

llvm::Expected<NamedPattern> readPattern(llvm::StringRef pattern, bool isText) {
  std::string name = "pattern " + inQuotes(pattern);
  if (isText) {
    if (pattern.empty())
      return llvm::createStringError("a pattern is empty");
    return NamedPattern{makeTextPattern(pattern), name};
  }
  llvm::Expected<PatternProgram> program = parsePattern(pattern);
  if (!program)
    return llvm::createStringError(name + " " +
                                   llvm::toString(program.takeError()));
  return NamedPattern{std::move(*program), name};
}

namespace {

/// The table of a step that changes characters one by one.
class MapBuilder {
public:
  explicit MapBuilder(uint32_t kind) { step.kind = kind; }

  void addText(uint32_t code, const std::string &text) {
    auto [entry, isNew] = texts.try_emplace(text, step.text.size());
    if (isNew)
      step.text += text;
    add(code, code, uint32_t(text.size()) << 24 | uint32_t(entry->second));
  }

  void addText(const CodeSet &set, const std::string &text) {
    for (CodeSet::Range range : set.getRanges()) {
      auto [entry, isNew] = texts.try_emplace(text, step.text.size());
      if (isNew)
        step.text += text;
      add(range.first, range.second,
          uint32_t(text.size()) << 24 | uint32_t(entry->second));
    }
  }

  void addSpaced(uint32_t first, uint32_t last) { add(first, last, 2u << 30); }

  void addMapping(const unicode::Mapping &mapping) {
    if (mapping.text.size() == 1)
      add(mapping.code, mapping.code,
          1u << 30 | ((mapping.text[0] - mapping.code) & 0x3fffffff));
    else
      addText(mapping.code, unicode::encode(mapping.text));
  }

  /// Characters that are given twice keep what came first.
  NormalizerTable take() {
    for (const auto &[first, entry] : entries) {
      uint32_t count = entry.last - first;
      for (uint32_t code = first;; code += 2048) {
        uint32_t part = std::min(count, 2047u);
        step.table.push_back(part << 21 | code);
        step.table.push_back(entry.value);
        if (count <= 2047)
          break;
        count -= 2048;
      }
    }
    return std::move(step);
  }

private:
  struct Entry {
    uint32_t last, value;
  };

  void add(uint32_t first, uint32_t last, uint32_t value) {
    auto behind = entries.upper_bound(first);
    if (behind != entries.begin()) {
      auto before = std::prev(behind);
      if (before->second.last >= first)
        return;
      if (before->second.last + 1 == first && before->second.value == value) {
        before->second.last = last;
        return;
      }
    }
    entries.insert({first, {last, value}});
  }

  NormalizerTable step;
  std::map<uint32_t, Entry> entries;
  std::map<std::string, size_t> texts;
};

/// Adds steps one after the other.
class NormalizerCompiler {
public:
  NormalizerCompiler(TokenizerTables &tables, bool &marked)
      : tables(tables), marked(marked) {}

  llvm::Error add(const NormalizerStep &step) {
    using Kind = NormalizerStep::Kind;
    switch (step.kind) {
    case Kind::NFC:
      return addForm(/*isCompatible=*/false, /*composes=*/true);
    case Kind::NFD:
      return addForm(false, false);
    case Kind::NFKC:
      return addForm(true, true);
    case Kind::NFKD:
      return addForm(true, false);
    case Kind::Lowercase: {
      MapBuilder map(EKE_NORMALIZE_MAP);
      for (const unicode::Mapping &mapping : unicode::getLowerCase())
        map.addMapping(mapping);
      return push(map.take(), 2); // U+2C62 and others have one byte more
    }
    case Kind::StripAccents:
      return drop(unicode::getCombiningMarks());
    case Kind::StripMarks:
      if (llvm::Error error = addForm(false, false))
        return error;
      return drop(unicode::getBertNonspacing());
    case Kind::CleanText: {
      MapBuilder map(EKE_NORMALIZE_MAP);
      CodeSet controls = unicode::getBertControls();
      map.addText(controls, "");
      map.addText(unicode::getSpaces() & ~controls, " ");
      return push(map.take(), 1);
    }
    case Kind::SpaceChinese:
      return addChinese();
    case Kind::Replace:
      return addReplace(step);
    case Kind::Prepend: {
      NormalizerTable table = {EKE_NORMALIZE_PREPEND};
      table.text = literal(step.content);
      tables.extra += table.text.size();
      return push(table, 1);
    }
    case Kind::StripLeft:
    case Kind::StripRight: {
      if (marked)
        return llvm::createStringError("a normalizer strips what marks spaces");
      NormalizerTable table = {EKE_NORMALIZE_STRIP};
      table.count = step.kind == Kind::StripLeft ? 1 : 2;
      return push(table, 1);
    }
    case Kind::CharacterMap:
      return addCharacterMap(step.content);
    case Kind::CollapseSpaces:
      return push({EKE_NORMALIZE_COLLAPSE}, 1);
    }
    return llvm::Error::success();
  }

private:
  /// A text as the program writes it.
  std::string literal(const std::string &text) const {
    return marked ? unmark(text) : text;
  }

  llvm::Error push(NormalizerTable table, uint64_t growth) {
    tables.normalizers.push_back(std::move(table));
    uint64_t all = tables.growth * growth;
    if (all > 255 || tables.extra * growth > 65535)
      return llvm::createStringError(
          "normalizers make a text more than 255 times as long");
    tables.growth = all;
    tables.extra *= growth;
    return llvm::Error::success();
  }

  llvm::Error drop(const CodeSet &set) {
    MapBuilder map(EKE_NORMALIZE_MAP);
    map.addText(set, "");
    return push(map.take(), 1);
  }

  llvm::Error addForm(bool isCompatible, bool composes) {
    MapBuilder map(EKE_NORMALIZE_DECOMPOSE);
    for (const unicode::Mapping &mapping :
         unicode::getDecompositions(isCompatible))
      map.addMapping(mapping);
    // As Unicode's FAQ on normal forms has it.
    if (llvm::Error error = push(map.take(), isCompatible ? 11 : 3))
      return error;
    NormalizerTable order = {EKE_NORMALIZE_REORDER};
    for (const unicode::ClassRange &range : unicode::getCombiningClasses()) {
      order.table.push_back((range.last - range.first) << 21 | range.first);
      order.table.push_back(range.combiningClass);
    }
    NormalizerTable composition = order;
    composition.kind = EKE_NORMALIZE_COMPOSE;
    for (const unicode::Pair &pair : unicode::getCompositions())
      for (uint32_t code : {pair.left, pair.right, pair.result})
        composition.pairs.push_back(code);
    if (llvm::Error error = push(std::move(order), 1))
      return error;
    // What is composed may have more bytes than its letter, but not than all its parts.
    return composes ? push(std::move(composition), 1) : llvm::Error::success();
  }

  llvm::Error addChinese() {
    MapBuilder map(EKE_NORMALIZE_MAP);
    for (auto [first, last] : {std::pair(0x3400, 0x4dbf),
                               {0x4e00, 0x9fff},
                               {0xf900, 0xfaff},
                               {0x20000, 0x2a6df},
                               {0x2a700, 0x2b81f},
                               {0x2b920, 0x2ceaf},
                               {0x2f800, 0x2fa1f}})
      map.addSpaced(first, last);
    return push(map.take(), 2);
  }

  llvm::Error addReplace(const NormalizerStep &step) {
    if (step.isText && step.pattern == " " && step.content == markedSpaceText) {
      if (marked)
        return llvm::Error::success(); // there is no space
      marked = true;
      MapBuilder map(EKE_NORMALIZE_MAP);
      map.addText(markedSpace, " ");
      return push(map.take(), 1);
    }
    auto pattern = readPattern(step.pattern, step.isText);
    if (!pattern)
      return pattern.takeError();
    if (marked && step.content.find(' ') != std::string::npos)
      return llvm::createStringError(
          "a normalizer writes spaces behind one that marks them");
    auto compiled = compilePatterns({*pattern}, marked ? markedSpace : ' ');
    if (!compiled)
      return compiled.takeError();
    NormalizerTable table = {EKE_NORMALIZE_REPLACE};
    table.count =
        tables.patterns.size(); // one each, in front of those of splits
    table.text = literal(step.content);
    tables.patterns.push_back(std::move(*compiled));
    return push(table, std::max<size_t>(1, table.text.size()));
  }

  /// The size of a double array, the array, and texts that end with a zero byte.
  llvm::Error addCharacterMap(llvm::StringRef map) {
    if (map.empty())
      return llvm::Error::success();
    uint32_t bytes =
        map.size() < 4 ? 0 : llvm::support::endian::read32le(map.data());
    if (map.size() < 4 || bytes % 4 != 0 || bytes == 0 ||
        bytes > map.size() - 4 || map.back() != '\0')
      return llvm::createStringError("the map of characters is damaged");
    NormalizerTable table = {EKE_NORMALIZE_KEYS};
    for (uint32_t i = 0; i < bytes; i += 4)
      table.table.push_back(
          llvm::support::endian::read32le(map.data() + 4 + i));
    llvm::StringRef texts = map.drop_front(4 + bytes);
    table.text = texts.str();
    size_t longest = 0;
    for (size_t at = 0; at < texts.size();) {
      size_t end = std::min(texts.find('\0', at), texts.size());
      longest = std::max(longest, end - at);
      at = end + 1;
    }
    return push(table, std::max<size_t>(1, longest));
  }

  TokenizerTables &tables;
  bool &marked;
};

} // namespace

llvm::Error compileNormalizers(llvm::ArrayRef<NormalizerStep> steps,
                               TokenizerTables &tables, bool &marked) {
  NormalizerCompiler compiler(tables, marked);
  for (const NormalizerStep &step : steps)
    if (llvm::Error error = compiler.add(step))
      return error;
  return llvm::Error::success();
}

} // namespace mlir::eke
