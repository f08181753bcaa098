"""The tokenizers that are compared: trained by the reference's own packages on texts of
ours, with the steps that published models have."""

import copy
import io
import json
import tempfile
from pathlib import Path

import gguf
import sentencepiece
import tokenizers
from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers

import texts

GPT2 = (r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
          r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace("{1,3}", "")
GPT4O = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
         r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
         r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+"
         r"|\s+(?!\S)|\s+")
GPT4 = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"
        r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s")
DEEPSEEK = [r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+",
            r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
            r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"]
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"

BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
              "use_regex": True}
RAW_BYTES = {**BYTE_LEVEL, "use_regex": False}
DIGITS = {"type": "Digits", "individual_digits": True}
TEMPLATE = {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}], "special_tokens": {}}


def sequence(*steps, key="pretokenizers"):
    return {"type": "Sequence", key: list(steps)}


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def replace(pattern, content, kind="String"):
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def metaspace(scheme="always", splits=True):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": splits}


class Trained:
    """What is trained once: tokenizer.json, as a dictionary."""

    def __init__(self):
        self.lines = [line for line in texts.corpus() if line]

    def _train(self, model, trainer, **steps):
        tokenizer = tokenizers.Tokenizer(model)
        for name, step in steps.items():
            setattr(tokenizer, name, step)
        tokenizer.train_from_iterator(self.lines, trainer)
        return json.loads(tokenizer.to_str())

    def bytes(self):
        return self._train(
            models.BPE(),
            trainers.BpeTrainer(vocab_size=1500, show_progress=False,
                                initial_alphabet=pre_tokenizers.ByteLevel.alphabet()),
            pre_tokenizer=pre_tokenizers.ByteLevel(add_prefix_space=False),
            decoder=decoders.ByteLevel())

    def characters(self):
        special = ["<unk>", "<s>", "</s>"] + [f"<0x{i:02X}>" for i in range(256)]
        root = self._train(
            models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True),
            trainers.BpeTrainer(vocab_size=1500, show_progress=False, special_tokens=special,
                                limit_alphabet=200),
            pre_tokenizer=pre_tokenizers.Metaspace())
        root["added_tokens"] = root["added_tokens"][:3]
        root["decoder"] = sequence(replace("▁", " "), {"type": "ByteFallback"},
                                   {"type": "Fuse"},
                                   {"type": "Strip", "content": " ", "start": 1, "stop": 0},
                                   key="decoders")
        return root

    def unigram(self):
        root = self._train(
            models.Unigram(),
            trainers.UnigramTrainer(vocab_size=1000, show_progress=False, unk_token="<unk>",
                                    special_tokens=["<unk>", "<s>", "</s>"]),
            pre_tokenizer=pre_tokenizers.Metaspace(), decoder=decoders.Metaspace())
        return root

    def pieces(self):
        return self._train(
            models.WordPiece(unk_token="[UNK]"),
            trainers.WordPieceTrainer(vocab_size=1500, show_progress=False,
                                      special_tokens=["[UNK]", "[CLS]", "[SEP]"]),
            normalizer=normalizers.BertNormalizer(),
            pre_tokenizer=pre_tokenizers.BertPreTokenizer(),
            decoder=decoders.WordPiece())


def added(root, content, **flags):
    """One more added token."""
    vocabulary = root["model"]["vocab"]
    numbers = (range(len(vocabulary)) if isinstance(vocabulary, list) else vocabulary.values())
    number = max([*numbers, *(token["id"] for token in root["added_tokens"])]) + 1
    if isinstance(vocabulary, dict):
        number = vocabulary.get(content, number)
    root["added_tokens"].append({
        "id": number, "content": content, "special": False, "single_word": False,
        "lstrip": False, "rstrip": False, "normalized": False, **flags})


def vocabulary_of(root):
    return root["model"]["vocab"]


def with_added(root):
    added(root, "<|x|>", special=True)
    added(root, "<sp>", lstrip=True, rstrip=True)
    added(root, "foo", single_word=True)
    added(root, "xyz", normalized=True)
    added(root, "yz=")
    added(root, "é", normalized=True)
    added(root, " a", rstrip=True)
    if "[CLS]" not in vocabulary_of(root):
        added(root, "[CLS]", normalized=True, lstrip=True)


