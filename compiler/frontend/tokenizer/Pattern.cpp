//===- Pattern.cpp - Regular expressions of tokenizers --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "compiler/frontend/tokenizer/Pattern.h"

#include "compiler/frontend/tokenizer/PatternNode.h"
#include "compiler/frontend/tokenizer/Unicode.h"

#include "llvm/ADT/StringExtras.h"

#include <optional>

namespace mlir::eke {
namespace {

constexpr uint32_t mostRepeats = 1000;
constexpr unsigned deepest = 64;

/// Parses a pattern into nodes. After an error nothing that it gives counts.
class PatternParser {
public:
  explicit PatternParser(llvm::StringRef pattern)
      : codes(unicode::decode(pattern)) {}

  /// The number of the node that is the whole pattern.
  llvm::Expected<uint32_t> parse() {
    uint32_t whole = parseChoice(0);
    if (!atEnd())
      fail("has a ')' without its '('");
    if (!problem.empty())
      return llvm::createStringError(problem);
    return whole;
  }

  std::vector<PatternNode> nodes;

private:
  //===- Characters ---------------------------------------------------------//

  bool atEnd() const { return at >= codes.size() || !problem.empty(); }
  uint32_t peek(size_t far = 0) const {
    return at + far < codes.size() && problem.empty() ? codes[at + far] : none;
  }
  bool take(char c) {
    if (peek() != uint32_t(c))
      return false;
    ++at;
    return true;
  }
  bool take(llvm::StringRef text) {
    for (size_t i = 0; i < text.size(); ++i)
      if (peek(i) != uint32_t(text[i]))
        return false;
    at += text.size();
    return true;
  }
  void fail(const llvm::Twine &what) {
    if (problem.empty())
      problem = what.str();
  }

  uint32_t add(PatternNode node) {
    nodes.push_back(std::move(node));
    if (nodes.size() > mostPatternSteps)
      fail("is too large");
    return nodes.size() - 1;
  }

  uint32_t addSet(CodeSet set) {
    PatternNode node;
    node.kind = PatternNode::Set;
    node.set = std::move(set);
    return add(std::move(node));
  }

  CodeSet fold(CodeSet set) {
    return ignoresCase ? unicode::closeUnderCase(set) : set;
  }

  //===- Structure ----------------------------------------------------------//

  uint32_t parseChoice(unsigned depth) {
    if (depth > deepest)
      fail("has groups that are nested too deep");
    bool before = ignoresCase;
    PatternNode choice;
    choice.kind = PatternNode::Choice;
    do
      choice.parts.push_back(parseSequence(depth));
    while (take('|'));
    ignoresCase = before;
    return choice.parts.size() == 1 ? choice.parts[0] : add(std::move(choice));
  }

  uint32_t parseSequence(unsigned depth) {
    PatternNode sequence;
    sequence.kind = PatternNode::Sequence;
    while (!atEnd() && peek() != '|' && peek() != ')') {
      std::optional<uint32_t> part = parseAtom(depth);
      if (!part)
        continue;
      sequence.parts.push_back(parseQuantifiers(*part));
    }
    return sequence.parts.size() == 1 ? sequence.parts[0]
                                      : add(std::move(sequence));
  }

  /// A part that may be repeated; nothing for what only switches something.
  std::optional<uint32_t> parseAtom(unsigned depth) {
    if (take('('))
      return parseGroup(depth);
    if (take('['))
      return addSet(parseClass(depth));
    if (take('.'))
      return addSet(~CodeSet('\n', '\n'));
    if (take('$'))
      return addLook(CodeSet('\n', '\n'), /*atEnd=*/true);
    if (peek() == '^')
      fail("has '^'");
    if (peek() == '*' || peek() == '+' || peek() == '?')
      fail("repeats nothing");
    if (take('\\')) {
      if (take('z'))
        return addLook(CodeSet(), /*atEnd=*/true);
      return addSet(parseEscape(/*inClass=*/false));
    }
    uint32_t code = codes[at++];
    return addSet(fold(CodeSet(code, code)));
  }

  uint32_t addLook(CodeSet set, bool atEnd) {
    PatternNode node;
    node.kind = PatternNode::Look;
    node.set = std::move(set);
    node.atEnd = atEnd;
    return add(std::move(node));
  }

  std::optional<uint32_t> parseGroup(unsigned depth) {
    if (take("?=") || take("?!"))
      return parseLook(codes[at - 1] == '!', depth);
    bool outside = ignoresCase, isAtomic = false;
    if (take("?>")) {
      isAtomic = true;
    } else if (take('?')) {
      bool value = true, isSwitch = false;
      for (; !atEnd() && peek() != ':' && !isSwitch; ++at) {
        if (peek() == ')')
          isSwitch = true;
        else if (peek() == 'i')
          ignoresCase = value;
        else if (peek() == '-')
          value = false;
        else
          fail("has a group of an unknown kind, '(?" + text(peek()) + "'");
      }
      if (isSwitch) // to the end of the group around it
        return std::nullopt;
      take(':');
    }
    uint32_t inner = parseChoice(depth + 1);
    ignoresCase = outside;
    if (!take(')'))
      fail("has a '(' without its ')'");
    if (isAtomic && nodes[inner].kind == PatternNode::Repeat)
      setPossessive(inner);
    else if (isAtomic && nodes[inner].kind != PatternNode::Set)
      fail("has an atomic group of more than one character");
    return inner;
  }

