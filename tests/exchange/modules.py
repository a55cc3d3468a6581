# SPDX-License-Identifier: Apache-2.0
"""Other programs' opinion, as npm packages installed into the build directory."""
import fcntl
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


def install():
    """The folder with the modules of package.json, or None and why not."""
    folder = os.environ["MODULES"]
    if not shutil.which("npm"):
        return None, "npm is not installed"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run at the same time
        shutil.copy(os.path.join(HERE, "package.json"), folder)
        done = subprocess.run(
            ["npm", "install", "--no-package-lock", "--ignore-scripts", "--no-audit",
             "--no-fund"], cwd=folder, check=False, capture_output=True, text=True, timeout=300)
    if done.returncode:
        return None, "npm could not install: " + done.stderr.strip().split("\n")[-1]
    return folder, None


def node(script, folder, *paths):
    return subprocess.run(["node", os.path.join(HERE, script), folder, *paths], check=False,
                          capture_output=True, text=True, timeout=300)
