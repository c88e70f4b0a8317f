#!/usr/bin/python3
"""html2c.py OUT.c OUT.h [-i HEADER]… TEMPLATE…: compiles page and letter templates into C functions.

A template's first line is its C signature: {page web_case(struct page *p, const struct case_view *v)}. The first parameter
points to something with `out` (struct buf *) and `lang` (enum lang). The rest is HTML (.html) or plain text (.txt) with

  {: C :}               C statements; a block must close in the context (text, tag, attribute value) in which it opened
  {= expr}              a const char *, escaped by context; NULL is empty
  {* expr}              the same with its line breaks: <br> in HTML; in text each line gets what stands before the first
  {# expr}              an integer
  {_Text with %s|expr}  translated by tr(p->lang, "Text with %s"), %s a string, %d an integer; result and values escaped
  {_n One|%d of them|n} the first text when n is 1, else the second
  {@ call(args)}        another template

Contexts: text; attribute value; URL attribute (a value at its start must be http:, https:, mailto: or relative, else it becomes
"#"; a value further on is percent-encoded). Values in plain text lose line breaks and control characters, so that none can
begin a header or a line of its own. Refused: values in <script> and <style>, in tags outside quotes, unquoted attributes,
style= and on…= attributes, blocks and templates that end in another context than they began.
A backslash before |, } or a backslash makes it part of a translated text. Comments are left out of the output.
"""
import os
import re
import sys

URL_ATTRS = {"href", "src", "action", "formaction", "cite", "poster", "data", "srcset"}
OPENERS = ("{:", "{=", "{*", "{#", "{_", "{@")
NAME = re.compile(r"[A-Za-z][-A-Za-z0-9:]*")


class TemplateError(Exception):
    pass


