"""Qwen's tokenizer, from the vocabulary that PyPI's `dashscope` carries."""

import base64
import importlib.util
import pathlib

import tiktoken

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def ranks():
    """The vocabulary: bytes and rank."""
    # The package itself is not imported: it wants more than is needed here.
    folder = pathlib.Path(importlib.util.find_spec("dashscope").origin).parent
    lines = (folder / "resources" / "qwen.tiktoken").read_bytes().splitlines()
    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}


_encoding = None


def count(text):
    """How many tokens a text is."""
    global _encoding
    if _encoding is None:
        _encoding = tiktoken.Encoding("qwen", pat_str=PATTERN, mergeable_ranks=ranks(), special_tokens={})
    return len(_encoding.encode(text, disallowed_special=()))