  uint32_t parseLook(bool isNegative, unsigned depth) {
    uint32_t inner = parseChoice(depth + 1);
    if (!take(')'))
      fail("has a '(' without its ')'");
    CodeSet set;
    bool end = false;
    if (!problem.empty() || !isOneCharacter(inner, set, end)) {
      fail("looks ahead at more than one character");
      return inner;
    }
    return isNegative ? addLook(~set, !end) : addLook(set, end);
  }

  /// Whether a node is a character, or the end, or a choice of such.
  bool isOneCharacter(uint32_t number, CodeSet &set, bool &end) {
    const PatternNode &node = nodes[number];
    if (node.kind == PatternNode::Choice) {
      for (uint32_t part : node.parts)
        if (nodes[part].kind == PatternNode::Choice ||
            !isOneCharacter(part, set, end))
          return false;
      return true;
    }
    if (node.kind != PatternNode::Set && node.kind != PatternNode::Look)
      return false;
    set = set | node.set;
    end |= node.atEnd;
    return true;
  }

  //===- Quantifiers --------------------------------------------------------//

  uint32_t parseQuantifiers(uint32_t part) {
    for (unsigned count = 0;; ++count) {
      PatternNode repeat;
      repeat.kind = PatternNode::Repeat;
      repeat.parts = {part};
      bool isInterval = false;
      if (take('*'))
        repeat.most = noLimit;
      else if (take('+'))
        repeat.least = 1, repeat.most = noLimit;
      else if (take('?'))
        repeat.most = 1;
      else if (!(isInterval = takeInterval(repeat.least, repeat.most)))
        return part;
      if (count > deepest)
        fail("has too many quantifiers");
      // What Oniguruma calls an interval is never possessive, and lazy if it is one.
      if (!isInterval && take('+'))
        repeat.possessive = true;
      else if (!(isInterval && repeat.least == repeat.most) && take('?'))
        repeat.lazy = true;
      bool isPossessive = repeat.possessive;
      part = add(std::move(repeat));
      if (isPossessive)
        setPossessive(part);
    }
  }

  void setPossessive(uint32_t number) {
    nodes[number].possessive = true;
    PatternNode &repeat = nodes[number];
    bool isOpen = repeat.most == noLimit || repeat.most == 1;
    if (nodes[repeat.parts[0]].kind != PatternNode::Set || !isOpen ||
        repeat.lazy)
      fail("has a possessive quantifier of more than one character");
  }

  /// {n}, {n,}, {n,m} or {,m}; else nothing is taken.
  bool takeInterval(uint32_t &least, uint32_t &most) {
    size_t start = at;
    if (!take('{'))
      return false;
    std::optional<uint32_t> low = takeNumber(), high = low;
    if (take(',')) {
      high = takeNumber();
      if (low && !high)
        high = noLimit;
    }
    if (!high || !take('}')) {
      at = start; // a brace like any character
      return false;
    }
    least = low.value_or(0);
    most = *high;
    if (least > mostRepeats || (most != noLimit && most > mostRepeats))
      fail("repeats more than 1000 times");
    if (least > most)
      std::swap(least, most);
    return true;
  }

  std::optional<uint32_t> takeNumber() {
    std::optional<uint32_t> number;
    for (; peek() >= '0' && peek() <= '9'; ++at)
      number =
          std::min(number.value_or(0) * 10 + (peek() - '0'), mostRepeats + 1);
    return number;
  }

  //===- Characters and classes ---------------------------------------------//

  CodeSet parseEscape(bool inClass) {
    if (atEnd()) {
      fail("ends with a backslash");
      return CodeSet();
    }
    uint32_t code = codes[at++];
    switch (code) {
    case 's':
      return unicode::getSpaces();
    case 'S':
      return ~unicode::getSpaces();
    case 'd':
      return *unicode::findCategory("Nd");
    case 'D':
      return ~*unicode::findCategory("Nd");
    case 'w':
      return unicode::getPatternWordChars();
    case 'W':
      return ~unicode::getPatternWordChars();
    case 'p':
    case 'P':
      return parseProperty(code == 'P');
    default:
      break;
    }
    uint32_t single = parseCharEscape(code, inClass);
    return fold(CodeSet(single, single));
  }

  /// The character that an escape stands for, behind its first letter.
  uint32_t parseCharEscape(uint32_t code, bool inClass) {
    switch (code) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    case 'v':
      return '\v';
    case 'a':
      return 7;
    case 'e':
      return 27;
    case 'x':
      return take('{') ? parseHex(8, /*isBraced=*/true) : parseHex(2, false);
    case 'u':
      return parseHex(4, false);
    case '0':
      return 0;
    default:
      break;
    }
    bool isLetter = code < 128 && llvm::isAlnum(char(code));
    if (isLetter && !(inClass && code == 'b'))
      fail("has an unknown escape, '\\" + text(code) + "'");
    return isLetter ? 8 : code;
  }