def c_string(text):
    """Bytes as C string literals, one a line of the template."""
    parts = []
    for line in text.splitlines(keepends=True):
        out = "".join({"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\", "?": "\\?"}.get(c)
                      or (c if c >= " " else f"\\{ord(c):03o}") for c in line)
        parts.append(f'"{out}"')
    return "\n\t\t".join(parts) or '""'


def scan_c(text, at, ends, where):
    """Index of the first of `ends` at depth 0 of a C expression; strings, characters and brackets are passed over."""
    depth, i = 0, at
    while i < len(text):
        c = text[i]
        if c in "\"'":
            m = re.compile(r"(\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')").match(text, i)
            if not m:
                raise TemplateError(f"{where}: a quote is not closed")
            i = m.end()
            continue
        if depth == 0 and c in ends:
            return i
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        i += 1
    raise TemplateError(f"{where}: not closed")


class Context:
    """Where in the HTML we are; fed the literal text, asked at each value."""

    def __init__(self, html):
        self.html = html
        self.state, self.tag, self.attr, self.empty = "text", "", "", True

    def key(self):
        return (self.state, self.tag if self.state != "text" else "", self.attr if self.state == "value" else "")

    def name(self):
        return {"text": "text", "tag": f"the tag <{self.tag}>", "value": f"the attribute {self.attr}",
                "raw": f"<{self.tag}>"}[self.state]

    def feed(self, text, where):
        i = 0
        while self.html and i < len(text):
            i = getattr(self, "in_" + self.state)(text, i, where)

    def in_text(self, text, i, where):
        at = text.find("<", i)
        if at < 0:
            return len(text)
        m = NAME.match(text, at + 1)
        if m:
            self.state, self.tag = "tag", m.group().lower()
            return m.end()
        end = text.find(">", at)
        if not text.startswith(("</", "<!"), at) or end < 0:
            raise TemplateError(f"{where}: a bare < in the text: write &lt;")
        return end + 1

    def in_tag(self, text, i, where):
        c = text[i]
        if c.isspace() or c == "/":
            return i + 1
        if c == ">":
            self.state = "raw" if self.tag in ("script", "style") else "text"
            return i + 1
        m = NAME.match(text, i)
        if not m:
            raise TemplateError(f"{where}: “{c}” in the tag <{self.tag}>")
        self.attr = m.group().lower()
        if self.attr == "style" or self.attr.startswith("on"):
            raise TemplateError(f"{where}: no {self.attr}= attributes (the content security policy refuses them)")
        i = m.end()
        if i < len(text) and text[i] == "=":
            if text[i + 1:i + 2] != '"':
                raise TemplateError(f"{where}: the value of {self.attr} needs double quotes")
            self.state, self.empty = "value", True
            return i + 2
        return i

    def in_value(self, text, i, where):
        end = text.find('"', i)
        if end != i:
            self.empty = False
        if end < 0:
            return len(text)
        self.state = "tag"
        return end + 1

    def in_raw(self, text, i, where):
        end = text.lower().find(f"</{self.tag}", i)
        if end < 0:
            return len(text)
        self.state, size = "tag", 2 + len(self.tag)
        self.tag = "/" + self.tag
        return end + size

    def escape(self, where):
        """The run-time context for a value that stands here."""
        if not self.html:
            return "H_PLAIN"
        if self.state == "raw":
            raise TemplateError(f"{where}: no values in <{self.tag}>")
        if self.state == "tag":
            raise TemplateError(f"{where}: a value in the tag <{self.tag}> must stand in a quoted attribute")
        if self.state == "text":
            return "H_TEXT"
        first, self.empty = self.empty, False
        if self.attr in URL_ATTRS:
            return "H_URL" if first else "H_URLPART"
        return "H_ATTR"


class Template:
    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        m = re.match(r"\{page\s+((\w+)\s*\((.*?)\))\s*\}\n", self.text)
        if not m:
            raise TemplateError(f"{path}:1: the first line must be {{page name(struct … *p, …)}}")
        self.signature, self.name = m.group(1), m.group(2)
        self.p = re.findall(r"\w+", m.group(3).split(",")[0])[-1]
        self.at, self.context, self.code, self.open = m.end(), Context(path.endswith(".html")), [], []
        self.literal, self.line_head = "", ""

    def where(self, at=None):
        return f"{self.path}:{self.text.count(chr(10), 0, self.at if at is None else at) + 1}"

    def emit(self, code, at=None):
        self.flush()
        line = self.text.count("\n", 0, self.at if at is None else at) + 1
        self.code.append(f'#line {line} "{self.path}"\n\t{code}')

    def flush(self):
        if self.literal:
            size = len(self.literal.encode("utf-8"))
            self.code.append(f"\tbuf_add({self.p}->out, {c_string(self.literal)}, {size});")
        self.literal = ""

    def add_literal(self, text):
        self.context.feed(text, self.where())
        self.literal += text
        self.line_head = (self.line_head + text).rsplit("\n", 1)[-1]

    def tidy(self, start, end):
        """A line that holds only a statement leaves no blank line behind: the end of what it takes."""
        head = self.text[self.text.rfind("\n", 0, start) + 1:start]
        m = re.compile(r"[ \t]*\n").match(self.text, end)
        if head.strip(" \t") == "" and m and self.context.state != "value":
            if head and self.literal.endswith(head):
                self.literal = self.literal[:-len(head)]
            return m.end()
        return end

    def statement(self, start):
        end = self.text.find(":}", start)
        if end < 0:
            raise TemplateError(f"{self.where(start)}: {{: is not closed by :}}")
        body = self.text[start + 2:end].strip()
        after = self.tidy(start, end + 2)
        for m in re.finditer(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[{}]", body):
            if m.group() == "{":
                self.open.append((self.context.key(), self.where(start)))
            elif m.group() == "}":
                if not self.open:
                    raise TemplateError(f"{self.where(start)}: a }} without its {{")
                key, opened = self.open.pop()
                if key != self.context.key():
                    raise TemplateError(f"{self.where(start)}: the block of {opened} ends in {self.context.name()}, not where it began")
        self.emit(body, start)
        self.context.empty = False
        return after

    def value(self, start, kind):
        end = scan_c(self.text, start + 2, "}", self.where(start))
        expr, ctx = self.text[start + 2:end].strip(), self.context.escape(self.where(start))
        if kind == "#":
            self.emit(f"buf_int({self.p}->out, {expr});", start)
        elif kind == "=":
            self.emit(f"h_put({self.p}->out, {ctx}, {expr});", start)
        else:
            if ctx not in ("H_TEXT", "H_PLAIN"):
                raise TemplateError(f"{self.where(start)}: {{* stands in text only")
            self.emit(f"h_lines({self.p}->out, {ctx}, {c_string(self.line_head)}, {expr});", start)
        return end + 1

    def text_part(self, at):
        """A translated text up to | or }, its backslashes taken away."""
        m = re.compile(r"((?:[^\\|}]|\\.)*)([|}])", re.S).match(self.text, at)
        if not m:
            raise TemplateError(f"{self.where(at)}: {{_ is not closed")
        return re.sub(r"\\([\\|}])", r"\1", m.group(1)).strip(), m.group(2), m.end()

    def translated(self, start):
        plural = re.compile(r"\{_n\s").match(self.text, start)
        msgid, stop, at = self.text_part(plural.end() if plural else start + 2)
        ctx, many = self.context.escape(self.where(start)), None
        if ctx in ("H_URL", "H_URLPART"):
            raise TemplateError(f"{self.where(start)}: no translated text in the attribute {self.context.attr}")
        if plural:
            if stop != "|":
                raise TemplateError(f"{self.where(start)}: {{_n needs two texts and a number")
            many, stop, at = self.text_part(at)
        args = []
        while stop == "|":
            end = scan_c(self.text, at, "|}", self.where(start))
            args.append(self.text[at:end].strip())
            stop, at = self.text[end], end + 1
        wanted = len(re.findall(r"%(?:\d+\$)?[sd]", many or msgid))
        if (not plural and wanted != len(args)) or (plural and (len(args) < 1 or wanted > len(args))):
            raise TemplateError(f"{self.where(start)}: {wanted} values wanted, {len(args)} given: {msgid}")
        text = f"tr({self.p}->lang, {c_string(msgid)})"
        if plural:
            text = f"({args[0]}) == 1 ? {text} : tr({self.p}->lang, {c_string(many)})"
        if args:
            values = ", ".join(f"H_ARG({a})" for a in args)
            self.emit(f"h_format({self.p}->out, {ctx}, {text}, (const struct h_arg[]){{ {values} }}, {len(args)});", start)
        else:
            self.emit(f"h_put({self.p}->out, {ctx}, {text});", start)
        return at

    def call(self, start):
        end = scan_c(self.text, start + 2, "}", self.where(start))
        if self.context.state != "text":
            raise TemplateError(f"{self.where(start)}: another template can only stand in text")
        after = self.tidy(start, end + 1)
        self.emit(self.text[start + 2:end].strip() + ";", start)
        return after

    def comment_end(self, at):
        if not self.context.html or self.context.state != "text" or not self.text.startswith("<!--", at):
            return -1
        end = self.text.find("-->", at)
        if end < 0:
            raise TemplateError(f"{self.where(at)}: a comment is not closed")
        return end + 3

    def step(self):
        start = self.at
        for opener in OPENERS:
            if self.text.startswith(opener, start):
                kind = opener[1]
                if kind == ":":
                    self.at = self.statement(start)
                elif kind == "_":
                    self.at = self.translated(start)
                elif kind == "@":
                    self.at = self.call(start)
                else:
                    self.at = self.value(start, kind)
                return
        m = re.compile(r"\{[:=*#_@]|<!--").search(self.text, start + 1)
        end = m.start() if m else len(self.text)
        after = self.comment_end(start)
        if after > 0:
            self.at = self.tidy(start, after)
            return
        self.add_literal(self.text[start:end])
        self.at = end

    def compile(self):
        while self.at < len(self.text):
            self.step()
        self.flush()
        if self.open:
            raise TemplateError(f"{self.open[-1][1]}: a block is not closed")
        if self.context.html and self.context.state != "text":
            raise TemplateError(f"{self.where()}: the template ends in {self.context.name()}")
        return f"void {self.signature}\n{{\n" + "\n".join(self.code) + "\n}\n"


def main(argv):
    if len(argv) < 4:
        print(__doc__, file=sys.stderr)
        return 2
    out_c, out_h, rest, includes, paths = argv[1], argv[2], argv[3:], [], []
    while rest:
        (includes.append(rest.pop(1)) or rest.pop(0)) if rest[0] == "-i" else paths.append(rest.pop(0))
    templates = [Template(path) for path in paths]
    bodies = [t.compile() for t in templates]
    guard = re.sub(r"\W", "_", os.path.basename(out_h)).upper()
    with open(out_h, "w", encoding="utf-8") as f:
        f.write(f"/* Generated by tools/html2c.py. */\n#ifndef {guard}\n#define {guard}\n")
        f.write("".join(f'#include "{i}"\n' for i in includes))
        f.write("".join(f"void {t.signature};\n" for t in templates) + "#endif\n")
    with open(os.path.join(os.path.dirname(os.path.realpath(__file__)), "html2c.h"), encoding="utf-8") as f:
        runtime = f.read()
    with open(out_c, "w", encoding="utf-8") as f:
        f.write(f'/* Generated by tools/html2c.py. */\n#include "{os.path.basename(out_h)}"\n{runtime}\n' + "\n".join(bodies))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv))
    except (OSError, TemplateError) as why:
        print(f"html2c.py: {why}", file=sys.stderr)
        sys.exit(1)
