//===- EmitPattern.cpp - A tree becomes a pattern's program ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "compiler/frontend/tokenizer/PatternNode.h"
#include "compiler/frontend/tokenizer/Unicode.h"

namespace mlir::eke {
namespace {

/// Turns nodes into steps, each in front of what comes behind it.
class PatternEmitter {
public:
  explicit PatternEmitter(const std::vector<PatternNode> &nodes)
      : nodes(nodes) {}

  llvm::Expected<PatternProgram> emitAll(uint32_t whole) {
    uint32_t match = add({PatternStep::Match});
    program.start = emit(whole, match);
    if (isTooLarge)
      return llvm::createStringError("is too large");
    return std::move(program);
  }

private:
  uint32_t add(PatternStep step) {
    isTooLarge |= program.steps.size() >= mostPatternSteps;
    if (isTooLarge)
      return 0;
    program.steps.push_back(std::move(step));
    return program.steps.size() - 1;
  }

  uint32_t addSplit(uint32_t preferred, uint32_t other) {
    return add({PatternStep::Split, CodeSet(), false, preferred, other});
  }

  uint32_t emit(uint32_t number, uint32_t next) {
    const PatternNode &node = nodes[number];
    if (isTooLarge)
      return 0;
    switch (node.kind) {
    case PatternNode::Empty:
      return next;
    case PatternNode::Set:
      return add({PatternStep::Char, node.set, false, next});
    case PatternNode::Look:
      return add({PatternStep::Look, node.set, node.atEnd, next});
    case PatternNode::Sequence:
      for (size_t i = node.parts.size(); i-- > 0;)
        next = emit(node.parts[i], next);
      return next;
    case PatternNode::Choice: {
      uint32_t choice = emit(node.parts.back(), next);
      for (size_t i = node.parts.size() - 1; i-- > 0;)
        choice = addSplit(emit(node.parts[i], next), choice);
      return choice;
    }
    case PatternNode::Repeat:
      return emitRepeat(node, next);
    }
    return next;
  }

  uint32_t emitRepeat(const PatternNode &node, uint32_t next) {
    uint32_t part = node.parts[0], tail = next;
    if (node.possessive) // leaves only where it could not go on
      next = tail =
          add({PatternStep::Look, ~nodes[part].set, /*atEnd=*/true, next});
    if (node.possessive &&
        node.most == 1) // what was taken may go on with the same
      return addSplit(emit(part, program.steps[next].next), next);
    if (node.most == noLimit) {
      tail = addSplit(0, 0);
      uint32_t body = emit(part, tail);
      if (isTooLarge)
        return 0;
      program.steps[tail].next = node.lazy ? next : body;
      program.steps[tail].other = node.lazy ? body : next;
    } else {
      for (uint32_t i = node.least; i < node.most && !isTooLarge; ++i) {
        uint32_t body = emit(part, tail);
        tail = node.lazy ? addSplit(next, body) : addSplit(body, next);
      }
    }
    for (uint32_t i = 0; i < node.least && !isTooLarge; ++i)
      tail = emit(part, tail);
    return tail;
  }

  const std::vector<PatternNode> &nodes;
  PatternProgram program;
  bool isTooLarge = false;
};

} // namespace

llvm::Expected<PatternProgram>
emitPattern(const std::vector<PatternNode> &nodes, uint32_t whole) {
  return PatternEmitter(nodes).emitAll(whole);
}

PatternProgram makeTextPattern(llvm::StringRef text) {
  PatternProgram program;
  program.steps.push_back({PatternStep::Match});
  std::vector<uint32_t> codes = unicode::decode(text);
  for (size_t i = codes.size(); i-- > 0;) {
    program.steps.push_back(
        {PatternStep::Char, CodeSet(codes[i], codes[i]), false, program.start});
    program.start = program.steps.size() - 1;
  }
  return program;
}

} // namespace mlir::eke
