"""The SDK's pages name functions, constants, options, settings and checks: all of them exist, in the language that is meant, and
links lead somewhere, in the archive as well."""

import re

import pytest
from conftest import REPOSITORY, need, run
from test_shells_and_manual import commands  # noqa: F401 a fixture

SOURCES = {
    "C": ["C/include/torii"], "C++": ["C/include/torii", "Cpp/include/torii"], "Swift": ["Swift"], "Rust": ["Rust/src"],
    "Go": ["Go", "C/include/torii"],
}
PAGES = sorted(
    str(path.relative_to(REPOSITORY / "SDK"))
    for path in [REPOSITORY / "SDK/README.md", *(REPOSITORY / "SDK/Documentation").rglob("*.md")])

# The tables that helpers.h finds, and structs whose fields pages name, by what they are called there.
STRUCTS = {
    "headers": "torii_headers_interface", "request": "torii_request_interface", "upstream": "torii_upstream_interface",
    "flow": "torii_flow_interface", "body": "torii_body_interface", "async": "torii_async_interface",
    "log": "torii_log_interface", "metrics": "torii_metrics_interface", "shared": "torii_shared_interface",
}
# Of the languages themselves, of their libraries, and of what stands for the reader's own.
OTHERS = {
    "C": set(), "C++": {"move", "std", "text", "string", "string_view", "url"}, "Swift": {"init", "url", "async", "queue"},
    "Rust": {"vec", "Drop"}, "Go": set(),
}


@pytest.fixture(scope="module")
def sdk(installation):
    return installation.prefix / "share/torii/sdk"


@pytest.fixture(scope="module")
def words(sdk):
    """The words that each language's part of the SDK has."""
    def of(folders):
        files = [path for folder in folders for path in (sdk / folder).rglob("*") if path.is_file()]
        return set(re.findall(r"\w+", "\n".join(path.read_text(errors="replace") for path in files)))

    return {language: of(folders) for language, folders in SOURCES.items()}


@pytest.fixture(scope="module")
def header(sdk):
    return "".join((sdk / "C/include/torii" / name).read_text() for name in ("plugin.h", "helpers.h", "testing.h", "json.h"))


@pytest.fixture(scope="module")
def settings(installation):
    return installation.run("torii", "help", "settings").stdout


def fields(header, struct):
    body = re.search(rf"typedef struct {struct} {{(.*?)\n}} {struct};", header, re.S).group(1)
    code = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    return set(re.findall(r"\(\*(\w+)\)", code)) | set(re.findall(r"(\w+)(?:\[\d+\])?;", code))


def blocks(text):
    """Code of a language, and what is left of a page without it."""
    return re.findall(r"```(\w*)\n(.*?)```", text, re.S), re.sub(r"```.*?```", "", text, flags=re.S)


def cells(text):
    """The cells of tables: of which language they are, by their column or their row, and their code."""
    heads = []
    for line in text.splitlines():
        if not line.startswith("|"):
            heads = []
            continue
        row = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not heads:
            heads = row
            continue
        for head, cell in zip(heads, row):
            language = head if head in SOURCES else row[0] if row[0] in SOURCES else None
            if language:
                for code in re.findall(r"`([^`]+)`", cell):
                    yield language, code


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_what_is_in_the_archive(sdk, page):
    text = re.sub(r"`[^`]*`", "", blocks((sdk / page).read_text())[1])
    for target in re.findall(r"\]\(([^)#]+)", text):
        if "://" not in target:
            assert ((sdk / page).parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES)
def test_constants_and_variables_exist(sdk, header, settings, installation, page):
    known = set(re.findall(r"TORII_\w+", header))
    known |= {"TORII_" + name.upper().replace("-", "_") for name in re.findall(r"--([a-z-]+)", settings)}
    told = "".join(path.read_text() for path in (sdk / "Templates").rglob("ci.yml")) + installation.run(
        "torii", "plugin", "new", "--help").stdout
    known |= set(re.findall(r"TORII_\w+", told))
    found = set(re.findall(r"\bTORII_[A-Z0-9_]*[A-Z0-9]", (sdk / page).read_text()))
    # TORII_TEXT_… stands for all that begin so.
    assert {name for name in found if not any(other.startswith(name) for other in known)} == set()


@pytest.mark.parametrize("page", PAGES)
def test_functions_of_tables_exist(sdk, header, page):
    text = (sdk / page).read_text()
    for table, function in re.findall(r"\b(\w+)->(\w+)", text):
        if table in STRUCTS:
            assert function in fields(header, STRUCTS[table]), f"{table}->{function}"
        elif table == "args":
            assert re.search(rf"\b{function};|\(\*{function}\)", header), f"args->{function}"