def byte_level(trained):
    """(name, change) of what starts from a byte-level BPE."""
    def pre(*steps):
        return lambda root: root.update(pre_tokenizer=sequence(*steps))

    yield "gpt2", lambda root: None
    yield "gpt2-prefix", pre({**BYTE_LEVEL, "add_prefix_space": True})
    yield "gpt2-split", pre(split(GPT2), RAW_BYTES)
    yield "raw-bytes", pre(RAW_BYTES)
    yield "llama3", lambda root: (
        root.update(pre_tokenizer=sequence(split(LLAMA3), RAW_BYTES),
                    post_processor=sequence(BYTE_LEVEL, TEMPLATE, key="processors"),
                    decoder=sequence(BYTE_LEVEL, key="decoders"),
                    normalizer=sequence(key="normalizers")),
        root["model"].update(ignore_merges=True), with_added(root))
    yield "qwen2", lambda root: root.update(
        pre_tokenizer=sequence(split(QWEN2), RAW_BYTES), normalizer={"type": "NFC"})
    yield "gpt4o", pre(split(GPT4O), RAW_BYTES)
    yield "gpt4", pre(split(GPT4), RAW_BYTES)
    yield "smollm", pre(DIGITS, BYTE_LEVEL)
    yield "digits", pre({**DIGITS, "individual_digits": False}, BYTE_LEVEL)
    yield "deepseek", pre(*map(split, DEEPSEEK), RAW_BYTES)
    yield "bloom", pre(split(BLOOM), RAW_BYTES)
    yield "falcon", pre({"type": "Punctuation", "behavior": "Contiguous"},
                        split("[0-9][0-9][0-9]"), BYTE_LEVEL)
    for behavior in ("Removed", "Contiguous", "MergedWithPrevious", "MergedWithNext"):
        for invert in (False, True):
            yield (f"{behavior.lower()}-{invert}".lower(),
                   pre(split(r"[aeiou]|\s", behavior, invert), RAW_BYTES))
    yield "lazy", pre(split(r"\w+?[aeiou]|\d{2,}|(?:ab|a)(?=\s)|.{3}|x{2}"), RAW_BYTES)
    yield "delimiter", pre({"type": "CharDelimiterSplit", "delimiter": "e"}, RAW_BYTES)
    yield "whitespace", pre({"type": "Whitespace"}, RAW_BYTES)
    for form in ("NFD", "NFKC", "NFKD"):
        yield form.lower(), lambda root, form=form: (
            root.update(normalizer={"type": form}), with_added(root))
    yield "normalizers", lambda root: root.update(normalizer=sequence(
        {"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"},
        replace(r"\s+", " ", "Regex"), replace("ss", "ß"), {"type": "Prepend", "prepend": "~"},
        {"type": "Strip", "strip_left": True, "strip_right": True}, key="normalizers"))
    yield "unknown", lambda root: unknown(root, fuse=False)
    yield "unknown-fused", lambda root: unknown(root, fuse=True)
    yield "added", with_added


def unknown(root, fuse):
    """Without tokens for newline, é's bytes and tab, but with one in their place."""
    model = root["model"]
    gone = ["Ċ", "Ã", "©", "ĉ"]
    number = [model["vocab"].pop(token) for token in gone][0]
    model["vocab"] = {t: n for t, n in model["vocab"].items() if not set(t) & set(gone)}
    model["merges"] = [m for m in model["merges"] if not set("".join(m)) & set(gone)]
    model["vocab"]["<unk>"] = number
    model.update(unk_token="<unk>", fuse_unk=fuse)


