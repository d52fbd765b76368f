"""Writes HanVocabulary.swift: which Chinese words are one token each for Qwen's tokenizer, as a Bloom filter."""

import pathlib

from qwen import ranks

BITS = 18
HEAD = '''/// Which Chinese words of two to four characters are one token each for Qwen's tokenizer, as a Bloom filter of 32 KiB.
///
/// Made from the vocabulary in PyPI's `dashscope` by Tests/TokenCount/make_vocabulary.py.
enum HanVocabulary {
  /// Whether a word is in it.
  /// - Parameter hash: FNV-1a over the word's characters.
  static func contains(_ hash: UInt32) -> Bool {
    var hash = hash
    hash ^= hash >> 15
    hash = hash &* 0x2C1B_3C6D
    hash ^= hash >> 12
    return isSet(hash & 0x3FFFF) && isSet((hash &* 0x297A_2D39) >> 14)
  }

  /// Six bits to a character, from `0` on.
  private static func isSet(_ bit: UInt32) -> Bool {
    // Safe: both callers give 18 bits; 2^18 of them take 43691 characters, and the text has as many.
    unsafe (bits.utf8Start[Int(bit / 6)] &- 0x30) >> UInt8(bit % 6) & 1 == 1
  }

  private static let bits: StaticString = #"""
'''


def is_word(token):
    """Two to four characters, all of them Chinese."""
    return 2 <= len(token) <= 4 and all("\u4e00" <= c <= "\u9fff" or "\u3400" <= c <= "\u4dbf" for c in token)


def places(word):
    """The bits of a word, as the gateway computes them."""
    value = 2166136261
    for character in word:
        value = (value ^ ord(character)) * 16777619 & 0xFFFFFFFF
    value ^= value >> 15
    value = value * 0x2C1B3C6D & 0xFFFFFFFF
    value ^= value >> 12
    return value & (1 << BITS) - 1, (value * 0x297A2D39 & 0xFFFFFFFF) >> 32 - BITS


def main():
    bits = bytearray(((1 << BITS) + 5) // 6)
    for token in ranks():
        try:
            word = token.decode()
        except UnicodeDecodeError:
            continue
        if is_word(word):
            for place in places(word):
                bits[place // 6] |= 1 << place % 6
    text = "".join(chr(0x30 + value) for value in bits)
    lines = [text[start:start + 110] for start in range(0, len(text), 110)]
    body = "\\#\n".join(f"    {line}" for line in lines)
    target = pathlib.Path(__file__).parents[2] / "Plugins/AIProxy/TokenEstimate/HanVocabulary.swift"
    target.write_text(f'{HEAD}{body}\n    """#\n}}\n')


main()
