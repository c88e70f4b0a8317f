"""Reading C just well enough for the checks: what is comment, what is string, what is code, where functions begin and end."""
import re
from pathlib import Path

TOKEN = re.compile(r"""
    (?P<comment> /\*.*?\*/ | //[^\n]* )
  | (?P<string> "(?:[^"\\\n]|\\.)*" )
  | (?P<char> '(?:[^'\\\n]|\\.)+' )
""", re.S | re.X)
FUNCTION = re.compile(r"([A-Za-z_]\w*)\s*\(")


class CSource:
    """`code` is the text with comments and the insides of strings blanked, line for line; `strings` are (line, text)."""

    def __init__(self, path):
        self.path, self.text, self.strings = path, Path(path).read_text(encoding="utf-8"), []
        self.code = TOKEN.sub(self._blank, self.text)
        self.lines = self.code.split("\n")

    def _blank(self, m):
        token = m.group(0)
        if m.lastgroup == "string":
            # An #include's name is needed as it is.
            begin = self.text.rfind("\n", 0, m.start()) + 1
            if self.text[begin:m.start()].strip().startswith("#"):
                return token
            self.strings.append((self.text.count("\n", 0, m.start()) + 1, token[1:-1]))
            return '"' + " " * (len(token) - 2) + '"'
        if m.lastgroup == "char":
            return "'" + " " * (len(token) - 2) + "'"
        return re.sub(r"[^\n]", " ", token)

    def includes(self):
        """(line, name) of each #include with quotes."""
        for number, line in enumerate(self.lines, 1):
            if m := re.match(r'\s*#\s*include\s+"([^"]+)"', line):
                yield number, m.group(1)

    def functions(self):
        """(name, first line, last line): the house style puts a function's braces at the beginning of a line."""
        begin = None
        for number, line in enumerate(self.lines, 1):
            if line.rstrip() == "{":
                begin = number
            elif line.startswith("}") and begin:
                head = " ".join(self.lines[max(0, begin - 6):begin - 1])
                names = FUNCTION.findall(re.split(r"[;}]", head)[-1])
                yield (names[0] if names else "?"), begin, number
                begin = None
