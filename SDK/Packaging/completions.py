#!/usr/bin/env python3
"""Writes what makes a shell complete torii's command lines: completions.py TORII bash|zsh|fish."""

import sys

from commands import table

HEAD = "# Completion of torii's command lines. Made from what 'torii --help' and its commands say.\n"


def shown(command):
    """Options that are worth being offered."""
    return [option for option in command.options if "decK's sake" not in option.text]


def kind(value):
    """What a value is, by the word that help uses for it: 'file', 'folder' or ''."""
    return {"FILE": "file", "FOLDER": "folder", "FOLDERS": "folder"}.get(value, "")


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def bash(commands):
    known = " | ".join(f'"{" ".join(c.words)}"' for c in commands if c.words)
    out = [HEAD]
    out.append("_torii() {")
    out.append("  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command= longer word operand= words=")
    out.append('  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do')
    out.append('    longer="${command:+$command }$word"')
    out.append(f'    case $longer in {known}) command=$longer ;; esac')
    out.append("  done")
    out.append("  # The value of an option.")
    out.append('  case "$command $previous" in')
    for command in commands:
        name = " ".join(command.words)
        for option in shown(command):
            patterns = [f'"{name} --{option.long}"'] + ([f'"{name} -{option.short}"'] if option.short else [])
            if option.choices:
                action = f'COMPREPLY=($(compgen -W "{" ".join(option.choices)}" -- "$current"))'
            elif kind(option.value) == "file":
                action = 'COMPREPLY=($(compgen -f -- "$current"))'
            elif kind(option.value) == "folder":
                action = 'COMPREPLY=($(compgen -d -- "$current"))'
            elif option.value:
                action = "COMPREPLY=()"
            else:
                continue
            out.append(f"    {' | '.join(patterns)}) {action}; return ;;")
    out.append("  esac")
    out.append("  case $command in")
    for command in commands:
        words = list(command.verbs) if command.words != ("help",) else []
        if command.words == ("help",):
            words = list(commands[0].verbs)
        flags = [f"--{option.long}" for option in shown(command)]
        pattern = f'"{" ".join(command.words)}"'
        out.append(f'    {pattern}) words="{" ".join(words + flags)}" operand={command.operand} ;;')
    out.append("  esac")
    out.append('  COMPREPLY=($(compgen -W "$words" -- "$current"))')
    out.append("  [[ $current == -* ]] && return")
    out.append("  case $operand in")
    out.append('    library) COMPREPLY+=($(compgen -d -- "$current") $(compgen -f -X "!*.so" -- "$current")) ;;')
    out.append('    file) COMPREPLY+=($(compgen -f -- "$current")) ;;')
    out.append("  esac")
    out.append("}")
    out.append("complete -o filenames -F _torii torii")
    return "\n".join(out) + "\n"


def zsh(commands):
    def text(option):
        return option.text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")

    def specification(option):
        value = ""
        if option.choices:
            value = f":{option.value or option.long}:({' '.join(option.choices)})"
        elif option.value:
            action = {"file": "_files", "folder": "_files -/"}.get(kind(option.value), "")
            value = f":{option.value}:{action}"
        if option.short:
            names = f"-{option.short},--{option.long}"
            return f"'(-{option.short} --{option.long})'{{{names}}}{quoted(f'[{text(option)}]{value}')}"
        return quoted(f"--{option.long}[{text(option)}]{value}")

    def function(command):
        return "_torii_" + "_".join(command.words)

    out = ["#compdef torii", HEAD]
    for command in commands:
        if command.words:
            out.append(f"{function(command)}() {{")
        else:
            out.append("_torii() {")
        nested = [c for c in commands if len(c.words) == len(command.words) + 1 and c.words[: len(command.words)] == command.words]
        arguments = [specification(option) for option in shown(command)]
        if nested:
            out.append("  local curcontext=$curcontext state line ret=1")
            out.append("  local -a verbs=(")
            out += [f"    {quoted(c.words[-1] + ':' + c.summary)}" for c in nested]
            out.append("  )")
            out.append("  _arguments -C '1: :->verb' '*:: :->rest' && ret=0")
            out.append("  case $state in")
            out.append("    verb) _describe -t commands command verbs && ret=0 ;;")
            out.append("    rest)")
            out.append("      case $words[1] in")
            out += [f"        {c.words[-1]}) {function(c)} && ret=0 ;;" for c in nested]
            out.append("      esac ;;")
            out.append("  esac")
            out.append("  return ret")
        else:
            if command.words == ("help",):
                arguments.append(quoted(f"1:command:({' '.join(commands[0].verbs)} settings)"))
            elif command.verbs:
                arguments.append(quoted(f"1:what:({' '.join(command.verbs)})"))
            elif command.operand == "library":
                arguments.append(quoted('*:library:_files -g "*.so"'))
            elif command.operand == "file":
                arguments.append(quoted("*:file:_files"))
            elif command.operand:
                # Nothing can be offered for it, but zsh gives up on a line with a word that no argument is for.
                arguments.append(quoted(f"1:{command.operand}: "))
            if arguments:
                out.append("  _arguments -s \\")
                out.append(" \\\n".join(f"    {argument}" for argument in arguments))
            else:
                out.append("  _message 'nothing follows'")
        out.append("}")
    out.append('_torii "$@"')
    return "\n".join(out) + "\n"


def fish(commands):
    known = " ".join(quoted(" ".join(c.words)) for c in commands if c.words)
    out = [HEAD]
    out.append("# Whether the words so far are those of a command, and no verb of it has been given.")
    out.append("function __torii_is")
    out.append("    set -l command ''")
    out.append("    for word in (commandline -opc)[2..-1]")
    out.append("        set -l longer (string trim -- \"$command $word\")")
    out.append(f"        contains -- $longer {known}; and set command $longer")
    out.append("    end")
    out.append("    test \"$command\" = \"$argv[1]\"")
    out.append("end")
    out.append("complete -c torii -f")
    for command in commands:
        condition = f"-n {quoted('__torii_is ' + quoted(' '.join(command.words)))}"
        if command.words == ("help",):
            out.append(f"complete -c torii {condition} -a {quoted(' '.join(list(commands[0].verbs) + ['settings']))}")
        for verb, summary in command.verbs.items():
            out.append(f"complete -c torii {condition} -a {verb} -d {quoted(summary)}")
        for option in shown(command):
            words = f"-l {option.long}" + (f" -s {option.short}" if option.short else "")
            if option.choices:
                words += f" -x -a {quoted(' '.join(option.choices))}"
            elif kind(option.value) == "file":
                words += " -r -F"
            elif kind(option.value) == "folder":
                words += " -x -a '(__fish_complete_directories)'"
            elif option.value:
                words += " -x"
            out.append(f"complete -c torii {condition} {words} -d {quoted(option.text)}")
        if command.operand == "library":
            out.append(f"complete -c torii {condition} -a '(__fish_complete_suffix .so)'")
        elif command.operand == "file":
            out.append(f"complete -c torii {condition} -F")
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in ("bash", "zsh", "fish"):
        sys.exit(__doc__)
    sys.stdout.write({"bash": bash, "zsh": zsh, "fish": fish}[sys.argv[2]](table(sys.argv[1])))
