#!/usr/bin/python3
"""po2c.py OUT.c FILE.po...: compiles translations into the hash tables that src/base/lang.c searches.

A language is named by its file: zh_TW.po fills lang_tables[LANG_ZH_TW]. Left out are fuzzy, empty and obsolete entries,
and, with a warning, those whose %-directives differ from the original's: a wrong "%s" would be read off the stack.
tools/potext uses the .po reader here.
"""
import os
import re
import sys
from dataclasses import dataclass, field

ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", '"': '"', "\\": "\\"}
DIRECTIVE = re.compile(r"%(?:(\d+)\$)?([-+ #0']*)(\d+|\*)?(\.(?:\d+|\*)?)?(hh|h|ll|l|j|z|t|L)?([diouxXeEfFgGaAcspm%])")


@dataclass
class Entry:
    msgid: str = ""
    msgstr: str = ""
    line: int = 0
    flags: list = field(default_factory=list)
    places: list = field(default_factory=list)

    def usable(self):
        return self.msgid != "" and self.msgstr != "" and "fuzzy" not in self.flags


def unquote(text, where):
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise ValueError(f"{where}: not a quoted string: {text}")

    def escape(m):
        body = m.group(1)
        if body[0] in "01234567":
            return chr(int(body, 8))
        if body not in ESCAPES:
            raise ValueError(f"{where}: unknown escape \\{body}")
        return ESCAPES[body]

    body = re.sub(r"\\([0-7]{1,3}|.)", escape, text[1:-1])
    if re.search(r'(?<!\\)(?:\\\\)*"', text[1:-1]):
        raise ValueError(f"{where}: a quote inside the string is not escaped")
    return body


def read_po(path, text=None):
    """The entries of a .po or .pot file, in order, the header (empty msgid) first; obsolete ones and plurals left out."""
    if text is None:
        with open(path, encoding="utf-8") as f:
            text = f.read()
    entries, entry, part, skip = [], Entry(), None, False

    def close():
        nonlocal entry, part, skip
        if part is not None and not skip:
            entries.append(entry)
        entry, part, skip = Entry(), None, False

    for number, line in enumerate(text.split("\n"), 1):
        where, line = f"{path}:{number}", line.strip()
        if line == "":
            close()
        elif line.startswith("#"):
            if part == "msgstr":
                close()
            if line.startswith("#,"):
                entry.flags += [flag.strip() for flag in line[2:].split(",")]
            elif line.startswith("#:"):
                entry.places += line[2:].split()
        elif line.startswith('"'):
            if part is None:
                raise ValueError(f"{where}: a string without msgid or msgstr")
            if part in ("msgid", "msgstr"):
                setattr(entry, part, getattr(entry, part) + unquote(line, where))
        else:
            keyword, _, rest = line.partition(" ")
            if keyword in ("msgid", "msgctxt") and part == "msgstr":
                close()
            if keyword in ("msgctxt", "msgid_plural") or keyword.startswith("msgstr["):
                skip, part = True, "other"
            elif keyword == "msgid":
                entry.line, entry.msgid, part = number, unquote(rest.strip(), where), "msgid"
            elif keyword == "msgstr":
                entry.msgstr, part = unquote(rest.strip(), where), "msgstr"
            else:
                raise ValueError(f"{where}: unknown keyword {keyword}")
    close()
    return entries


def directives(text, spaces):
    """What printf reads for this format, by argument. "100% of" holds a directive only where `spaces` count as a flag."""
    found, position = {}, 0
    for at, flags, width, precision, length, conversion in DIRECTIVE.findall(text):
        if conversion == "%" or (" " in flags and not spaces):
            continue
        for star in (width, precision):
            if star.endswith("*"):
                position += 1
                found[position] = "*"
        position += 1
        found[int(at) if at else position] = length + ("d" if conversion == "i" else conversion)
    return found


def same_directives(msgid, msgstr):
    is_format = bool(directives(msgid, False))
    return directives(msgid, is_format) == directives(msgstr, is_format)


def text_hash(text):
    """The same as text_hash() in src/base/lang.c."""
    data, mask = text.encode("utf-8"), (1 << 64) - 1
    h = len(data)
    for i in range(0, len(data), 8):
        h = ((h ^ int.from_bytes(data[i:i + 8], "little")) * 0x9E3779B97F4A7C15) & mask
        h ^= h >> 32
    return h & 0xFFFFFFFF


def c_string(text):
    out = "".join({"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}.get(c)
                  or (c if c >= " " else f"\\{ord(c):03o}") for c in text)
    return f'"{out}"'


def table(texts):
    size = 2
    while size < 2 * len(texts):
        size *= 2
    places = [None] * size
    for msgid, msgstr in texts.items():
        at = text_hash(msgid) & (size - 1)
        while places[at]:
            at = (at + 1) & (size - 1)
        places[at] = (text_hash(msgid), msgid, msgstr)
    return places


def texts_of(path):
    texts = {}
    for entry in read_po(path):
        if not entry.usable():
            continue
        if entry.msgid in texts:
            raise ValueError(f"{path}:{entry.line}: the msgid is there twice: {entry.msgid}")
        if "\0" in entry.msgid + entry.msgstr:
            raise ValueError(f"{path}:{entry.line}: a 0 byte")
        if same_directives(entry.msgid, entry.msgstr):
            texts[entry.msgid] = entry.msgstr
        else:
            print(f"{path}:{entry.line}: left out, its %-directives differ: {entry.msgid}", file=sys.stderr)
    return texts


def main(argv):
    if len(argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    body, index = [], []
    for path in argv[2:]:
        name = os.path.splitext(os.path.basename(path))[0]
        places = table(texts_of(path))
        body.append(f"static const struct lang_entry {name.lower()}[{len(places)}] = {{")
        body += [f"\t[{i}] = {{ 0x{p[0]:08x}u, {c_string(p[1])},\n\t\t{c_string(p[2])} }}," for i, p in
                 enumerate(places) if p] or ["\t[0] = { 0 },"]
        body.append("};\n")
        index.append(f"\t[LANG_{name.upper()}] = {{ {len(places) - 1}, {name.lower()} }},")
    with open(argv[1], "w", encoding="utf-8") as f:
        f.write("/* Generated by tools/po2c.py. */\n#include \"base/lang_int.h\"\n\n")
        f.write("\n".join(body) + "\nconst struct lang_table lang_tables[LANG_COUNT] = {\n" + "\n".join(index) + "\n};\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv))
    except (OSError, ValueError) as why:
        print(f"po2c.py: {why}", file=sys.stderr)
        sys.exit(1)
