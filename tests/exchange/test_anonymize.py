# SPDX-License-Identifier: Apache-2.0
"""Anonymised reports: nothing of the home network is left in any format, prefixes are kept, the
same key gives the same addresses, and nfanon gives the same ones."""
import csv
import io
import ipaddress
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile

from case import check, expect, finish, run, skip

KEY = "0123456789abcdef0123456789ABCDEF"  # 32 characters
HOME = ["192.0.2.0/24", "2001:db8:1::/48"]
EXPORTERS = ["198.51.100.1", "2001:db8:ffff::1"]
FORMATS = ["text", "json", "html", "md", "csv", "csv-meetings", "csv-hosts", "csv-companions",
           "csv-findings", "csv-search", "stix", "misp", "misp-sightings", "ecs", "zeek",
           "dshield", "cef"]
# Names and labels say home addresses as well.
LIST = ("203.0.113.7 # seen from 192.0.2.27 and [2001:db8:1::27]:443, also 192.000.002.028\n"
        "203.0.113.8 # our 192.0.2.0/25, not 192.0.20.1\n203.0.113.9\n2001:db8:bad::7\n"
        "192.0.2.66 # one of ours\n")
FLOWS = "start,end,src,dst,src_port,dst_port,proto,packets,bytes,tcp_flags,exporter\n" + "".join(
    f"2026-11-23T10:{n:02}:00Z,2026-11-23T10:{n:02}:05Z,203.0.113.{7 + n % 3},192.0.2.{27 + n % 2},"
    f"{40000 + n},6667,6,5,300,27,{EXPORTERS[0]}\n"
    f"2026-11-23T10:{n:02}:00.1Z,2026-11-23T10:{n:02}:05Z,192.0.2.{27 + n % 2},"
    f"203.0.113.{7 + n % 3},6667,{40000 + n},6,5,900,27,{EXPORTERS[0]}\n" for n in range(12)) + (
    f"2026-11-23T11:00:00Z,,2001:db8:1::27,2001:db8:bad::7,50000,443,6,3,180,2,{EXPORTERS[1]}\n"
    f"2026-11-23T12:00:00Z,,192.0.2.66,203.0.113.99,50000,443,6,3,180,2,{EXPORTERS[0]}\n"
    f"2026-11-23T12:00:00Z,,203.0.113.99,192.0.2.66,50000,443,6,3,180,2,{EXPORTERS[0]}\n"
    f"2026-11-23T13:00:00Z,,203.0.113.7,192.0.2.29,,,1,1,84,,{EXPORTERS[0]}\n")


