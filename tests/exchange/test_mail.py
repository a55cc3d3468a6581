# SPDX-License-Identifier: Apache-2.0
"""The mail to colleagues: plain text that reads well, and Markdown in which labels stay text."""
import re
import tempfile

from case import check, finish, run, skip
from modules import install, node

LABELS = ["<img src=x onerror=alert(1)>", "[click](http://evil.example/x)",
          "![](https://evil.example/pixel.png)", "`code` **bold** _slant_ ~~gone~~",
          "http://evil.example/ www.evil.example someone@evil.example", "a | b | c",
          "# heading", "&lt;script&gt; &#60;", "<!-- comment -->", "\x1b[31mred"]
LIST = "".join(f"10.9.9.{n} # {label}\n" for n, label in enumerate(LABELS, 1))
FLOWS = "start,src,dst,src_port,dst_port,proto,packets,bytes\n" + "".join(
    f"2026-11-23T10:{n:02}:00Z,10.9.9.{n},192.0.2.1,{40000 + n},6667,17,1,37\n"
    for n in range(1, len(LABELS) + 1))


def mail(folder):
    with open(f"{folder}/list.txt", "w", encoding="utf-8") as f:
        f.write(LIST)
    with open(f"{folder}/flows.csv", "w", encoding="utf-8") as f:
        f.write(FLOWS)
    done = run("hunt", "-q", "-w", f"{folder}/list.txt", "--home", "192.0.2.0/24", "--event",
               "2026-11-23T10:00Z <b>takedown</b> [x](http://evil.example)", "-o", "md",
               f"{folder}/flows.csv")
    check("a mail", done.returncode == 0 and done.stdout.startswith("# "), done.stderr)
    return done.stdout


def main():
    with tempfile.TemporaryDirectory() as folder:
        text = mail(folder)
        lines = [line for line in text.split("\n") if not line.startswith("|")]
        check("lines fit a mail", max(map(len, lines)) <= 78, max(lines, key=len))
        check("nothing a terminal obeys", not re.search("[\x00-\x09\x0b-\x1f\x7f]", text))
        check("no line ends in blanks", not re.search(r"[ \t]+$", text, re.M))
        with open(f"{folder}/mail.md", "w", encoding="utf-8") as f:
            f.write(text)
        modules, why = install()
        if not modules:
            skip("as Markdown", why)
            finish()
        html = node("mail.mjs", modules, f"{folder}/mail.md").stdout
    tags = set(re.findall(r"</?([a-zA-Z][a-zA-Z0-9]*)", html))
    check("as Markdown: only what the mail itself is made of",
          tags <= {"h1", "h2", "p", "ol", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"},
          tags, html)
    check("as Markdown: no link, no picture, no comment",
          "href" not in html and "src=" not in html.replace("&lt;img src=x", "") and
          "<!--" not in html, html)
    check("as Markdown: labels are there as text", "&lt;img src=x onerror=alert(1)&gt;" in html and
          "a | b | c" in html and "`code` **bold**" in html, html)
    cells = {row.count("<td") for row in html.split("<tr>")[2:]}
    check("as Markdown: no label is a cell of its own", len(cells) == 1, cells)
    finish()


main()
