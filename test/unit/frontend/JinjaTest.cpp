//===- JinjaTest.cpp - Templates in the language Jinja --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What templates give is compared with jinja2 in test/chat; here is what ours refuses.

#include "compiler/frontend/chat/Jinja.h"
#include "test/unit/frontend/Inputs.h"

#include "gtest/gtest.h"

using namespace mlir::eke;
using namespace mlir::eke::test;
using jinja::Dict;
using jinja::Value;

namespace {

std::string render(llvm::StringRef source, const Dict &variables = {}) {
  auto program = jinja::Template::parse(source);
  if (!program)
    return "error: " + llvm::toString(program.takeError());
  auto text = program->render(variables);
  return text ? *text : "error: " + llvm::toString(text.takeError());
}

TEST(Jinja, RendersATemplate) {
  Dict variables;
  variables.set("name", Value::textOf("w\xc3\xb6rld"));
  variables.set("list", Value::listOf({Value::integerOf(1), Value::none()}));
  EXPECT_EQ(render("{% for x in list %}\n  {{ x }},\n{% endfor %}\n"
                   "{{ 'hello ' ~ name | upper }}\n",
                   variables),
            "  1,\n  None,\nhello W\xc3\xb6RLD");
}

TEST(Jinja, NamesTheLineOfAnError) {
  const std::pair<const char *, const char *> cases[] = {
      {"a\n{{ 'x }}", "line 2: a string has no end"},
      {"\n\n{% if x %}", "line 3: expected 'endif'"},
      {"{% endif %}", "line 1: 'endif' is not supported here"},
      {"{{ 1 + }}", "line 1: expected an expression, got '}}'"},
      {"{{ (1 }}", "line 1: unexpected '}'"},
      {"{{ 1", "line 1: a bracket '{{' has no end"},
      {"{# 1", "line 1: a comment has no end"},
      {"{% raw %}", "line 1: 'raw' has no end"},
      {"{{ a ? b }}", "line 1: unexpected character '?'"},
      {"{% include 'x' %}", "line 1: 'include' is not supported here"},
      {"{% break %}", "line 1: 'break' is outside of a loop"},
      {"{% for x in y recursive %}{% endfor %}",
       "line 1: recursive loops are not supported"},
      {"{% macro m(a=1, b) %}{% endmacro %}",
       "line 1: a parameter without default is behind one with it"},
      {"{{ 9999999999999999999 }}",
       "line 1: '9999999999999999999' is too large"},
      {"\n{{ x.y }}", "line 2: 'x' is undefined"},
      {"{{ x | nothing }}", "line 1: the filter 'nothing' is not supported"},
      {"{{ x is nothing }}", "line 1: the test 'nothing' is not supported, or "
                             "needs an argument"},
      {"{{ 'a'.nothing() }}", "line 1: a string has no method 'nothing' here"},
      {"{{ 'a' | trim('b', 'c') }}",
       "line 1: 'trim' has an argument that is not supported"},
      {"{{ 9223372036854775807 + 1 }}", "line 1: a number is too large"},
      {"{{ raise_exception('No tools!') }}", "line 1: No tools!"},
      {"{{ {1: 2} }}", "line 1: a key is a number; expected a string"},
      {"{% set x.y = 1 %}", "line 1: cannot set an attribute of 'x', which is "
                            "no namespace"},
  };
  for (auto [source, message] : cases)
    EXPECT_EQ(render(source), std::string("error: ") + message) << source;
}

TEST(Jinja, BoundsWhatATemplateTakes) {
  std::string deep(2000, '(');
  EXPECT_MENTIONS(render("{{ " + deep + "1" + std::string(2000, ')') + " }}"),
                  "nest deeper than");
  std::string chain = "{{ 1", minus = "{{ ";
  for (int i = 0; i < 2000; ++i) {
    chain += " + 1";
    minus += "-";
  }
  EXPECT_MENTIONS(render(chain + " }}"), "nest deeper than");
  EXPECT_MENTIONS(render(minus + "1 }}"), "nest deeper than");
  std::string ifs;
  for (int i = 0; i < 2000; ++i)
    ifs += "{% if x %}";
  EXPECT_MENTIONS(render(ifs), "nest deeper than");
  EXPECT_MENTIONS(render("{% for x in range(9999999) %}{% endfor %}"),
                  "takes more than");
  EXPECT_MENTIONS(render("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
                  "nests deeper than");
  // What doubles: a text, and a list that holds itself twice.
  std::string start = "{% set ns = namespace(x='aaaaaaaa') %}"
                      "{% for i in range(60) %}{% set ns.x = ";
  EXPECT_MENTIONS(render(start + "ns.x + ns.x %}{% endfor %}"),
                  "makes a text of more than");
  EXPECT_MENTIONS(render(start + "[ns.x, ns.x] %}{% endfor %}{{ ns.x }}"),
                  "makes a value that is too large");
  EXPECT_MENTIONS(render("{{ 'a' * 99999999999 }}"), "more than");
  EXPECT_MENTIONS(render("{% set ns = namespace() %}{% set ns.x = ns %}"),
                  "a namespace is kept in another value");
  EXPECT_MENTIONS(render(std::string(jinja::kMostTemplateBytes + 1, 'x')),
                  "has more than 1048576 bytes");
}

} // namespace
