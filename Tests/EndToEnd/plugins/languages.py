"""The languages of the SDK, and where their example plugins are built."""

import os
import subprocess
from pathlib import Path

from support.gateway import REPOSITORY

LANGUAGES = ["c", "cpp", "swift", "rust", "go"]
PLUGINS = ["header-stamp", "api-key", "body-rewrite", "auth-callout", "token-counter", "visit-counter"]
SCRIPT = REPOSITORY / "Tests" / "run-example-plugins.sh"

# What the script says of a language that cannot be built here, and why.
MISSING = 3


def folder(language):
    """Where the libraries are: below `$TORII_EXAMPLE_PLUGINS`, else below .build."""
    base = os.environ.get("TORII_EXAMPLE_PLUGINS")
    return (Path(base) if base else REPOSITORY / ".build" / "example-plugins") / language


def build(language):
    """Builds a language's plugins unless they were given. Gives the folder, or the reason why there is none."""
    if not os.environ.get("TORII_EXAMPLE_PLUGINS"):
        ran = subprocess.run([SCRIPT, language], capture_output=True, text=True, timeout=1800, stdin=subprocess.DEVNULL)
        if ran.returncode == MISSING:
            return None, ran.stderr.strip().splitlines()[-1]
        assert ran.returncode == 0, ran.stdout + ran.stderr
    built = folder(language)
    absent = [name for name in PLUGINS if not (built / f"lib{name}.so").exists()]
    if os.environ.get("TORII_EXAMPLE_PLUGINS") and len(absent) == len(PLUGINS):
        return None, f"{built} holds no plugins"
    assert not absent, f"{language} lacks {absent}"
    return built, None
