"""`torii plugin new` in every language, outside the repository: what it prints, and what its workflow runs, is done to the
letter with the unpacked archive alone, and the suite finds the library fit for production."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import COMPILERS, LANGUAGES, REPOSITORY, free_port, need, run


def workflow(folder):
    return folder / ".github" / "workflows" / "ci.yml"


def steps(folder):
    """What the workflow runs: packages that it installs, commands, and those for which there has to be an archive."""
    jobs = yaml.safe_load(workflow(folder).read_text())["jobs"]
    runs = [step for job in jobs.values() for step in job["steps"] if "run" in step]
    lines = [step["run"] for step in runs if "if" not in step]
    with_archive = [step["run"] for step in runs if step.get("if") == "vars.TORII_ARCHIVE != ''"]
    assert len(lines) + len(with_archive) == len(runs)
    installs = [re.search(r"apt-get install (.*)", line).group(1).split() for line in lines if "apt-get" in line]
    packages = [word for words in installs for word in words if not word.startswith("-")]
    return packages, [line for line in lines if "apt-get" not in line], with_archive


@pytest.fixture(scope="module", params=LANGUAGES)
def project(request, installation, tmp_path_factory):
    language = request.param
    need(COMPILERS[language])
    folder = tmp_path_factory.mktemp(language.split()[-1])
    ran = installation.run("torii", "plugin", "new", "my-stamp", "--language", *language.split(), cwd=folder)
    commands = re.search(r"is ready:\n\n  cd (\S+)\n((?:  .*\n?)+)", ran.stdout)
    assert commands.group(1) == "./my-stamp"
    return language, folder / "my-stamp", [line.strip() for line in commands.group(2).splitlines() if line.strip()]


@pytest.fixture(scope="module")
def library(project, installation):
    """The library, built by what `torii plugin new` said to do next, and what that printed."""
    _, folder, commands = project
    assert commands
    printed = "".join(installation.run("sh", "-c", command, cwd=folder, timeout=1800).stdout for command in commands)
    found = [path for path in folder.rglob("libmy?stamp.so") if "deps" not in path.parts and not path.is_symlink()]
    released = [path for path in found if "debug" not in path.parts]
    assert released, found
    return released[0], printed


def test_the_project_knows_nothing_of_where_it_came_from(project, installation):
    _, folder, _ = project
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix not in (".so", ".o", ".a") and ".build" not in path.parts and "target" not in path.parts:
            content = path.read_bytes()
            assert str(installation.prefix).encode() not in content and str(REPOSITORY).encode() not in content, path
            if "sdk" not in path.parts and "build" not in path.parts:
                assert not re.search(rb"__(NAME|TYPE|ABI|IDENTIFIER)__", content), path


def test_the_suite_finds_it_fit_for_production(project, library, installation):
    _, folder, _ = project
    path, printed = library
    # `make test` runs the suite where there is a gateway; the other languages' commands know nothing of it.
    if "level 3 (production) of 3" in printed:
        return
    report = folder / "report.json"
    options = ["--opt-outs", folder / "conformance.json"] if (folder / "conformance.json").exists() else []
    ran = installation.run(
        "torii", "plugin", "test", path, "--deadline", "60s", "--json", report, *options, cwd=folder, check=False)
    told = json.loads(report.read_text())
    assert ran.returncode == 0 and told["level"] == 3 and told["good"], ran.stdout


def test_the_gateway_takes_it(library, installation):
    assert "takes it" in installation.run("torii", "plugin", "inspect", library[0]).stdout


def test_the_library_of_the_embedded_profile_is_small_and_really_unloaded(project, library, installation):
    language, folder, _ = project
    if "embedded" not in language:
        return
    path, printed = library
    assert path.stat().st_size < 100_000
    assert re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", path).stdout) == ["libc.so.6"]
    assert re.search(r"^passed +\d+ lifecycle\.unload:", printed, re.M), printed


def test_its_workflow_is_one_and_runs_what_was_said(project, library, installation):
    _, folder, commands = project
    run(Path(sys.executable).parent / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow(folder), env=installation.environment)
    packages, runs, _ = steps(folder)
    assert runs
    said = [re.sub(r" --offline", "", part.strip()) for line in runs for part in line.split("&&")]
    assert said == commands
    for command in runs:
        if command not in commands:
            installation.run("sh", "-c", command, cwd=folder, timeout=1800)
    if shutil.which("apt-cache"):
        absent = [name for name in packages if "Package: " not in run("apt-cache", "show", name, check=False).stdout]
        assert not absent, f"Debian has no {absent}"


def test_its_workflow_runs_the_suite_from_an_archive(project, library, installation, archives, tmp_path):
    _, folder, commands = project
    need("curl")
    _, _, runs = steps(folder)
    variable, place = "${{ vars.TORII_ARCHIVE }}", "/usr/local"
    assert variable in runs[0] and place in runs[0]
    installation.run("sh", "-e", "-c", runs[0].replace(variable, f"file://{archives[0]}").replace(place, str(tmp_path)))
    assert run(tmp_path / "bin" / "torii", "version").stdout.startswith("torii ")
    if commands == ["make test"]:
        # It runs the suite when there is a gateway.
        assert len(runs) == 1 and "level 3 (production) of 3" in library[1]
        return
    (suite,) = runs[1:]
    ran = installation.run("sh", "-e", "-c", f"{suite} --deadline 60s", cwd=folder, check=False)
    assert ran.returncode == 0 and "level 3 (production) of 3" in ran.stdout, ran.stdout


def test_its_readme_shows_commands_that_are_there(project):
    language, folder, commands = project
    text = (folder / "README.md").read_text()
    for command in commands:
        assert command in text, command


def test_its_readme_is_followed_to_the_letter(project, library, installation, tmp_path):
    """The configuration that it shows, with the gateway that it starts, answers what it says to one who asks as it says."""
    need("curl")
    _, folder, _ = project
    text = (folder / "README.md").read_text()
    build, serve = (block.splitlines() for block in re.findall(r"```sh\n(.*?)```", text, re.S))
    # What was built before is not built again; what the README does with it besides is done.
    for line in build:
        installation.run("sh", "-e", "-c", line.split("#")[0], cwd=folder, timeout=1800)
    upstream, proxy = free_port(), free_port()
    (folder / "torii.yaml").write_text(re.search(r"```yaml\n(.*?)```", text, re.S).group(1).replace("localhost:32000", f"127.0.0.1:{upstream}"))
    environment = {
        **installation.environment, "TORII_PREFIX": str(tmp_path / "state"), "TORII_PROXY_LISTEN": f"127.0.0.1:{proxy}",
        "TORII_ADMIN_LISTEN": "off", "TORII_STATUS_LISTEN": "off",
    }
    (run_command, ask_command) = serve
    assert "localhost:8000" in ask_command
    ask = ask_command.replace("localhost:8000", f"127.0.0.1:{proxy}") + " --silent --retry 30 --retry-connrefused --max-time 20"
    processes = []
    try:
        (tmp_path / "site").mkdir()
        processes.append(subprocess.Popen(
            [sys.executable, "-m", "http.server", str(upstream), "--bind", "127.0.0.1", "--directory", tmp_path / "site"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        run("curl", "-sS", "--retry", "30", "--retry-connrefused", f"http://127.0.0.1:{upstream}/")
        with (tmp_path / "log").open("w") as log:
            processes.append(subprocess.Popen(
                run_command.split(), cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=log))
        told = run("sh", "-e", "-c", ask, env=environment).stdout
        assert re.search(r"^X-MyStamp: hello\r?$", told, re.M | re.I), told + (tmp_path / "log").read_text()
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=60)


def test_a_name_that_is_taken_is_told_and_nothing_is_written_over(project, installation):
    language, folder, _ = project
    before = (folder / "README.md").read_bytes()
    ran = installation.run("torii", "plugin", "new", "my-stamp", "--language", *language.split(), cwd=folder.parent, check=False)
    assert ran.returncode == 1 and "is there already" in ran.stderr
    assert (folder / "README.md").read_bytes() == before
