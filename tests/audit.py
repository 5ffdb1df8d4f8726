"""Known vulnerabilities of the locked dependencies: fails on one, and says so when the database cannot be reached."""

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"


def main() -> int:
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--require-hashes", "-r", str(LOCK)]
    try:
        ended = subprocess.run(
            [*command, "--format", "json", "--progress-spinner", "off", "--timeout", "10"],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        audited = json.loads(ended.stdout)["dependencies"]
    except (ValueError, KeyError, subprocess.TimeoutExpired):
        print("dependencies were not audited: the database of pip-audit cannot be reached from here")
        return 0
    skipped = [package["name"] for package in audited if "skip_reason" in package]
    if len(skipped) == len(audited):
        print("dependencies were not audited: the database of pip-audit knows none of them from here")
        return 0
    broken = [package for package in audited if package.get("vulns")]
    for package in broken:
        names = ", ".join(vulnerability["id"] for vulnerability in package["vulns"])
        print(f"{package['name']} {package['version']}: {names}")
    said = f", {len(skipped)} not known to the database" if skipped else ""
    print(f"{len(audited) - len(skipped)} locked dependencies audited: {len(broken)} with known vulnerabilities{said}")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
