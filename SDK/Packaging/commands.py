"""The table of torii's commands, read from what the command itself says of them: completions and the manual page are
made from it, so that they cannot tell of an option that is not there, or miss one that is."""

import re
import subprocess


class Option:
    """An option: `long` and `short` without dashes, the word for its value or '', the values it takes if they are few."""

    def __init__(self, long, short, value, text, choices):
        self.long, self.short, self.value, self.text, self.choices = long, short, value, text, choices


class Command:
    """A command by its words, such as ("plugin", "test"); the program itself has none."""

    def __init__(self, words, help_text):
        self.words, self.help, self.summary = words, help_text, ""
        found = re.findall(r"^  ([a-z]+) +(\S.*)$", help_text, re.M)
        self.verbs = {name: summary for name, summary in found if name != "torii"}
        self.usage = (re.search(r"^usage: (.*)$", help_text, re.M) or re.search(r"^Usage:\n  (.*)$", help_text, re.M))
        self.usage = self.usage.group(1) if self.usage else "torii"
        self.options = list(options(help_text, self.usage))

    @property
    def operand(self):
        """What stands behind the command: 'library', 'file', a word that is the user's to choose ('NAME'), or ''."""
        if self.verbs:
            return ""
        rest = re.sub(r"\[[^]]*\]", "", self.usage) + (" FILE" if "[file" in self.usage else "")
        if re.search(r"\bLIB\b", rest):
            return "library"
        if re.search(r"\bFILE\b", rest):
            return "file"
        chosen = re.match(rf"torii {' '.join(self.words)} \[?([A-Z]+)\]?(?: |$)", self.usage)
        return chosen.group(1) if chosen and chosen.group(1) != "OPTIONS" else ""


def options(text, usage):
    """The options of a help text: `  -c, --config FILE   what it does`, on further lines when it takes more to say."""
    lines = text.split("\n")
    seen = set()
    for number, line in enumerate(lines):
        found = re.match(r"  {1,8}(?:-(\w), )? *--([a-z][a-z0-9-]*)(?: ([A-Za-z0-9|…,/.+-]+))?(?:  +| (?=[A-Z]))(\S.*)$", line)
        if not found:
            continue
        short, long, value, says = found.groups()
        column = line.index(says, found.start(4))
        for following in lines[number + 1:]:
            if not following.startswith(" " * column) or following[column:column + 1] in ("", " "):
                break
            says += " " + following.strip()
        seen.add(long)
        in_usage = re.search(rf"--{long} ([a-z0-9]+(?:\|[a-z0-9+]+)+)", usage)
        choices = in_usage.group(1) if in_usage else value if value and "|" in value else ""
        yield Option(long, short or "", value or "", re.sub(r" +", " ", says), choices.split("|") if choices else [])
    # What only the usage tells of.
    for long, value in re.findall(r"\[--([a-z-]+) ([A-Z]+)\]", usage):
        if long not in seen:
            yield Option(long, "", value, "", [])


def table(torii):
    """All commands of an executable, the program itself first, each before its verbs."""

    def ask(*words):
        run = subprocess.run([torii, *words], capture_output=True, text=True, timeout=30, check=True)
        return run.stdout

    top = Command((), ask("--help"))
    commands = [top]
    for name, summary in top.verbs.items():
        command = Command((name,), ask(*(["--help"] if name == "help" else [name, "--help"])))
        command.summary = summary
        if name == "help":
            command.verbs, command.options, command.usage = {}, [], "torii help [COMMAND]"
            command.help = "usage: torii help [COMMAND]\n\nTells what there is, or what a command takes; 'torii help settings' lists the settings."
        if name == "run":
            command.options += [
                option for option in options(ask("help", "settings"), "")
                if option.long not in [known.long for known in command.options]
            ]
        commands.append(command)
        # promote, abort and status are words that `canary` takes, not commands with options of their own.
        if name in ("plugin", "gateway"):
            for verb, verb_summary in command.verbs.items():
                deeper = Command((name, verb), ask(name, verb, "--help"))
                deeper.summary = verb_summary
                commands.append(deeper)
    return commands
