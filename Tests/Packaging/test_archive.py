"""What is in the archive, and that it stands on its own."""

import configparser
import hashlib
import re
import shutil
import subprocess
import tarfile

import pytest
from conftest import BUILD, REPOSITORY, SDK_TOOLS, need, run


def test_the_same_build_makes_the_same_archive(archives):
    first, second = (hashlib.sha256(path.read_bytes()).hexdigest() for path in archives)
    assert first == second
    told = (archives[0].parent / f"{archives[0].name}.sha256").read_text()
    assert told.split() == [first, archives[0].name]


def test_nothing_in_the_archive_tells_who_made_it_or_when_beyond_the_commit(archives):
    with tarfile.open(archives[0]) as archive:
        members = archive.getmembers()
    assert {(m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, "", "")} or {
        (m.uid, m.gid) for m in members
    } == {(0, 0)}
    assert len({m.mtime for m in members}) == 1
    assert [m.name for m in members] == sorted((m.name for m in members), key=lambda name: name.split("/"))
    assert all(m.isfile() or m.isdir() for m in members)
    assert not [m.name for m in members if m.mode & 0o7022]


@pytest.mark.parametrize(
    "path",
    [
        "bin/torii", "lib/torii/plugins/libai-proxy.so", "lib/torii/plugins/libfile-log.so", "lib/torii/libswiftCore.so",
        "lib/systemd/system/torii.service", "share/man/man1/torii.1", "share/bash-completion/completions/torii",
        "share/zsh/site-functions/_torii", "share/fish/vendor_completions.d/torii.fish", "share/torii/sdk/README.md",
        "share/torii/sdk/C/include/torii/plugin.h", "share/torii/sdk/Templates/rust/Cargo.toml",
        "share/torii/sdk/JSON/JSON.swift", "share/doc/torii/LICENSE", "share/doc/torii/Containerfile",
        "share/doc/torii/REQUIREMENTS",
    ],
)
def test_the_archive_has(installation, path):
    if path.endswith("JSON.swift"):
        path = "share/torii/sdk/JSON"
        assert list((installation.prefix / path).rglob("*.swift"))
    else:
        assert (installation.prefix / path).stat().st_size > 0


def test_no_build_output_and_no_path_of_the_repository_is_in_it(installation):
    files = [path for path in installation.prefix.rglob("*") if path.is_file()]
    assert not [path for path in files if {".build", "target", "__pycache__"} & set(path.parts)]
    told = str(REPOSITORY).encode()
    texts = [path for path in files if path.suffix not in (".so",) and path.name != "torii"]
    assert not [path for path in texts if told in path.read_bytes()]


def test_every_library_that_is_needed_is_there_or_the_systems(installation):
    elves = [installation.torii, *installation.prefix.glob("lib/torii/**/*.so")]
    assert len(elves) > 3
    for elf in elves:
        resolved = run("ldd", elf).stdout
        assert "not found" not in resolved, f"{elf}\n{resolved}"
        for name, path in re.findall(r"(libswift\S+|libdispatch\S*|libBlocks\S*) => (\S+)", resolved):
            assert str(installation.prefix) in path, f"{elf} takes {name} from {path}"


def test_it_tells_what_the_system_must_have(installation):
    text = (installation.prefix / "share/doc/torii/REQUIREMENTS").read_text()
    assert re.search(r"^  GLIBC 2\.\d+$", text, re.M)
    assert re.search(r"^  OPENSSL 3\.", text, re.M)


def test_installing_honours_prefix_and_stage_and_replaces_what_is_there(tmp_path):
    stage = tmp_path / "stage"
    stale = stage / "opt/gateway/lib/torii/libswiftCore.so"
    stale.parent.mkdir(parents=True)
    stale.write_text("of an earlier version")
    for _ in range(2):
        run("make", "-C", REPOSITORY, "install", "PREFIX=/opt/gateway", f"DESTDIR={stage}", "--assume-old=release", "-o", "release")
    assert [path.name for path in stage.iterdir()] == ["opt"]
    assert stale.read_bytes()[:4] == b"\x7fELF"
    unit = (stage / "opt/gateway/lib/systemd/system/torii.service").read_text()
    assert "ExecStart=/opt/gateway/bin/torii run" in unit
    moved = tmp_path / "moved"
    shutil.move(stage / "opt/gateway", moved)
    assert run(moved / "bin/torii", "version").stdout.startswith("torii ")


