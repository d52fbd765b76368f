"""Compares estimates with true counts: compare.py ESTIMATOR [FILE…]"""

import pathlib
import subprocess
import sys

from qwen import count

FOLDER = pathlib.Path(__file__).parent
ROOT = FOLDER.parents[1]
LIMIT = 10.0


def texts(names):
    """What is measured: name and text. Texts/ is also measured by paragraphs of Chinese, which differ most."""
    if names:
        for name in names:
            yield name, pathlib.Path(name).read_text(errors="replace")
        return
    for path in sorted((FOLDER / "Texts").rglob("*.txt")):
        yield str(path.relative_to(FOLDER / "Texts")), path.read_text()
    for number, line in enumerate((FOLDER / "Texts/chinese.txt").read_text().splitlines()):
        yield f"chinese.txt, paragraph {number + 1}", line
    for pattern in ("README.md", "LICENSE", "Plugins/AIProxy/README.md", "SDK/C/include/torii/plugin.h"):
        yield pattern, (ROOT / pattern).read_text()
    for name, pattern in (("Swift", "Plugins/**/*.swift"), ("Python", "Tests/EndToEnd/**/*.py"), ("shell", "Tests/*.sh")):
        paths = [path for path in sorted(ROOT.glob(pattern)) if not path.name.endswith("Vocabulary.swift")]
        yield f"{name} of the repository", "".join(path.read_text() for path in paths)[:400_000]


def main():
    given = list(texts(sys.argv[2:]))
    run = subprocess.run([sys.argv[1]], input=b"".join(text.encode() + b"\0" for _, text in given), capture_output=True, check=True)
    worst = 0.0
    for (name, text), line in zip(given, run.stdout.split()):
        true = count(text)
        error = 100 * (int(line) - true) / max(1, true)
        worst = max(worst, abs(error))
        print(f"{name:32} {true:8} tokens, estimated {int(line):8} ({error:+.1f} %)")
    print(f"worst: {worst:.1f} %")
    return worst > LIMIT


sys.exit(1 if main() else 0)