@pytest.mark.parametrize("page", PAGES)
def test_what_a_binding_is_said_to_have_it_has(sdk, words, page):
    text = blocks((sdk / page).read_text())[1]
    for language, code in cells(text):
        code = re.sub(r'"[^"]*"', "", code)
        called = set(re.findall(r"(?:\.|::)(\w+)|\b(\w+)(?=[(:]|\{)", code))
        for name in {one or other for one, other in called} - OTHERS[language]:
            if not name.isdigit():
                assert name in words[language], f"{language}: {name} in {code}"


@pytest.mark.parametrize("page", PAGES)
def test_names_of_settings_fields_and_callbacks_exist(sdk, words, settings, page):
    known = set.union(*words.values()) | {name.replace("-", "_") for name in re.findall(r"--([a-z-]+)", settings)}
    text = blocks((sdk / page).read_text())[1]
    if page.endswith("kong-pdk.md"):
        text = "\n".join(line.split("|")[2] for line in text.splitlines() if line.count("|") >= 3)
    found = {name for name in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text)}
    assert {name for name in found - known if not name.startswith("torii_")} - {"entity_checks"} == set()


@pytest.mark.parametrize("page", PAGES)
def test_options_and_checks_exist(sdk, commands, installation, page):  # noqa: F811
    text = (sdk / page).read_text()
    by_words = {" ".join(command.words): {option.long for option in command.options} for command in commands}
    every = set.union(*by_words.values())
    shell = [line for kind, code in blocks(text)[0] if kind == "sh" for line in code.splitlines()]
    inline = re.findall(r"`([^`]+)`", blocks(text)[1])
    for code in [line.split("#")[0] for line in shell] + inline:
        options = set(re.findall(r"(?<!\S)--([a-z][a-z-]+)", code))
        called = re.match(r"(?:\w+=\S+ )*torii ((?:[a-z]+ )*[a-z]+)\b", code)
        if called:
            named = max((known for known in by_words if (called.group(1) + " ").startswith(known + " ")), key=len, default=None)
            assert named, code
            assert options <= by_words[named], f"{options - by_words[named]} in {code}"
        elif code.startswith("--"):
            assert options <= every, code
    checks = installation.run("torii", "plugin", "test", "--list").stdout
    groups = "file|load|lifecycle|config|requests|body|async|reload|robustness"
    for name in re.findall(rf"`((?:{groups})\.[a-z-]+)`", text):
        assert f"\t{name}\t" in checks or name.endswith((".md", ".h")), name


@pytest.mark.parametrize("page", PAGES)
def test_code_in_c_compiles(sdk, tmp_path, page):
    need("cc")
    before = """
        #include <stdlib.h>
        #include "torii/helpers.h"
        #pragma GCC diagnostic ignored "-Wunused-function"
        #pragma GCC diagnostic ignored "-Wunused-variable"
        typedef struct { uint64_t count; } counter;
        static torii_tables torii;
        """
    for kind, code in blocks((sdk / page).read_text())[0]:
        if kind == "c":
            source = tmp_path / "page.c"
            source.write_text(before + code)
            run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", sdk / "C/include", source)


def test_there_is_a_page_for_each_phase_and_each_interface(sdk, header):
    phases = {name.lower() for name in re.findall(r"#define TORII_PHASE_(\w+)", header)} - {"none"}
    assert {path.stem.replace("-", "_") for path in (sdk / "Documentation/phases").iterdir()} == phases
    interfaces = set(re.findall(r'"torii\.(\w+)/1"', header))
    assert {path.stem for path in (sdk / "Documentation/interfaces").iterdir()} == interfaces
    # And the page of an interface names all that its table has.
    for name in interfaces:
        text = (sdk / f"Documentation/interfaces/{name}.md").read_text()
        absent = [one for one in fields(header, STRUCTS[name]) - {"struct_size", "reserved", "release"} if f"{name}->{one}" not in text]
        assert not absent, f"{name}: {absent}"


def test_every_function_of_kongs_pdk_is_told_of(sdk):
    text = (sdk / "Documentation/kong-pdk.md").read_text()
    for group in ("client", "ctx", "ip", "log", "nginx", "node", "plugin", "request", "response", "router", "service", "service.request",
                  "service.response", "table", "telemetry", "tracing", "vault", "websocket", "cluster", "jwe", "cache", "configuration", "db", "dns"):
        assert f"kong.{group}" in text, group