  uint32_t parseHex(unsigned digits, bool isBraced) {
    uint32_t value = 0;
    unsigned count = 0;
    for (; count < digits && peek() < 128 && llvm::isHexDigit(char(peek()));
         ++count)
      value = value * 16 + llvm::hexDigitValue(char(codes[at++]));
    if (count == 0 || (isBraced && !take('}')) || value > 0x10ffff)
      fail("has an escape that is no character");
    return value;
  }

  CodeSet parseProperty(bool isNegative) {
    std::string name;
    if (take('{')) {
      isNegative ^= take('^');
      for (; !atEnd() && peek() != '}'; ++at)
        if (peek() < 128 && llvm::isAlnum(char(peek())))
          name += char(peek());
      take('}');
    } else if (!atEnd()) {
      name = text(codes[at++]);
    }
    std::optional<CodeSet> set = findProperty(name);
    if (!set) {
      fail("has an unknown property, '" + name + "'");
      return CodeSet();
    }
    return isNegative ? ~*set : *set;
  }

  static std::optional<CodeSet> findProperty(llvm::StringRef name) {
    static constexpr std::pair<llvm::StringLiteral, llvm::StringLiteral>
        longNames[] = {
            {"letter", "L"},      {"mark", "M"},          {"number", "N"},
            {"punctuation", "P"}, {"symbol", "S"},        {"separator", "Z"},
            {"other", "C"},       {"digit", "Nd"},        {"upper", "Lu"},
            {"lower", "Ll"},      {"decimalnumber", "Nd"}};
    if (name.equals_insensitive("space"))
      return unicode::getSpaces();
    if (name.equals_insensitive("word"))
      return unicode::getPatternWordChars();
    if (name.equals_insensitive("any"))
      return CodeSet(0, 0x10ffff);
    for (auto [from, to] : longNames)
      if (name.equals_insensitive(from))
        return unicode::findCategory(to);
    if (name.size() > 2 || name.empty())
      return std::nullopt;
    std::string category = name.upper();
    if (name.size() == 2)
      category[1] = llvm::toLower(name[1]);
    return unicode::findCategory(category);
  }

  /// What is between brackets, behind the first one.
  CodeSet parseClass(unsigned depth) {
    if (depth > deepest)
      fail("has classes that are nested too deep");
    bool isNegative = take('^');
    CodeSet set;
    std::optional<CodeSet> rest; // what && has in front of it
    bool isFirst = true;
    while (!atEnd() && (peek() != ']' || isFirst)) {
      isFirst = false;
      if (take("&&")) {
        rest = rest ? *rest & set : set;
        set = CodeSet();
        continue;
      }
      set = set | parseClassItem(depth);
    }
    if (!take(']'))
      fail("has a '[' without its ']'");
    if (rest)
      set = *rest & set;
    return isNegative ? ~set : set;
  }

  CodeSet parseClassItem(unsigned depth) {
    if (peek() == '[' && peek(1) == ':') {
      fail("has a class of POSIX");
      return CodeSet();
    }
    if (take('['))
      return parseClass(depth + 1);
    CodeSet first = parseClassChar();
    bool isRange = peek() == '-' && peek(1) != ']' && peek(1) != '[' &&
                   peek(1) != none && isSingle(first);
    if (!isRange)
      return fold(first);
    ++at;
    CodeSet last = parseClassChar();
    uint32_t low = first.getRanges()[0].first;
    if (!isSingle(last) || last.getRanges()[0].first < low) {
      fail("has a range that is none");
      return CodeSet();
    }
    return fold(CodeSet(low, last.getRanges()[0].first));
  }

  static bool isSingle(const CodeSet &set) {
    return set.getRanges().size() == 1 &&
           set.getRanges()[0].first == set.getRanges()[0].second;
  }

  CodeSet parseClassChar() {
    if (atEnd())
      return CodeSet();
    uint32_t code = codes[at++];
    if (code != '\\')
      return CodeSet(code, code);
    bool before = std::exchange(ignoresCase, false);
    CodeSet set = parseEscape(/*inClass=*/true);
    ignoresCase = before;
    return set;
  }

  static std::string text(uint32_t code) {
    return code == none ? std::string() : unicode::encode(code);
  }

  static constexpr uint32_t none = 0xffffffff;
  std::vector<uint32_t> codes;
  size_t at = 0;
  bool ignoresCase = false;
  std::string problem;
};

} // namespace

llvm::Expected<PatternProgram> parsePattern(llvm::StringRef pattern) {
  PatternParser parser(pattern);
  llvm::Expected<uint32_t> whole = parser.parse();
  if (!whole)
    return whole.takeError();
  return emitPattern(parser.nodes, *whole);
}

} // namespace mlir::eke
