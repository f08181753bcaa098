"""Compares chat templates with the package jinja2, configured as transformers does.

usage: compare.py PROGRAM [--seed S] [--templates DIR]

PROGRAM is render.cpp's. Renders every template, and many small ones, with random
conversations by both, and compares the texts, and whether there is an error. Then, for each
template, compares what the form that is derived of it makes of conversations with what jinja2
makes of them.
"""

import argparse
import datetime
import json
import random
import subprocess
import sys
from pathlib import Path

try:
    import jinja2.ext
    from jinja2.sandbox import ImmutableSandboxedEnvironment
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

FOLDER = Path(__file__).parent / "templates"
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
CONTENTS = ["x", "", "a\nb", "  spaces\t\n", "{{ x }}", "<|im_end|>", "'q' \"d\" \\", "é日🙂",
            "<think>\nhm\n</think>\n\nso", "\u00a0wide\u3000", "a  b   c"]
# Which forms of messages each template takes: with a system message, and what it lacks.
SYSTEM = {"chatml", "chatml-default-system", "chatml-tools", "dated-system", "headers-dated", "bars",
          "bars-eos", "headers", "inst", "turns-system-in-user", "thinking", "plain"}
TRIMMED = {"headers", "headers-dated", "turns", "turns-system-in-user"}
# The day that templates print where they ask for today's. That of texts is another, in winter.
TODAY = "2025-06-30"
# What of a day strftime prints, and of which flags.
FORMATS = [flag + letter for flag in ("", "-", "_", "0", "^", "#") for letter in "aAbBCdDeFgGhjmuUVwWxyY"]
# What Jinja's own documentation promises, a template each.
SMALL = [
    "{{ 1 + 2 * 3 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 - -1 }}",
    "{{ 'a' ~ 1 ~ none ~ true ~ 1.5 }} {{ 'ab' * 2 }} {{ [1] + [2] }}",
    "{{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }} {{ 1 == true }} {{ 'a' in 'cab' }} {{ 2 not in [1] }}",
    "{{ not true or true }} {{ not (true or true) }} {{ 0 or 'x' }} {{ '' and 'y' }}|",
    "{{ 'yes' if a is defined else 'no' }} {{ 'x' if false }} {{ a | default('d') }}",
    "{{ 'x' if true else 'y' if true else 'z' }}",
    "{{ [1, 'a', none, true, 1.0, {'k': [2]}] }} {{ (1,) | list }} {{ {'a': \"it's\"} }}",
    "{{ [3, 1, 2] | sort }} {{ ['b', 'a'] | sort(reverse=true) | join(', ') }}",
    "{{ 'hello world' | title }} {{ 'ABC' | lower }} {{ 'abc' | capitalize }} {{ 'x' | upper }}",
    "{{ '  a ' | trim }}|{{ 'xxaxx'.strip('x') }}|{{ ' a '.lstrip() }}|{{ ' a '.rstrip() }}|",
    "{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a-b-c'.split('-', 1) }}",
    "{{ 'abc'.startswith('a') }} {{ 'abc'.endswith(('x', 'c')) }} {{ 'abc'.find('c') }}",
    "{{ 'aXbX'.replace('X', '-') }} {{ 'aXbX' | replace('X', '', 1) }} {{ 'aa'.count('a') }}",
    "{{ 'abcdef'[1:4] }} {{ 'abcdef'[::-1] }} {{ 'abcdef'[-2:] }} {{ [1, 2, 3][:-1] }} "
    "{{ 'äöü'[1] }} {{ 'abcdef'[4:1:-2] }} {{ [1, 2][5:] }} {{ 'abc'[:-9] }}",
    "{{ 'abc' | length }} {{ 'äöü' | length }} {{ {'a': 1} | count }} {{ [] | length }}",
    "{{ {'b': 1, 'a': [true, none, 'é\"\\n']} | tojson }} {{ {'a': [1, {}]} | tojson(indent=2) }}",
    "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in {'a': 1} | items %}{{ k }}={{ v }}{% endfor %} {{ {'a': 1}.get('b', 2) }}",
    "{% for x in [1, 2, 3] if x != 2 %}{{ loop.index }}{{ loop.first }}{{ loop.last }}{{ x }} "
    "{{ loop.revindex }}{{ loop.length }}{% else %}none{% endfor %}",
    "{% for x in [] %}x{% else %}none{% endfor %}",
    "{% for x in range(5) %}{% if x == 1 %}{% continue %}{% endif %}{% if x == 3 %}{% break %}"
    "{% endif %}{{ x }}{% endfor %} {{ range(1, 8, 3) | list }} {{ range(3, 0, -1) | list }}",
    "{% for x in [1, 2] %}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% set x = 1 %}{% for y in [1, 2] %}{% set x = x + y %}{{ x }}{% endfor %}{{ x }}",
    "{% set ns = namespace(n=0) %}{% for y in [1, 2] %}{% set ns.n = ns.n + y %}{% endfor %}{{ ns.n }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }} {% set c %}x{{ a }}{% endset %}{{ c }}",
    "{% if false %}a{% elif true %}b{% else %}c{% endif %}",
    "{% macro m(a, b='d') %}<{{ a }}{{ b }}>{% endmacro %}{{ m(1) }}{{ m(b=2, a=3) }}{{ m('x', 'y') }}",
    "{% set g = 'g' %}{% macro m() %}{{ g }}{{ h }}{% endmacro %}{% for h in [1] %}{{ m() }}{% endfor %}",
    "a\n  {% if true %}\nb\n  {% endif %}\nc\n",
    "a\n  {%+ if true %}\nb\n  {% endif +%}\nc\n\n",
    "a \n {%- if true -%} \n b \n {%- endif -%} \n c",
    "a {{- ' b ' -}} c {# comment #} d\n{# line #}\n  {#- strip -#}  e",
    "{% raw %}{{ x }}{% endraw %} {%- raw -%}  {% if %}  {%- endraw %}",
    "{{ '}}' }} {{ {'a': {'b': 1}}.a.b }} {{ '\\n\\t\\x41\\u00e9\\'' }} {{ 'a' 'b' }}",
    "{{ a is defined }}{{ 1 is defined }}{{ none is none }}{{ 'a' is string }}{{ 1 is number }}"
    "{{ [] is iterable }}{{ {} is mapping }}{{ 'a' is sequence }}{{ true is boolean }}{{ 3 is odd }}"
    "{{ 4 is divisibleby 2 }}{{ 1 is eq 1 }}{{ 'a' is in 'abc' }}{{ 1.5 is float }}{{ 1 is integer }}"
    "{{ true is true }}{{ 1 is not none }}{{ 1 is undefined }}",
    "{{ [{'a': 1}, {'a': 2}] | map(attribute='a') | list }} {{ ['a', 'b'] | map('upper') | join }}",
    "{{ [1, 2, 3] | select('odd') | list }} {{ [1, 2] | reject('equalto', 1) | list }}",
    "{{ [{'r': 'u'}, {'r': 'a'}] | selectattr('r', 'equalto', 'u') | list | length }}",
    "{{ [{'r': 'u'}, {}] | selectattr('r', 'defined') | list | length }}",
    "{{ [1, 2, 3] | first }}{{ [1, 2, 3] | last }}{{ 'abc' | reverse }}{{ [1, 2] | reverse | list }}",
    "{{ '42' | int + 1 }} {{ 'x' | int(7) }} {{ 1.9 | int }} {{ 5 | string + 'x' }}",
    "{{ 'a\nb\n\nc' | indent(2) }} {{ 'a\nb' | indent(2, true) }} {{ [1, 1, 2] | unique | list }}",
    "{{ 1e3 }} {{ 0.1 + 0.2 }} {{ 1.0 }} {{ 100000000000000000000.0 }} {{ 1.5e-7 }} {{ 12345678.0 }}",
    "{% generation %}x{% endgeneration %}",
    "{{ a.b }}", "{{ a['b'] }}", "{{ a() }}", "{{ 1 + 'a' }}", "{{ a + 1 }}", "{{ 1 / 0 }}",
    "{{ {}.x is defined }} {{ 'abc'.nothing is defined }} {{ [1][3] is defined }}",
    "{{ {}.x.y }}", "{% for x in 5 %}{% endfor %}", "{{ raise_exception('no') }}",
    "{{ messages[0].role }} {{ messages[-1]['content'] }} {{ messages | length }}",
    "{{ '%s' }} {{ true and 'a' or 'b' }} {{ ('a', 'b')[1] }} {{ dict(a=1).a }}",
    "{{ [[1, 2], [3, 4]][1][0] }} {% for a, b in [(1, 2)] %}{{ b }}{{ a }}{% endfor %}",
    "{{ 'a' < 'b' }} {{ [1, 2] == [1, 2] }} {{ {'a': 1} == {'a': 1} }} {{ 1 != 1.0 }}",
]