def addresses(text):
    """Every address in a text, however it is written; a list of sets by family."""
    found = set()
    for token in re.findall(r"\d{1,3}(?:\.\d{1,3}){3}", text):
        try:
            found.add(ipaddress.ip_address(".".join(str(int(o)) for o in token.split("."))))
        except ValueError:
            pass
    for token in re.findall(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*", text):
        for end in range(len(token), 1, -1):
            try:
                found.add(ipaddress.ip_address(token[:end]))
                break
            except ValueError:
                pass
    return found


def is_home(ip):
    return any(ip in ipaddress.ip_network(net) for net in HOME) or str(ip) in EXPORTERS


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def hunt(folder, *words):
    homes = [word for net in HOME for word in ("--home", net)]
    return run("hunt", "-q", "-w", f"{folder}/secret-project/lists/", *homes,
               "--event", "2026-11-23T10:00Z null route at 192.0.2.1",
               "--dead", "2026-11-23T09:00Z 203.0.113.0/24", *words,
               f"{folder}/secret-project/router-192.0.2.254.csv", "not src ip 192.0.2.200")


def test_nothing_left(folder, key):
    saved = f"{folder}/case.json"
    hunt(folder, "--save", saved)
    plain = run("report", "-o", "json", saved).stdout
    check("the case itself has them", sum(map(is_home, addresses(plain))) >= 5)
    for name in FORMATS:
        done = run("report", "-o", name, "--anonymize-key", key, saved)
        left = sorted(map(str, filter(is_home, addresses(done.stdout))))
        check(f"{name}: no address of the home network is left",
              done.returncode == 0 and done.stdout and not left, left, done.stderr)
        # Short forms, folders, and what spells them otherwise.
        spelt = [w for w in ("192.0.2.", "192.0.2/", "192.000", "2001:db8:1:", "198.51.100.1",
                             "db8:ffff", "secret-project", folder) if w in done.stdout]
        check(f"{name}: nor its beginning, nor a folder", not spelt, spelt)
        again = run("report", "-o", name, "--anonymize-key", key, saved)
        check(f"{name}: the same key, the same bytes", again.stdout == done.stdout)
    for name in "json", "text":
        done = hunt(folder, "-o", name, "--anonymize-key", key, "--save", f"{folder}/hidden.json",
                    "--report", f"{folder}/hidden.html")
        texts = [done.stdout]
        for path in "hidden.json", "hidden.html":
            with open(f"{folder}/{path}", encoding="utf-8") as f:
                texts.append(f.read())
        left = [ip for text in texts for ip in addresses(text) if is_home(ip)]
        check(f"hunt -o {name}: nothing left in what it prints and saves",
              done.returncode == 0 and not left, left, done.stderr)
    return json.loads(plain)


def shared(a, b):
    """How many leading bits are equal."""
    return a.max_prefixlen - (int(a) ^ int(b)).bit_length()


def test_mapping(folder, key, plain):
    saved = f"{folder}/case.json"
    hidden = json.loads(run("report", "-o", "json", "--anonymize-key", key, saved).stdout)
    image = {}
    for old, new in zip(plain["sightings"], hidden["sightings"]):
        image[ipaddress.ip_address(old["home"])] = ipaddress.ip_address(new["home"])
        check(f"sighting {old['id']}: the listed host stays",
              old["peer"] == new["peer"] or old["listed"] != "peer", old, new)
    check("every home address has one image", len(set(image.values())) == len(image) and
          all(old != new for old, new in image.items()), image)
    pairs = [(a, b) for a, b in itertools.combinations(image, 2) if a.version == b.version]
    check("prefixes are kept", pairs and
          all(shared(a, b) == shared(image[a], image[b]) for a, b in pairs), image)
    nets = [ipaddress.ip_network(net) for net in hidden["home"]]
    check("home addresses are in the image of home", len(nets) == 2 and all(
        any(new in net for net in nets) for new in image.values()), nets, image)
    text = json.dumps(hidden)
    check("text says the same as the fields",
          str(image[ipaddress.ip_address("192.0.2.27")]) in
          hidden["hosts"][0]["entries"][0]["label"] + text)
    label = next(e["label"] for h in hidden["hosts"] for e in h["entries"] if "label" in e and
                 "our" in e["label"])
    check("what is not home's is left", "192.0.20.1" in label and "/25" in label, label)
    check("a caveat says so", "Crypto-PAn" in hidden["caveats"][-1])
    check("the file's name is kept", hidden["inputs"][0]["path"].startswith("router-"))
    # Neither the old nor the new Community ID gives the old address away.
    ids = {s["community_id"] for s in plain["sightings"] if "community_id" in s}
    check("Community IDs are made anew",
          not ids & {s.get("community_id") for s in hidden["sightings"] if s["listed"] == "peer"})
    other = write(f"{folder}/other.key", KEY[::-1])
    third = json.loads(run("report", "-o", "json", "--anonymize-key", other, saved).stdout)
    check("another key, other addresses", third["sightings"][0]["home"] !=
          hidden["sightings"][0]["home"])
    once, twice = (run("report", "-o", "json", "--anonymize", saved) for _ in range(2))
    check("without a key file, another key each time, which is said",
          once.stdout != twice.stdout and "new key that is not kept" in once.stderr)
    return image


def test_keys(folder):
    saved = f"{folder}/case.json"
    hexadecimal = KEY.encode().hex()
    want = run("report", "--anonymize-key", f"{folder}/key", saved).stdout
    for name, text in (("hex", hexadecimal),
                       ("hex with 0x and a line end", "0x" + hexadecimal + "\n"),
                       ("characters and a line end", KEY + "\n")):
        path = write(f"{folder}/form.key", text)
        check(f"the key as {name}", run("report", "--anonymize-key", path, saved).stdout == want)
    for name, text in (("short", "abc"), ("empty", ""), ("no hex", "x" * 64)):
        path = write(f"{folder}/bad.key", text)
        expect(f"a key that is none: {name}", run("report", "--anonymize-key", path, saved), 2,
               out="", err="bad.key: no key: expected 32 characters or 64 hexadecimal digits")
    done = run("report", "--anonymize-key", f"{folder}/none.key", saved)
    check("no key file: nothing is written", done.returncode != 0 and not done.stdout, done.stderr)


def test_no_home(folder, key):
    """Without --home the side that is not listed is hidden."""
    flows = f"{folder}/secret-project/router-192.0.2.254.csv"
    done = run("hunt", "-q", "-w", f"{folder}/secret-project/lists/", "-o", "json",
               "--anonymize-key", key, flows)
    left = [ip for ip in addresses(done.stdout) if str(ip) in ("192.0.2.27", "192.0.2.28")]
    check("without --home: the side that is not listed", done.returncode == 0 and not left, left)
    run("simulate", "S5", "--seed", 3, "-q", "-o", f"{folder}/s5", "--set", "hosts=256",
        "--set", "externals=2000")
    for words in ["--home", "198.18.0.0/16"], []:
        done = run("meet", "-q", *words, "-o", "json", "--anonymize-key", key,
                   f"{folder}/s5/flows.csv")
        case = json.loads(done.stdout)
        clients = {ip for f in case["findings"] for ip in f["clients"]}
        check(f"meet {' '.join(words) or 'without --home'}: clients are hidden",
              clients and not [ip for ip in clients if ip.startswith("198.18.")], clients)


def test_nfanon(folder, image):
    """The same key: nfanon gives the same addresses."""
    name = "nfanon gives the same IPv4 addresses"
    if not shutil.which("nfanon"):
        skip(name, "nfanon is not installed")
        return
    ips = [ip for ip in image if ip.version == 4]
    flows = "start,src,dst,src_port,dst_port,proto,packets,bytes\n" + "".join(
        f"2026-11-23T10:00:{n:02}Z,{ip},203.0.113.1,{n + 1},80,17,1,100\n"
        for n, ip in enumerate(ips))
    write(f"{folder}/plain.csv", flows)
    run("export", "--as", "nfdump", "-o", f"{folder}/plain.nf", f"{folder}/plain.csv")
    subprocess.run(["nfanon", "-q", "-K", KEY, "-r", f"{folder}/plain.nf", "-w",
                    f"{folder}/hidden.nf"], check=False, capture_output=True, timeout=60)
    done = run("flows", "-q", "-o", "csv", f"{folder}/hidden.nf")
    got = {int(row["src_port"]): row["src"] for row in csv.DictReader(io.StringIO(done.stdout))}
    want = {n + 1: str(image[ip]) for n, ip in enumerate(ips)}
    check(name, got == want, got, want)


def main():
    with tempfile.TemporaryDirectory() as folder:
        write(f"{folder}/secret-project/lists/list.txt", LIST)
        write(f"{folder}/secret-project/router-192.0.2.254.csv", FLOWS)
        key = write(f"{folder}/key", KEY)
        plain = test_nothing_left(folder, key)
        image = test_mapping(folder, key, plain)
        test_keys(folder)
        test_no_home(folder, key)
        test_nfanon(folder, image)
    finish()


main()