def test_a_build_that_is_not_there_is_told(tmp_path):
    ran = run(SDK_TOOLS / "install.sh", tmp_path, tmp_path / "prefix", check=False)
    assert ran.returncode == 1 and "make release" in ran.stderr
    assert not (tmp_path / "prefix").exists()


# The unit


def test_the_unit_is_what_systemd_takes(installation, tmp_path):
    need("systemd-analyze")
    unit = tmp_path / "torii.service"
    text = (installation.prefix / "lib/systemd/system/torii.service").read_text()
    unit.write_text(text.replace("/usr/local/bin/torii", str(installation.torii)))
    ran = run("systemd-analyze", "verify", "--man=no", unit, check=False)
    told = [line for line in (ran.stdout + ran.stderr).splitlines() if "torii" in line]
    assert ran.returncode == 0 and not told, "\n".join(told)
    assert "notify" in text and "ExecReload" in text


def test_the_unit_leaves_little_exposed(installation, tmp_path):
    need("systemd-analyze")
    unit = installation.prefix / "lib/systemd/system/torii.service"
    ran = run("systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", unit, check=False)
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", ran.stdout)
    if exposure is None:
        pytest.skip(f"this systemd cannot judge a file: {ran.stderr.strip()[:100]}")
    assert float(exposure.group(1)) <= 2.5, ran.stdout


# The image


def test_the_recipe_of_the_image_is_well_formed_and_uses_the_archive(archives):
    text = (archives[0].parent / "Containerfile").read_text()
    joined = re.sub(r"\\\n", " ", text)
    instructions = [line.split(None, 1) for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    known = {"ARG", "FROM", "RUN", "ADD", "ENV", "EXPOSE", "VOLUME", "USER", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
    assert {name for name, _ in instructions} <= known
    assert archives[0].name in text
    assert "/opt/torii-*/bin/torii" in text and archives[0].name.startswith("torii-")
    for script in (rest for name, rest in instructions if name == "RUN"):
        checked = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, timeout=20)
        assert checked.returncode == 0, checked.stderr


def test_what_the_recipe_of_the_image_installs_exists_and_its_steps_work(archives, installation, tmp_path):
    """Without a machine that builds images: each step by hand, in a folder that stands for the root."""
    text = re.sub(r"\\\n", " ", (archives[0].parent / "Containerfile").read_text())
    need("apt-cache")
    packages = re.search(r"apt-get install -y --no-install-recommends ([^&]*)", text).group(1).split()
    assert packages and not [name for name in packages if "Package: " not in run("apt-cache", "show", name, check=False).stdout]
    # What is installed there is what the archive takes from the system.
    taken = {name for elf in [installation.torii, *installation.prefix.glob("lib/torii/**/*.so")]
             for name, path in re.findall(r"(lib\S+) => (\S+)", run("ldd", elf).stdout) if str(installation.prefix) not in path}
    supplied = {"libssl3": ("libssl", "libcrypto"), "libstdc++6": ("libstdc++",)}
    known = ("libc.", "libm.", "libgcc_s", "libdl", "libpthread", "librt", *(stem for package in packages for stem in supplied.get(package, ())))
    assert {name for name in taken if not name.startswith(known)} == set()
    # ADD unpacks an archive, as tar does; the link finds it.
    added, where = re.search(r"^ADD (\S+) (\S+)$", text, re.M).groups()
    assert added == "${ARCHIVE}" and where == "/opt/"
    (tmp_path / "opt").mkdir(), (tmp_path / "usr/local/bin").mkdir(parents=True)
    run("tar", "-C", tmp_path / "opt", "-xf", archives[0])
    step = re.search(r"^RUN (ln -s .*)$", text, re.M).group(1)
    environment = {**installation.environment, "PATH": f"{tmp_path}/usr/local/bin:{installation.environment['PATH']}"}
    told = run("sh", "-e", "-c", step.replace("/opt/", f"{tmp_path}/opt/").replace("/usr/local", f"{tmp_path}/usr/local"), env=environment)
    assert told.stdout.startswith("torii ")
    # The command that the container runs takes its settings from the environment that the recipe sets.
    settings = installation.run("torii", "help", "settings").stdout
    for name in re.findall(r"TORII_([A-Z_]+)=", text):
        assert f"--{name.lower().replace('_', '-')} " in settings, name