def characters(trained):
    prepend = sequence({"type": "Prepend", "prepend": "▁"}, replace(" ", "▁"), key="normalizers")
    yield "metaspace", lambda root: None
    yield "llama2", lambda root: root.update(normalizer=prepend, pre_tokenizer=None)
    yield "llama2-added", lambda root: (
        root.update(normalizer=prepend, pre_tokenizer=None), with_added(root))
    yield "metaspace-first", lambda root: (
        root.update(pre_tokenizer=metaspace("first", splits=False)), with_added(root))
    yield "metaspace-never", lambda root: root.update(
        pre_tokenizer=metaspace("never"), decoder=metaspace("never"))
    yield "metaspace-decoder", lambda root: root.update(decoder=metaspace())
    yield "gemma", lambda root: root.update(
        normalizer=replace(" ", "▁"), pre_tokenizer=split(" ", "MergedWithPrevious", kind="String"),
        decoder=sequence(replace("▁", " "), {"type": "ByteFallback"}, {"type": "Fuse"},
                         key="decoders"))
    yield "no-fallback", lambda root: root["model"].update(byte_fallback=False)
    yield "no-fallback-unfused", lambda root: root["model"].update(
        byte_fallback=False, fuse_unk=False)
    yield "some-bytes", lambda root: (root["model"]["vocab"].pop("<0xE2>"),
                                      root["model"].update(fuse_unk=False))
    yield "words", lambda root: (root["model"].update(ignore_merges=True),
                                 root["model"]["merges"].__delitem__(slice(50, 200)))
    yield "no-decoder", lambda root: root.update(decoder=None)
    yield "marked-split", lambda root: root.update(
        normalizer=replace(" ", "▁"), pre_tokenizer=split(r"▁?\p{L}+|\s|▁+(?!\w)|[^\s\w]"))


def unigram(trained):
    yield "unigram", lambda root: None
    yield "unigram-words", lambda root: root.update(
        pre_tokenizer=sequence({"type": "WhitespaceSplit"}, metaspace()))
    yield "unigram-nfkc", lambda root: root.update(
        normalizer=sequence({"type": "NFKC"}, replace(" {2,}", " ", "Regex"), key="normalizers"))
    yield "unigram-bytes", lambda root: (
        root["model"]["vocab"].extend([[f"<0x{i:02X}>", -20.0] for i in range(256)]),
        root["model"].update(byte_fallback=True),
        root.update(decoder=sequence(replace("▁", " "), {"type": "ByteFallback"},
                                     {"type": "Fuse"}, key="decoders")))


def pieces(trained):
    def bert(**options):
        return lambda root: root["normalizer"].update(options)

    yield "bert", lambda root: None
    yield "bert-cased", bert(lowercase=False, strip_accents=False)
    yield "bert-accents", bert(lowercase=False, strip_accents=True)
    yield "bert-raw", bert(clean_text=False, handle_chinese_chars=False)
    yield "bert-short", lambda root: root["model"].update(max_input_chars_per_word=4)
    yield "bert-added", with_added


class HuggingFace:
    """A tokenizer.json, and what the package makes of it."""

    others = {}

    def __init__(self, name, root):
        self.name = name
        self.data = json.dumps(root, ensure_ascii=False).encode()
        self.file = "tokenizer.json"
        self.tokenizer = tokenizers.Tokenizer.from_str(self.data.decode())
        self.size = 4000

    def encode(self, batch):
        found = self.tokenizer.encode_batch(batch, add_special_tokens=False)
        return [item.ids for item in found]

    def decode(self, ids):
        return self.tokenizer.decode_batch(ids, skip_special_tokens=False)


class WordPieces(HuggingFace):
    """A vocab.txt with a tokenizer_config.json, and what the package makes of them: added tokens are
    those that it adds by itself."""

    file = "vocab.txt"

    def __init__(self, name, root, lowercase=True, strip_accents=None, handle_chinese_chars=True,
                 **config):
        self.name = name
        vocabulary = vocabulary_of(root)
        self.words = sorted(vocabulary, key=vocabulary.get)
        self.size = len(self.words) + 10
        self.tokenizer = tokenizers.BertWordPieceTokenizer(
            vocabulary, lowercase=lowercase, strip_accents=strip_accents,
            handle_chinese_chars=handle_chinese_chars)
        self.config = {"do_lower_case": lowercase, "strip_accents": strip_accents,
                       "tokenize_chinese_chars": handle_chinese_chars, **config}
        self.write()

    def write(self):
        self.data = "".join(word + "\n" for word in self.words).encode()
        self.others = {"tokenizer_config.json": json.dumps(self.config).encode()} if self.config else {}


