# SPDX-License-Identifier: Apache-2.0
"""The second reading of a hunt: the other hosts at the endpoints of the meetings."""
import json
import os
import subprocess
import tempfile

from case import TRYST, check, finish, run

HEADER = "start,src,src_port,dst,dst_port,proto,packets,bytes\n"
LISTED = [f"2003-08-22T19:0{i}:00Z,203.0.113.{i},1024,192.0.2.7,27015,17,1,37\n" for i in (1, 2)]
OTHERS = [f"2003-08-22T19:0{i}:00Z,198.51.100.{i},1024,192.0.2.7,27015,17,1,37\n"
          for i in (1, 2, 3)]


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def hunt(hosts, *words, **streams):
    done = run("hunt", "-w", hosts, "--home", "192.0.2.0/24", "-o", "json", *words, **streams)
    return json.loads(done.stdout), done


def test_files(folder, hosts):
    a = write(f"{folder}/a.csv", HEADER + "".join(LISTED[:1] + OTHERS[:2]))
    b = write(f"{folder}/b.csv", HEADER + "".join(LISTED[1:] + OTHERS[2:]))
    case, done = hunt(hosts, a, b)
    around = case["around"]
    check("others are found", done.returncode == 0 and around["flows"] == 3 and
          around["meetings"] == 1 and around["one_in"] == 1, case)
    check("inputs are counted once", [i["flows"] for i in case["inputs"]] == [3, 2] and
          case["summary"]["flows_read"] == 5 and "read 5 flows, 2 matched" in done.stderr,
          done.stderr, case["inputs"])
    case, _ = hunt(hosts, a, b, "src net 203.0.113.0/24")
    check("the filter holds for them too", case["around"]["flows"] == 0, case)
    case, _ = hunt(hosts, a, b, "-t", "2003-08-22T19:00/2003-08-22T19:02")
    check("and the window", case["around"]["flows"] == 2, case)
    texts = []
    for words in (["-j", "1", a, b], ["-j", "8", b, a]):
        case, _ = hunt(hosts, *words)
        case["command"] = case["created"] = None
        texts.append(json.dumps(case))
    check("the same case with 1 and 8 threads", texts[0] == texts[1])
    far = write(f"{folder}/far.csv", HEADER + OTHERS[0].replace("2003", "2004"))
    case, _ = hunt(hosts, a, b, far)
    check("what is far away in time is not read again", case["around"]["flows"] == 3, case)


def test_once(folder, hosts):
    text = HEADER + "".join(LISTED + OTHERS)
    case, done = hunt(hosts, "-", stdin=text)
    check("the standard input cannot be read again", done.returncode == 0 and
          "read only once" in case["around"]["untested"] and
          any("read only once" in c for c in case["caveats"]), case)
    fifo = f"{folder}/fifo"
    os.mkfifo(fifo)
    with subprocess.Popen([TRYST, "hunt", "-w", hosts, "-o", "json", fifo],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as p:
        write(fifo, text)
        out, err = p.communicate(timeout=60)
    case = json.loads(out)
    check("nor can a pipe", "read only once" in case["around"]["untested"] and
          case["summary"]["meetings"] == 1, out, err)
    case, _ = hunt(hosts, write(f"{folder}/alone.csv", HEADER + LISTED[0] + OTHERS[0]))
    check("without a meeting nothing is read again",
          case["around"] == {"untested": "There is no meeting."} and
          not any("Who else" in c for c in case["caveats"]), case)


def main():
    with tempfile.TemporaryDirectory() as folder:
        hosts = write(f"{folder}/list", "203.0.113.1\n203.0.113.2\n")
        test_files(folder, hosts)
        test_once(folder, hosts)
    finish()


main()
