#!/usr/bin/env python3
"""The layout gate: what the ABI's headers declare may only grow at the end.

    check_layout.py [--include FOLDER] [--accept]

Compares the layout of torii/plugin.h with layout.txt, the layout as it was agreed on, and with the layout of every
released version (1.0/layout.txt, …); and that of torii/draft.h, by its own rules, with draft_layout.txt. --accept
writes layout.txt and draft_layout.txt anew, if they only grow.
"""

import argparse
import re
import sys
from pathlib import Path

from layout import INCLUDE, LayoutError, layout, parse

HERE = Path(__file__).resolve().parent

# Structs that stand in others by value or in arrays: they have no struct_size and never change.
FROZEN = {"torii_slice", "torii_header"}

# Types of fields and parameters; besides these, only what the header itself declares.
TYPES = {"uint8_t", "uint16_t", "uint32_t", "uint64_t", "int32_t", "int64_t", "size_t", "char", "void", "double"}

# No field, type or function is named like a keyword of a language that imports the header.
KEYWORDS = set("""
  alignas alignof and asm auto bool catch char8_t class co_await co_return co_yield compl concept consteval constexpr
  constinit decltype default delete do double dynamic_cast else enum explicit export extern false final float for friend
  goto if import inline long module mutable namespace new noexcept not nullptr operator or override private protected
  public register reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch
  template this thread_local throw true try typedef typeid typename typeof union unsigned using virtual void volatile
  wchar_t while xor break case const continue
  Any Self actor as associatedtype await borrowing catch consuming defer deinit didSet extension fallthrough fileprivate
  func guard in indirect init inout internal is let nil open package precedencegroup protocol repeat rethrows self
  subscript super throws var where willSet
  abstract become box crate dyn fn impl loop macro match mod move mut priv pub ref trait type unsafe unsized use yield
  chan go interface map range select
  addrspace align allowzero and anyframe anytype callconv comptime errdefer error linksection noalias nosuspend opaque or
  orelse packed resume suspend test threadlocal unreachable usingnamespace volatile
""".split())
# Of these Zig and Swift make names that are quoted, which costs their users nothing but the quotes.
QUOTED = {"resume", "error", "open"}


class Lines:
    """A layout, by what its lines are about."""

    def __init__(self, lines):
        self.text = [line for line in lines if line and not line.startswith("#")]
        self.items, self.fields = {}, {}
        for line in self.text:
            kind, name, rest = (line.split(" ", 2) + [""])[:3]
            if kind == "field":
                struct, _, field = name.partition(".")
                self.fields.setdefault(struct, {})[field] = self._field(rest)
            else:
                self.items[kind, name] = rest

    @staticmethod
    def _field(rest):
        match = re.fullmatch(r"offset (\d+) size (\d+) type (.*)", rest)
        return int(match[1]), int(match[2]), match[3]

    def struct(self, name):
        """Size and alignment."""
        return [int(number) for number in re.findall(r"\d+", self.items["struct", name])]

    def constant(self, name):
        """(type, value as text)."""
        return self.items["constant", name].split(" ", 1)


def compare(old, new):
    """(what breaks, what was added) between two layouts."""
    broken, added = [], []
    if old.constant("TORII_ABI_MAJOR") != new.constant("TORII_ABI_MAJOR"):
        return ["TORII_ABI_MAJOR is another: a new major begins with a layout.txt of its own"], []
    for key, rest in old.items.items():
        kind, name = key
        if key not in new.items:
            broken.append(f"{kind} {name} is gone: nothing is ever removed or renamed; say in its comment that it is out of use")
        elif kind == "struct":
            broken += compare_struct(name, old, new, added)
        elif name == "TORII_ABI_MINOR":
            if int(new.constant(name)[1]) < int(old.constant(name)[1]):
                broken.append("TORII_ABI_MINOR is less than it was")
            elif new.items[key] != rest:
                added.append(f"TORII_ABI_MINOR is now {new.constant(name)[1]}")
        elif new.items[key] != rest:
            broken.append(f"{kind} {name} was `{rest}` and is `{new.items[key]}`: give the new one a name of its own")
    for key, rest in new.items.items():
        if key not in old.items:
            added.append(f"{key[0]} {key[1]}")
            if key[0] == "constant":
                broken += collisions(key[1], old, new)
    return broken, added