def generation_block():
    """The tag that transformers adds, as an extension of Jinja."""
    class Generation(jinja2.ext.Extension):
        tags = {"generation"}

        def parse(self, parser):
            line = next(parser.stream).lineno
            body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
            return jinja2.nodes.CallBlock(self.call_method("_same"), [], [], body).set_lineno(line)

        def _same(self, caller):
            return caller()
    return Generation


def environment(today=TODAY):
    def fail(message):
        raise jinja2.exceptions.TemplateError(message)

    def to_json(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators,
                          sort_keys=sort_keys)

    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[
        generation_block(), jinja2.ext.loopcontrols])
    made.filters["tojson"] = to_json
    made.globals["raise_exception"] = fail
    if today:
        made.globals["strftime_now"] = datetime.date.fromisoformat(today).strftime
    return made


def render(source, variables, today=TODAY):
    """What jinja2 gives, or None for an error."""
    try:
        return environment(today).from_string(source).render(**variables)
    except Exception:  # Python's own come through, too
        return None


def encode(value):
    """With the order of keys written down."""
    if isinstance(value, dict):
        return {"dict": [[key, encode(each)] for key, each in value.items()]}
    if isinstance(value, list):
        return [encode(each) for each in value]
    return value


def ask(program, requests):
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([program], input=lines, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"status {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def conversation(chance):
    messages = []
    if chance.random() < 0.5:
        messages.append({"role": "system", "content": chance.choice(CONTENTS)})
    for turn in range(chance.choice((1, 2, 3, 4, 5))):
        role = "assistant" if turn % 2 else "user"
        messages.append({"role": role, "content": chance.choice(CONTENTS)})
    if chance.random() < 0.1:
        messages.append({"role": "tool", "content": "y"})
    variables = {**TOKENS, "messages": messages, "tools": None, "documents": None,
                 "add_generation_prompt": chance.random() < 0.7}
    if chance.random() < 0.2:
        variables["tools"] = [{"type": "function", "function": {"name": "f", "x": [1, "é"]}}]
    return variables


def compare_rendering(program, templates, chance):
    cases = [(name, source, conversation(chance)) for name, source in templates.items()
             for _ in range(60)]
    plain = {**TOKENS, "messages": [{"role": "user", "content": "x"}]}
    cases += [(source, source, plain) for source in SMALL]
    answers = ask(program, [{"template": source, "variables": encode(variables), "today": TODAY}
                            for _, source, variables in cases])
    wrong = 0
    for (name, source, variables), answer in zip(cases, answers):
        wanted = render(source, variables)
        if answer.get("text") != wanted:
            wrong += 1
            print(f"WRONG {name}\n  got      {answer}\n  expected {wanted!r}\n  {variables}"[:2000])
    print(f"{len(cases)} texts, {wrong} differ")
    return wrong == 0


def compare_days(program, chance):
    """Days as strftime prints them, and templates that may not ask for one."""
    days = [datetime.date.fromordinal(chance.randrange(365_000, 3_652_000)) for _ in range(20)]
    days += [datetime.date.fromisoformat(day) for day in ("1999-12-31", "2024-02-29", "2027-01-03")]
    source = "{{ strftime_now('" + "|".join("%" + each for each in FORMATS) + " 100%%') }}"
    cases = [(source, day.isoformat()) for day in days]
    cases += [("{{ strftime_now is defined }}", None), ("{{ strftime_now is defined }}", TODAY)]
    answers = ask(program, [{"template": source, "variables": encode({}),
                             **({"today": today} if today else {})} for source, today in cases])
    wrong = [(today, answer, wanted) for (source, today), answer in zip(cases, answers)
             if answer.get("text") != (wanted := render(source, {}, today))]
    refused = {"{{ strftime_now('%Y') }}": (None, "line 1: asks for today's date ('strftime_now'), "
                                            "which a compiled program does not know"),
               "{{ strftime_now('at %H') }}": (TODAY, "to print '%H', which is no part of a day"),
               "{{ strftime_now('%') }}": (TODAY, "to print '%', which is no part of a day"),
               "{{ strftime_now('%-') }}": (TODAY, "to print '%-', which is no part of a day"),
               "{{ strftime_now(3) }}": (TODAY, "needs a string"),
               "{{ strftime_now('%Y', 3) }}": (TODAY, "strftime_now")}
    for source, (today, message) in refused.items():
        answer, = ask(program, [{"template": source, "variables": encode({}),
                                 **({"today": today} if today else {})}])
        if message not in answer.get("error", ""):
            wrong.append((source, answer, message))
    print(*(f"WRONG {each}" for each in wrong), f"{len(cases)} days, {len(wrong)} differ", sep="\n")
    return not wrong


def compose(form, messages):
    """A conversation by the derived form."""
    def trim(text, trimmed):
        return text.strip() if trimmed else text

    text = form["start"]
    if messages[0]["role"] == "system":
        system = form["system"]
        text = system["before"] + trim(messages[0]["content"], system["trimmed"]) + system["after"]
        messages = messages[1:]
    for index, message in enumerate(messages):
        is_user = message["role"] == "user"
        text += trim(message["content"], form["trimmed"]) if is_user else message["content"]
        text += form["after_user"] if is_user else form["after_assistant"]
    return text


def compare_forms(program, templates):
    answers = ask(program, [{"template": source, "tokens": encode(TOKENS), "today": TODAY}
                            for source in templates.values()])
    wrong = 0
    for (name, source), form in zip(templates.items(), answers):
        if "error" in form:
            print(f"WRONG {name}: {form['error']}")
            wrong += 1
            continue
        problems = []
        if ("system" in form) != (name in SYSTEM):
            problems.append(f"system: {form.get('system')}")
        if form["trimmed"] != (name in TRIMMED):
            problems.append("trimmed")
        for system in ([], [{"role": "system", "content": " Be brief.\n"}]):
            if system and "system" not in form:
                continue
            first = [*system, {"role": "user", "content": " Hi \nthere"}]
            more = [*first, {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "<s>"}]
            for messages in (first, more):
                wanted = render(source, {**TOKENS, "messages": messages, "tools": None,
                                         "documents": None, "add_generation_prompt": True})
                found = compose(form, messages)
                if name.startswith("inst"):  # the model writes the space
                    found = found.replace("[/INST]Yes", "[/INST] Yes")
                if name == "thinking":  # what was thought stays in a conversation
                    found = found.replace("<think>\n", "", found.count("<think>\n") - 1)
                if found != wanted:
                    problems.append(f"{found!r}\n  {wanted!r}")
        wrong += bool(problems)
        print("WRONG" if problems else "ok   ", name, *problems)
    return wrong == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--templates", type=Path, default=FOLDER)
    options = parser.parse_args()
    templates = {path.stem: path.read_text() for path in sorted(options.templates.glob("*.jinja"))}
    renders = compare_rendering(options.program, templates, random.Random(options.seed))
    renders &= compare_days(options.program, random.Random(options.seed))
    return not (compare_forms(options.program, templates) and renders)


if __name__ == "__main__":
    sys.exit(main())
