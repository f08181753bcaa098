"""Texts to compare tokenizers on: made of pieces that one or the other takes apart, of
words in many scripts, and of any characters."""

import random
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SENTENCES = """\
The quick brown fox jumps over the lazy dog; it's 12 o'clock, and we'll see what they've got.
Der Fuß größer als Ärger: „Übermut tut selten gut“, sagte sie um 7:30 Uhr.
L'été dernier, j'ai mangé une crêpe à Besançon — c'était délicieux !
El niño añadió ¿por qué? y ¡qué rápido! a su canción.
Łódź żółć gęślą jaźń, zażółć gęślą jaźń.
Быстрая лиса прыгает через ленивую собаку, а ёжик спит.
Η γρήγορη αλεπού πηδάει πάνω από τον τεμπέλη σκύλο.
הכלב העצלן ישן ליד הבית הגדול.
الثعلب السريع يقفز فوق الكلب الكسول ١٢٣.
तेज़ भूरी लोमड़ी आलसी कुत्ते के ऊपर कूदती है।
দ্রুত শিয়াল অলস কুকুরের উপর লাফ দেয়।
สุนัขจิ้งจอกสีน้ำตาลกระโดดข้ามสุนัขขี้เกียจ
素早い茶色の狐がのろまな犬を飛び越える。カタカナもあります。
敏捷的棕色狐狸跳过了懒狗。今天是二〇二四年。
빠른 갈색 여우가 게으른 개를 뛰어넘는다.
Nhanh như chớp, con cáo nâu nhảy qua con chó lười biếng.
İstanbul'da ışık çok güzel, değil mi?
def main(argc, argv):\n    return {"a": [1, 2.5e-3], 'b': x[0] != None}  # comment\n
<div class="x">\t&amp; <br/></div>\r\nfor (int i = 0; i < 10; ++i) { a[i] += 0x1F; }
""".splitlines()

PIECES = [
    "the", " the", "'s", "'ll", "'LL", "'ſ", "’s", "'", " ", "  ", "   ", "\n", "\n\n", "\t", "\r\n",
    "\r", " \n", "\n  ", "=====", "--", "0", "42", "1234567", "3.14", "x_1", "é", "ß", "漢字",
    "かな", "カナ", "٣", "½", "Ⅷ", "²", "😀", "👩‍👩‍👧", "🇩🇪", "\u00a0", "\u3000", "\u2028", "\u200b",
    "\u200d", "\u0085", "\x1c", "\x00", "\x7f", "e\u0301", "a\u0323\u0307", "a\u0307\u0323",
    "\u0301", "ǅ", "ª", "ʰ", "𝒳", "𝟘", "\U000e0001", "\ufffd", "\ufeff", "İ", "ﬁ", "ﬀ", "㎏",
    "Å", "Ω", "각", "\u1100\u1161\u11a8", "\u0f71\u0f72\u0f74", "ﷺ", "ｱﾞ", "Ａｂｃ", "\u202f",
    "\u2009a", "xyz", "x", "Ġ", "Ċ", "Ġthe", "▁", "▁▁", "▁the", "<0x0A>", "<s>", "</s>", "<unk>",
    "[UNK]", "[CLS]", "<|x|>", "<|x|><|x|>", " <|x|> ", "foo", "foobar", "a<sp>b", " <sp>  ",
    "``code``", ".. note::", "éé", "\té\n", "HTTPServer", "camelCase", "a.b,c", "don't", "I'M",
    "/* */", "\\", "\"", "'", "¿", "，", "。", "٪", "aaaaaaaaaaaaaaaa", "ABCdef", "ÀÉ", "ὈΔΟΣ",
]


def corpus():
    """Sentences to train on: our own documentation, and those above."""
    for path in sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")]):
        yield from path.read_text(encoding="utf-8").splitlines()
    for _ in range(20):
        yield from SENTENCES


def any_char(generator):
    while True:
        code = generator.choice((0x80, 0x300, 0x3000, 0x10000, 0x20000, 0x110000))
        code = generator.randrange(code)
        if not 0xd800 <= code < 0xe000:
            return chr(code)


def texts(count, seed):
    """So many texts, the same for the same seed; among the first are all characters that
    Unicode's first blocks have."""
    generator = random.Random(seed)
    words = sorted({word for line in SENTENCES for word in line.split(" ")})
    blocks = range(0, 0x3400, 64)
    for number in range(count):
        kind = number % 8
        if number < len(blocks):
            yield "".join(chr(blocks[number] + i) for i in range(64))
        elif kind < 3:
            yield "".join(generator.choices(PIECES, k=generator.randrange(10)))
        elif kind < 5:
            pieces = generator.choices(words, k=generator.randrange(1, 8))
            yield generator.choice((" ", " ", "  ", "\n", "")).join(pieces)
        elif kind < 6:
            yield "".join(any_char(generator) for _ in range(generator.randrange(12)))
        else:
            parts = generator.choices(words + PIECES, k=generator.randrange(1, 9))
            yield "".join(part + generator.choice(("", "", " ", any_char(generator)))
                          for part in parts)