def compare_struct(name, old, new, added):
    """What breaks a struct that both have."""
    broken = []
    (old_size, old_alignment), (new_size, new_alignment) = old.struct(name), new.struct(name)
    before, after = old.fields.get(name, {}), new.fields.get(name, {})
    for field, (offset, size, type) in before.items():
        if field not in after:
            broken.append(f"field {name}.{field} is gone: a field is never removed or renamed; say in its comment that it is reserved")
            continue
        now = after[field]
        if now[0] != offset:
            broken.append(f"field {name}.{field} moved from offset {offset} to {now[0]}: new fields stand at the end of the struct")
        if now[2] != type:
            broken.append(f"field {name}.{field} was `{type}` and is `{now[2]}`: append a field of the new type instead")
        elif now[1] != size:
            broken.append(f"field {name}.{field} was {size} bytes and is {now[1]}: its type has another size")
    for field, (offset, _, _) in after.items():
        if field in before:
            continue
        if offset < old_size:
            broken.append(f"field {name}.{field} is new, but within the {old_size} bytes the struct had: append it at the end")
        elif name in FROZEN:
            broken.append(f"field {name}.{field} is new, but {name} stands in arrays and in other structs: it never changes")
        else:
            added.append(f"field {name}.{field}")
    if new_alignment != old_alignment:
        broken.append(f"struct {name} had alignment {old_alignment} and has {new_alignment}")
    if new_size < old_size or (new_size != old_size and set(after) == set(before)):
        broken.append(f"struct {name} was {old_size} bytes and is {new_size}")
    return broken


def group(name):
    """Constants of one group must differ: TORII_E_…, TORII_PHASE_…; the actions have no prefix of their own."""
    parts = name.split("_")
    return parts[1] if len(parts) > 2 else ""


def collisions(name, old, new):
    """A number of one group is given once."""
    kind, value = new.constant(name)
    return [
        f"constant {name} is {value}, which {other} has already: take the next number"
        for (item, other) in old.items
        if item == "constant" and group(other) == group(name) and old.constant(other) == [kind, value]
    ]


# --- What a header must be on its own ---------------------------------------------------------------------------------


def shape(lines, parsed, own=frozenset()):
    """What of a header is not as the ABI's structs are. `own`: names that another header declares."""
    wrong = []
    known = TYPES | set(parsed.structs) | {name for name, _ in parsed.types} | set(own)
    types = [(f"type {name}", type) for name, type in parsed.types] + [(f"function {name}", type) for name, type in parsed.functions]
    for name, fields in parsed.structs.items():
        if name not in FROZEN and (fields[0].name, fields[0].type) != ("struct_size", "uint32_t"):
            wrong.append(f"struct {name} does not begin with `uint32_t struct_size`: it could never grow")
        end = 0
        for field, (offset, size, _) in lines.fields[name].items():
            if offset != end:
                wrong.append(f"field {name}.{field} has {offset - end} bytes of padding before it: order the fields by size or add a reserved one")
            end = offset + size
        if lines.struct(name)[0] != end:
            wrong.append(f"struct {name} ends with padding: a field that is appended later would lie within struct_size")
        types += [(f"field {name}.{one.name}", one.type) for one in fields]
    for place, type in types:
        unknown = set(re.findall(r"[A-Za-z_]\w*", type)) - known - {"const"}
        if unknown:
            wrong.append(f"{place} uses {', '.join(sorted(unknown))}: only types of one size everywhere, and the header's own")
    names = [one.name for fields in parsed.structs.values() for one in fields]
    for name in names + [name for name, _ in parsed.types + parsed.functions] + list(parsed.structs):
        if name in KEYWORDS - QUOTED:
            wrong.append(f"{name} is a keyword of a language that imports the header: take another name")
    for name in [*parsed.structs, *(name for name, _ in parsed.types + parsed.functions)]:
        if not name.startswith("torii_"):
            wrong.append(f"{name} does not begin with torii_")
    for name in [*parsed.constants, *(name for name, _ in parsed.macros)]:
        if not name.startswith("TORII_"):
            wrong.append(f"{name} does not begin with TORII_")
    return wrong


def prefix(lines):
    """torii_body_args begins with what torii_phase_args was in 1.0."""
    body, phase = list(lines.fields["torii_body_args"].items()), list(lines.fields["torii_phase_args"].items())
    common = phase[:7]
    return [] if body[:7] == common else ["torii_body_args does not begin with the fields of torii_phase_args"]


