# SPDX-License-Identifier: Apache-2.0
"""What is written may not be what is read: the run is refused, and the file stays as it was."""
import os
import tempfile

from case import check, expect, finish, run

LIST = "93.184.216.34\n"
TEXT = "start,src,dst,bytes\n2003-08-22T19:00:00Z,93.184.216.34,198.51.100.7,100\n"


class Files:
    """The files of a run, and that they are as they were."""

    def __init__(self, folder):
        self.folder = folder
        self.texts = {}

    def path(self, name, text=None):
        if text is not None:
            self.texts[name] = text
            os.makedirs(os.path.dirname(f"{self.folder}/{name}"), exist_ok=True)
            with open(f"{self.folder}/{name}", "w", encoding="utf-8") as f:
                f.write(text)
        return f"{self.folder}/{name}"

    def refused(self, what, words, err):
        expect(what, run(*words), 2, err=err)
        for name, text in self.texts.items():
            with open(f"{self.folder}/{name}", encoding="utf-8") as f:
                check(f"{what}: {name} is as it was", f.read() == text)


def main():
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder)
        flows, hosts = files.path("flows.csv", TEXT), files.path("hosts.txt", LIST)
        inside = files.path("archive/flows.csv", TEXT)
        own, rule = files.path("own.txt", "198.51.100.0/24\n"), files.path("rule", "proto 6\n")
        undo = files.path("block.undo", "93.184.216.35\n")
        link, hard = files.path("link"), files.path("hard")
        os.symlink("flows.csv", link)
        os.link(flows, hard)
        hunt = ("hunt", "-w", hosts)
        export = ("export", "--as", "csv")
        block = ("block", hosts, "--as", "list", "--own", own)
        for what, words, err in (
                ("hunt --save", (*hunt, "--save", flows, flows),
                 f"tryst: --save: {flows} is an input of this run: name another file"),
                ("by a link", (*hunt, "--save", link, flows), "link is an input of this run"),
                ("by a second name", (*hunt, "--report", hard, flows), "--report: "),
                ("in a directory", (*hunt, "--save", inside, f"{folder}/archive"), "an input"),
                ("with -r", (*hunt, "--save", flows, "-r", flows), "is an input"),
                ("the watchlist", (*hunt, "--save", hosts, flows), "is a watchlist of this run"),
                ("the filter", (*hunt, "--save", rule, "-f", rule, flows), "the --filter-file"),
                ("two that are not there", (*hunt, "--save", f"{folder}/new", "--report",
                                            f"{folder}/archive/../new", flows),
                 "new is what --save writes"),
                ("meet --known", ("meet", "--known", hosts, "--save", hosts, flows), "--known"),
                ("export", (*export, "-o", flows, flows), "--output: "),
                ("export: the list", (*export, "-w", hosts, "-o", hosts, flows), "a watchlist"),
                ("block: the list", (*block, "-o", hosts), "is an input of this run"),
                ("block: own networks", (*block, "-o", own), "is an --own file"),
                ("block: flows", (*block, "-r", f"{folder}/archive", "-o", inside), "an input"),
                ("block: the undo", ("block", undo, "--as", "list", "--own", own, "-o",
                                     f"{folder}/block"), "block.undo is an input")):
            files.refused(what, words, err)
        for what in "other files", "again, over what they were":
            expect(what, run(*hunt, "--save", f"{folder}/case", "--report", f"{folder}/page",
                             flows), 0)
        for option in "--save", "--report":
            for path, why in ((f"{folder}/none/case", "no such"), (folder, "a directory")):
                done = run(*hunt, option, path, flows)
                check(f"{option}: no place for a file is said before anything is read",
                      done.returncode == 4 and not done.stdout and why in done.stderr,
                      done.stderr)
        expect("devices", run(*hunt, "--save", "/dev/null", "--report", "/dev/null", flows), 0)
    finish()


main()
