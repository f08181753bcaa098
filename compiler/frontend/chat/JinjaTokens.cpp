//===- JinjaTokens.cpp - A template as tokens -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/chat/JinjaTokens.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ConvertUTF.h"

namespace mlir::eke::jinja {

llvm::Error errorAt(unsigned line, const llvm::Twine &what) {
  return llvm::createStringError("line " + llvm::Twine(line) + ": " + what);
}

/// With `\n` for all ends of lines, and without the last one.
static std::string normalizeLines(llvm::StringRef source) {
  std::string text;
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      text += '\n';
      i += i + 1 < source.size() && source[i + 1] == '\n';
    } else {
      text += source[i];
    }
  }
  if (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

namespace {

using Kind = Token::Kind;

constexpr llvm::StringLiteral spaces = " \t\n\r\v\f";

class Lexer {
public:
  explicit Lexer(llvm::StringRef source)
      : text(normalizeLines(source)), rest(text) {}

  llvm::Expected<std::vector<Token>> run() {
    while (!rest.empty())
      if (llvm::Error error = readData())
        return std::move(error);
    add(Kind::End, "");
    return std::move(tokens);
  }

private:
  void add(Kind kind, llvm::StringRef what) {
    tokens.push_back({kind, what.str(), line});
  }

  /// Leaves out the next `count` bytes.
  llvm::StringRef take(size_t count) {
    llvm::StringRef taken = rest.take_front(count);
    line += taken.count('\n');
    if (!taken.empty())
      isAtLineStart = taken.back() == '\n';
    rest = rest.drop_front(count);
    return taken;
  }

  /// Reads text up to a bracket, and what is in that.
  llvm::Error readData() {
    size_t open = 0;
    while (open < rest.size() && !isOpening(rest.substr(open)))
      ++open;
    bool wasAtLineStart = isAtLineStart;
    llvm::StringRef data = rest.take_front(open);
    llvm::StringRef bracket = rest.substr(open, 2);
    llvm::StringRef sign = rest.substr(open + 2, 1);
    llvm::StringRef shown = data;
    if (sign == "-" && !bracket.empty())
      shown = data.rtrim(spaces);
    else if (sign != "+" && (bracket == "{%" || bracket == "{#"))
      shown = withoutIndentation(data, wasAtLineStart);
    if (!shown.empty())
      add(Kind::Data, shown);
    take(open);
    if (bracket.empty())
      return llvm::Error::success();
    if (bracket == "{#")
      return skipComment();
    bool isSigned = sign == "-" || sign == "+";
    add(bracket == "{{" ? Kind::BeginPrint : Kind::BeginBlock, "");
    take(isSigned ? 3 : 2);
    if (bracket == "{%" && rest.ltrim(spaces).starts_with("raw"))
      if (llvm::StringRef name = rest.ltrim(spaces).take_while(isNameChar);
          name == "raw")
        return readRaw();
    return readInside(bracket == "{{" ? "}}" : "%}");
  }

  static bool isOpening(llvm::StringRef text) {
    return text.starts_with("{{") || text.starts_with("{%") ||
           text.starts_with("{#");
  }

  /// Without the white space on the last line if there is nothing else on it.
  static llvm::StringRef withoutIndentation(llvm::StringRef data,
                                            bool isAtLineStart) {
    size_t begin = data.rfind('\n') + 1; // 0 without a newline
    if ((begin > 0 || isAtLineStart) &&
        data.drop_front(begin).trim(spaces).empty())
      return data.take_front(begin);
    return data;
  }

  /// Leaves out what a closing bracket takes with it.
  void skipBehind(bool isStripped, bool isTrimmed) {
    if (isStripped)
      take(rest.size() - rest.ltrim(spaces).size());
    else if (isTrimmed && rest.starts_with("\n"))
      take(1);
  }

  llvm::Error skipComment() {
    size_t close = rest.find("#}", 2);
    if (close == llvm::StringRef::npos)
      return errorAt(line, "a comment has no end");
    char sign = rest[close - 1];
    take(close + 2);
    skipBehind(sign == '-', sign != '+');
    return llvm::Error::success();
  }

  /// Reads up to `{% endraw %}`, which is data.
  llvm::Error readRaw() {
    tokens.pop_back(); // the opening bracket
    unsigned begin = line;
    size_t close = rest.find("%}");
    if (close == llvm::StringRef::npos)
      return errorAt(begin, "'raw' has no end");
    bool strips = rest.substr(close - 1, 1) == "-";
    take(close + 2);
    skipBehind(strips, true);
    for (size_t at = rest.find("{%"); at != llvm::StringRef::npos;
         at = rest.find("{%", at + 1)) {
      llvm::StringRef tag = rest.substr(at + 2);
      llvm::StringRef sign = tag.take_front(1);
      if (sign == "-" || sign == "+")
        tag = tag.drop_front();
      tag = tag.ltrim(spaces);
      if (!tag.consume_front("endraw"))
        continue;
      bool stripsBehind = tag.ltrim(spaces).starts_with("-");
      size_t end = rest.find("%}", at + 2);
      if (end == llvm::StringRef::npos)
        break;
      llvm::StringRef data = rest.take_front(at);
      data = sign == "-"   ? data.rtrim(spaces)
             : sign == "+" ? data
                           : withoutIndentation(data, isAtLineStart);
      add(Kind::Data, data);
      take(end + 2);
      skipBehind(stripsBehind, true);
      return llvm::Error::success();
    }
    return errorAt(begin, "'raw' has no end");
  }

  /// Reads the tokens of an expression or a statement.
  llvm::Error readInside(llvm::StringRef close) {
    const unsigned begin = line;
    std::string open; // brackets that have to be closed before
    while (true) {
      take(rest.size() - rest.ltrim(spaces).size());
      if (rest.empty())
        return errorAt(begin, "a bracket '{" +
                                  llvm::Twine(close == "}}" ? "{" : "%") +
                                  "' has no end");
      if (open.empty() && readEnd(close))
        return llvm::Error::success();
      if (llvm::Error error = readToken(open))
        return error;
    }
  }

  bool readEnd(llvm::StringRef close) {
    llvm::StringRef sign = rest.take_front(1);
    bool isSigned = sign == "-" || (sign == "+" && close == "%}");
    if (!rest.drop_front(isSigned).starts_with(close))
      return false;
    take(close.size() + isSigned);
    add(close == "}}" ? Kind::EndPrint : Kind::EndBlock, "");
    skipBehind(sign == "-", close == "%}" && sign != "+");
    return true;
  }

  static bool isNameChar(char c) { return llvm::isAlnum(c) || c == '_'; }

  llvm::Error readToken(std::string &open) {
    char c = rest.front();
    if (llvm::isDigit(c))
      return readNumber();
    if (isNameChar(c)) {
      llvm::StringRef name = rest.take_while(isNameChar);
      add(Kind::Name, name);
      take(name.size());
      return llvm::Error::success();
    }
    if (c == '"' || c == '\'')
      return readText();
    for (llvm::StringRef two : {"==", "!=", ">=", "<=", "//", "**"})
      if (rest.starts_with(two)) {
        add(Kind::Operator, two);
        take(2);
        return llvm::Error::success();
      }
    if (!llvm::StringRef("+-*/%~<>=()[]{}.,:|").contains(c))
      return errorAt(line, llvm::Twine("unexpected character '") +
                               llvm::StringRef(&c, 1) + "'");
    if (llvm::StringRef("([{").contains(c))
      open += c == '(' ? ')' : c == '[' ? ']' : '}';
    if (llvm::StringRef(")]}").contains(c)) {
      if (open.empty() || open.back() != c)
        return errorAt(line, llvm::Twine("unexpected '") +
                                 llvm::StringRef(&c, 1) + "'");
      open.pop_back();
    }
    add(Kind::Operator, rest.take_front(1));
    take(1);
    return llvm::Error::success();
  }

  llvm::Error readNumber() {
    auto digits = [&](llvm::StringRef from) {
      return from.take_while([](char c) { return llvm::isDigit(c); }).size();
    };
    size_t size = digits(rest);
    bool isReal = false;
    if (rest.substr(size).starts_with(".") && digits(rest.substr(size + 1))) {
      size += 1 + digits(rest.substr(size + 1));
      isReal = true;
    }
    if (rest.substr(size).starts_with_insensitive("e")) {
      size_t sign = rest.substr(size + 1).starts_with("-") ||
                    rest.substr(size + 1).starts_with("+");
      if (size_t count = digits(rest.substr(size + 1 + sign))) {
        size += 1 + sign + count;
        isReal = true;
      }
    }
    add(isReal ? Kind::Real : Kind::Integer, rest.take_front(size));
    take(size);
    return llvm::Error::success();
  }

  llvm::Error readText() {
    char mark = rest.front();
    std::string value;
    for (size_t at = 1; at < rest.size(); ++at) {
      if (rest[at] == mark) {
        tokens.push_back({Kind::Text, std::move(value), line});
        take(at + 1);
        return llvm::Error::success();
      }
      if (rest[at] != '\\') {
        value += rest[at];
      } else if (llvm::Error error = readEscape(++at, value)) {
        return error;
      }
    }
    return errorAt(line, "a string has no end");
  }

  /// Appends what the escape at `at`, behind the backslash, stands for; leaves `at` on its
  /// last character.
  llvm::Error readEscape(size_t &at, std::string &value) {
    char c = at < rest.size() ? rest[at] : ' ';
    size_t known = llvm::StringRef("ntrbfva0\\'\"\n").find(c);
    if (known != llvm::StringRef::npos) {
      if (c != '\n') // a line that goes on
        value += "\n\t\r\b\f\v\a\0\\'\""[known];
      return llvm::Error::success();
    }
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits == 0) { // Python leaves others as they are.
      value += '\\';
      value += c;
      return llvm::Error::success();
    }
    uint32_t codePoint;
    char buffer[UNI_MAX_UTF8_BYTES_PER_CODE_POINT], *end = buffer;
    if (rest.substr(at + 1, digits).size() < digits ||
        rest.substr(at + 1, digits).getAsInteger(16, codePoint) ||
        !llvm::ConvertCodePointToUTF8(codePoint, end))
      return errorAt(line, "a string has a broken escape");
    value.append(buffer, end);
    at += digits;
    return llvm::Error::success();
  }

  std::string text;
  llvm::StringRef rest;
  std::vector<Token> tokens;
  unsigned line = 1;
  bool isAtLineStart = true;
};

} // namespace

llvm::Expected<std::vector<Token>> tokenize(llvm::StringRef source) {
  return Lexer(source).run();
}

} // namespace mlir::eke::jinja