def asserts(include, parsed):
    """The header asserts where each struct ends, so that it cannot be compiled otherwise anywhere."""
    text = (include / "torii" / "plugin.h").read_text()
    asserted = dict(re.findall(r"TORII_ASSERT_END\((\w+), (\w+), \d+, \d+\);", text))
    return [
        f"struct {name} has no static assert: add TORII_ASSERT_END({name}, {fields[-1].name}, …) at the end of the header"
        for name, fields in parsed.structs.items() if name not in asserted
    ]


# --- Drafts -----------------------------------------------------------------------------------------------------------


def check_drafts(include, accept):
    """A draft takes the next revision with every change, and keeps its shape when it moves to plugin.h."""
    stored = HERE / "draft_layout.txt"
    text = layout(include, "torii/draft.h")
    parsed, public = parse(include, "torii/draft.h"), parse(include)
    new, old, final = Lines(text), Lines(stored.read_text().splitlines() if stored.exists() else []), Lines(layout(include))
    wrong = shape(new, parsed, {*public.structs, *(name for name, _ in public.types)})
    for (kind, name), rest in old.items.items():
        match = re.fullmatch(r'text "torii\.([a-z-]+)/(\d+)"', rest) if kind == "constant" else None
        if not match:
            continue
        here = final if (kind, name) in final.items else new
        if here.items.get((kind, name)) != rest:
            continue  # the next revision, or gone
        begin = f"torii_{match[1].replace('-', '_')}_"
        for struct in [one for one in old.fields if one.startswith(begin)]:
            if old.fields[struct] != here.fields.get(struct):
                where = "changed when it moved to plugin.h" if here is final else "changed"
                wrong.append(f"struct {struct} of the draft torii.{match[1]}/{match[2]} {where}: it takes the next revision")
    if wrong or new.text == old.text:
        return wrong, []
    if accept:
        write(stored, text, "torii/draft.h")
        return [], []
    return [], ["torii/draft.h is not as draft_layout.txt says"]


def write(path, lines, header):
    path.write_text(
        f"# The layout of {header} on 64-bit platforms, as it was agreed on. Written by `Tests/ABI/run.sh --accept`.\n"
        + "\n".join(lines) + "\n")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--include", default=INCLUDE, type=Path)
    arguments.add_argument("--accept", action="store_true")
    options = arguments.parse_args()
    stored = HERE / "layout.txt"
    try:
        text, parsed = layout(options.include), parse(options.include)
        new = Lines(text)
        wrong = shape(new, parsed) + prefix(new) + asserts(options.include, parsed)
        broken, added = compare(Lines(stored.read_text().splitlines()), new) if stored.exists() else ([], ["everything"])
        wrong += broken
        for folder in sorted(HERE.glob("[0-9]*.[0-9]*")):
            release = Lines((folder / "layout.txt").read_text().splitlines())
            if layout(folder, "torii/plugin.h") != release.text:
                wrong.append(f"{folder.name}/torii/plugin.h is not what {folder.name}/layout.txt says: a release is never edited")
            major, minor = (int(release.constant(f"TORII_ABI_{name}")[1]) for name in ("MAJOR", "MINOR"))
            if [major] != [int(new.constant("TORII_ABI_MAJOR")[1])]:
                continue
            since_broken, since_added = compare(release, new)
            wrong += [f"since {folder.name}: {one}" for one in since_broken if one not in broken]
            if since_added and int(new.constant("TORII_ABI_MINOR")[1]) <= minor:
                wrong.append(f"since {folder.name} there is more ({since_added[0]}, …), but TORII_ABI_MINOR is still {minor}: raise it")
        drafts_wrong, drafts_added = check_drafts(options.include, options.accept and not wrong)
    except LayoutError as error:
        sys.exit(f"layout: {error}")
    wrong += drafts_wrong
    if not wrong and added and options.accept:
        write(stored, text, "torii/plugin.h")
        print(f"layout: accepted: {', '.join(added)}")
        added = []
    for one in wrong:
        print(f"layout: {one}")
    if not wrong:
        for one in added + drafts_added:
            print(f"layout: not agreed on yet: {one}")
        if added or drafts_added:
            print("layout: it only grows: if that is meant, run Tests/ABI/run.sh --accept and commit the layout with the header")
    if wrong or added or drafts_added:
        sys.exit(1)
    constants, fields = len(parsed.constants), sum(map(len, parsed.structs.values()))
    print(f"layout: {len(parsed.structs)} structs, {fields} fields, {constants} constants are where they were")


if __name__ == "__main__":
    main()
