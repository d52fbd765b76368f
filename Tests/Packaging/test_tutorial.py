"""The first plugin in ten minutes, as the SDK's README has it, followed to the letter with what was unpacked."""

import re

from conftest import free_port, need


def test_the_tutorial_of_the_sdk_works_as_it_is_written(installation, tmp_path):
    need("cc")
    need("curl")
    text = (installation.prefix / "share/torii/sdk/README.md").read_text()
    begin, end = text.index("## Your first plugin"), text.index("## Pages")
    blocks = re.findall(r"```sh\n(.*?)```", text[begin:end], re.S)
    assert len(blocks) == 2
    # An installed gateway is in PATH already, and others may use these ports.
    script = "".join(blocks).replace('export PATH=$PWD/.build/release:$PATH        # in the repository', "# in the repository")
    for port in ("8000", "32000"):
        assert f":{port}" in script
        script = re.sub(rf"\b{port}\b", str(free_port()), script)
    ending = """
echo "-- again"
sed -i 's/value: from/valeu: from/' torii.yaml
torii check torii.yaml --plugin-path . || true
kill $gateway $upstream
wait
"""
    environment = {
        **installation.environment, "TMPDIR": str(tmp_path), "TORII_PREFIX": str(tmp_path / "state"),
        "TORII_ADMIN_LISTEN": "off", "TORII_STATUS_LISTEN": "off",
    }
    kept, installation.environment = installation.environment, environment
    try:
        ran = installation.run("bash", "-e", "-c", script + ending, cwd=tmp_path)
    finally:
        installation.environment = kept
    first, again = ran.stdout.split("-- again")
    assert "level 3 (production) of 3" in first
    assert re.findall(r"^X-Hello: (.*?)\r?$", first, re.M) == ["from my plugin"]
    assert "did you mean 'value'?" in again + ran.stderr