class WordPiecesInGGUF(WordPieces):
    """The same as llama.cpp's converter writes it, in the metadata of a file."""

    file = "t.gguf"

    def piece(self, word):
        if word.startswith("##"):
            return word[2:]
        return word if word.startswith("[") and word.endswith("]") else "▁" + word

    def write(self):
        special = {"[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / self.file
            file = gguf.GGUFWriter(path, "bert")
            file.add_tokenizer_model("bert")
            file.add_token_list([*map(self.piece, self.words), "[PAD1]"])
            file.add_token_types([3 if word in special else 1 for word in self.words] + [5])
            file.add_unk_token_id(self.words.index("[UNK]"))
            file.add_bos_token_id(self.words.index("[CLS]"))
            file.add_sep_token_id(self.words.index("[SEP]"))
            file.add_add_eos_token(True)
            if not self.config["do_lower_case"]:
                file.add_bool("tokenizer.ggml.normalizer.lowercase", False)
            if self.config["strip_accents"] is not None:
                file.add_bool("tokenizer.ggml.normalizer.strip_accents", self.config["strip_accents"])
            file.write_header_to_file()
            file.write_kv_data_to_file()
            file.close()
            self.data = path.read_bytes()


def word_piece_files():
    """(class, name, options) of tokenizers whose tokens are those of `pieces`."""
    cased = {"lowercase": False}
    yield WordPieces, "vocab-txt", {}
    yield WordPieces, "vocab-txt-cased", cased
    yield WordPieces, "vocab-txt-accents", {**cased, "strip_accents": True}
    yield WordPieces, "vocab-txt-keeps", {"strip_accents": False, "tokenizer_class": "BertTokenizer"}
    yield WordPieces, "vocab-txt-chinese", {"handle_chinese_chars": False}
    yield WordPiecesInGGUF, "gguf-bert", {}
    yield WordPiecesInGGUF, "gguf-bert-cased", cased
    yield WordPiecesInGGUF, "gguf-bert-accents", {**cased, "strip_accents": True}


class SentencePiece:
    """A tokenizer.model, and what the package makes of it."""

    others = {}

    def __init__(self, name, lines, **options):
        self.name = name
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines), model_writer=model, minloglevel=3,
            hard_vocab_limit=False, num_threads=1, **{"vocab_size": 1000, **options})
        self.data = model.getvalue()
        self.file = "tokenizer.model"
        self.processor = sentencepiece.SentencePieceProcessor(model_proto=self.data)
        self.size = 4000

    def encode(self, batch):
        return [self.processor.encode(text) for text in batch]

    def decode(self, ids):
        return [self.processor.decode(item) for item in ids]


def sentencepieces(lines):
    llama = {"normalization_rule_name": "identity", "remove_extra_whitespaces": False,
             "byte_fallback": True, "split_digits": True, "allow_whitespace_only_pieces": True}
    for model in ("bpe", "unigram"):
        yield f"sp-{model}", {"model_type": model}
        yield f"sp-{model}-llama", {"model_type": model, **llama}
        yield f"sp-{model}-no-prefix", {"model_type": model, "add_dummy_prefix": False,
                                        "normalization_rule_name": "nfkc"}
        yield f"sp-{model}-symbols", {
            "model_type": model, "user_defined_symbols": ["<|x|>", "foo", "▁▁", "the"],
            "control_symbols": ["<ctl>"], **llama}
        yield f"sp-{model}-folded", {"model_type": model,
                                     "normalization_rule_name": "nmt_nfkc_cf",
                                     "character_coverage": 0.98}


def all_kinds(only):
    """Every kind whose name starts with one of `only`, or all."""
    def wanted(name):
        return not only or any(name.startswith(prefix) for prefix in only)

    trained = Trained()
    for make, changes in ((trained.bytes, byte_level), (trained.characters, characters),
                          (trained.unigram, unigram), (trained.pieces, pieces)):
        chosen = [(name, change) for name, change in changes(trained) if wanted(name)]
        root = make() if chosen else None
        for name, change in chosen:
            changed = copy.deepcopy(root)
            change(changed)
            yield HuggingFace(name, changed)
    chosen = [entry for entry in word_piece_files() if wanted(entry[1])]
    root = trained.pieces() if chosen else None
    for make, name, options in chosen:
        yield make(name, root, **options)
    for name, options in sentencepieces(trained.lines):
        if wanted(name):
            yield SentencePiece(name, trained.lines, **options)
