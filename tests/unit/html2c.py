#!/usr/bin/python3
"""What tools/html2c.py makes of small templates, and what it refuses. Run: html2c.py PATH-OF-TOOLS."""
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv.pop())
from html2c import Template, TemplateError  # noqa: E402

HEAD = "{page t(struct page *p, const char *s, int n)}\n"


def compiled(body, ending=".html"):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "t" + ending)
        with open(path, "w", encoding="utf-8") as f:
            f.write(HEAD + body)
        return Template(path).compile()


class Contexts(unittest.TestCase):
    def expect(self, body, *wanted, ending=".html"):
        out = compiled(body, ending)
        for text in wanted:
            self.assertIn(text, out)

    def test_values_are_escaped_by_where_they_stand(self):
        self.expect("<p>{= s}</p>", "h_put(p->out, H_TEXT, s);")
        self.expect('<p title="{= s}">', "h_put(p->out, H_ATTR, s);")
        self.expect('<a href="{= s}">', "h_put(p->out, H_URL, s);")
        self.expect('<a href="/case/{= s}">', "h_put(p->out, H_URLPART, s);")
        self.expect('<form action="{= s}{= s}">', "H_URL, s", "H_URLPART, s")
        self.expect("a {= s}", "h_put(p->out, H_PLAIN, s);", ending=".txt")

    def test_numbers_and_lines(self):
        self.expect("<p>{# n + 1}</p>", "buf_int(p->out, n + 1);")
        self.expect("<p>{* s}</p>", 'h_lines(p->out, H_TEXT, "<p>", s);')
        self.expect("> {* s}", 'h_lines(p->out, H_PLAIN, "> ", s);', ending=".txt")

    def test_texts_are_translated_as_they_are_extracted(self):
        self.expect("{_Hello}", 'h_put(p->out, H_TEXT, tr(p->lang, "Hello"));')
        self.expect("{_%s has %d|s|n}", 'tr(p->lang, "%s has %d")', "{ H_ARG(s), H_ARG(n) }, 2)")
        self.expect('<p title="{_Hello}">', "h_put(p->out, H_ATTR, tr(")
        self.expect(r"{_a \} b \| c}", 'tr(p->lang, "a } b | c")')
        self.expect("{_n One|%d of them|n}", '(n) == 1 ? tr(p->lang, "One") : tr(p->lang, "%d of them")')
        self.expect("{_%s|n ? f(\"a|}\") : s}", 'H_ARG(n ? f("a|}") : s)')

    def test_statements(self):
        self.expect("{: if (n) { :}<b>x</b>{: } else { :}y{: } :}", "if (n) {", "} else {")
        self.expect('<input{: if (n) { :} checked{: } :}>', "if (n) {")
        self.expect("{@ other(p, s)}", "other(p, s);")


class Refusals(unittest.TestCase):
    def test_refused(self):
        for body in ("<script>{= s}</script>", "<style>{_a}</style>", "<p {= s}>", "<p class={= s}>", "<p class=x>", "<p class='x'>",
                     '<p style="x">', '<p onclick="x">', '<a href="{_text}">', '<a href="{* s}">', "a < b", "{= s", "{: if (n) { :}",
                     "{: } :}", '{: if (n) { :}<p title="{: } :}">', "<p>{: if (n) { :}<b {: } :}>", '<p title="', "<p", "{_%s}",
                     "{_a|s}", "{_n One|n}", "<p {@ other(p)}>", "<!-- x", "<p title=\"{@ other(p)}\">"):
            with self.assertRaises(TemplateError, msg=body):
                compiled(body)

    def test_the_first_line_is_a_signature(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "t.html")
            with open(path, "w", encoding="utf-8") as f:
                f.write("<p>no signature</p>")
            with self.assertRaises(TemplateError):
                Template(path)


if __name__ == "__main__":
    unittest.main()
