"""Writes HanVocabulary.swift and PieceVocabulary.swift: what is one token for Qwen's tokenizer, as Bloom filters."""

import pathlib
import re
import unicodedata

from qwen import ranks

HEAD = '''/// {title}
///
/// Made from the vocabulary in PyPI's `dashscope` by Tests/TokenCount/make_vocabulary.py.
enum {name} {{
  /// Whether {what} is in it.
  /// - Parameter hash: FNV-1a over the characters.
  static func contains(_ hash: UInt32) -> Bool {{
    var hash = hash
    hash ^= hash >> 15
    hash = hash &* 0x2C1B_3C6D
    hash ^= hash >> 12
    return isSet(hash & {mask}) && isSet((hash &* 0x297A_2D39) >> {shift})
  }}

  /// Six bits to a character, from `0` on.
  private static func isSet(_ bit: UInt32) -> Bool {{
    // Safe: both callers give {bits} bits; 2^{bits} of them take {characters} characters, and the text has as many.
    unsafe (bits.utf8Start[Int(bit / 6)] &- 0x30) >> UInt8(bit % 6) & 1 == 1
  }}

  private static let bits: StaticString = #"""
'''

WORD = re.compile(r"[^A-Za-z0-9\r\n]?[A-Za-z]+", re.ASCII)


def is_han_word(token):
    """Two to four characters, all of them Chinese."""
    return 2 <= len(token) <= 4 and all("\u4e00" <= c <= "\u9fff" or "\u3400" <= c <= "\u4dbf" for c in token)


def is_piece(token):
    """Letters of ASCII with the one character before them, or punctuation with the line ends behind it."""
    if token.isascii() and WORD.fullmatch(token):
        return len(token) > 1
    marks = token.removeprefix(" ").rstrip("\r\n")
    return bool(marks) and (len(token) > 1 or not token.isascii()) and all(unicodedata.category(c)[0] in "PS" for c in marks)


def places(word, bits):
    """The bits of a word, as the gateway computes them."""
    value = 2166136261
    for character in word:
        value = (value ^ ord(character)) * 16777619 & 0xFFFFFFFF
    value ^= value >> 15
    value = value * 0x2C1B3C6D & 0xFFFFFFFF
    value ^= value >> 12
    return value & (1 << bits) - 1, (value * 0x297A2D39 & 0xFFFFFFFF) >> 32 - bits


def write(name, size, is_wanted, title, what):
    """Writes the filter of the tokens that are wanted, of 2^size bits."""
    bits = bytearray(((1 << size) + 5) // 6)
    for token in ranks():
        try:
            word = token.decode()
        except UnicodeDecodeError:
            continue
        if is_wanted(word):
            for place in places(word, size):
                bits[place // 6] |= 1 << place % 6
    text = "".join(chr(0x30 + value) for value in bits)
    lines = [text[start:start + 110] for start in range(0, len(text), 110)]
    body = "\\#\n".join(f"    {line}" for line in lines)
    target = pathlib.Path(__file__).parents[2] / "Plugins/AIProxy/TokenEstimate" / f"{name}.swift"
    mask = f"0x{(1 << size) - 1:X}"
    head = HEAD.format(title=title, name=name, what=what, mask=mask, shift=32 - size, bits=size, characters=len(bits))
    target.write_text(f'{head}{body}\n    """#\n}}\n')


write("HanVocabulary", 18, is_han_word,
      "Which Chinese words of two to four characters are one token each for Qwen's tokenizer, as a Bloom filter of 32 KiB.",
      "a word")
write("PieceVocabulary", 19, is_piece,
      "Which pieces (see ``TokenCounter``) of ASCII letters and of punctuation are one token each, as a Bloom filter of 64 KiB.",
      "a piece")
