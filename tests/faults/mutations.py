"""Takes one protection at a time out of a copy of the program and runs the test that should notice.

`python -m tests.faults.mutations [NAME …]`; what came of it goes into docs/trust.md. The copy is of the last commit,
whose tests are known to pass as it is.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.faults.tried import keep_only, note

ROOT = Path(__file__).parents[2]
WITHIN_S = 240


@dataclass(frozen=True)
class Mutation:
    """A protection and how it is taken out.

    Attributes:
        file: where it is.
        old: its code.
        new: what stands there instead.
        test: what should fail then.
    """

    file: str
    old: str
    new: str
    test: str


MUTATIONS = {
    "a run that lost a worker's load is invalid": Mutation(
        "simulator/monitor/validity.py", "ok = ratio <= MOST_LOST_RATIO", "ok = True",
        "tests/faults/test_processes.py::test_a_killed_worker_is_named_and_its_share_is_done_by_the_others",
    ),
    "a worker's report counts once": Mutation(
        "simulator/engine/gathering.py", "if report.number != post.number + 1:", "if False:",
        "tests/engine/test_gathering.py::test_a_report_that_comes_again_is_not_counted_again",
    ),
    "workers end with their master": Mutation(
        "simulator/engine/worker.py", "return self._orphaned() or", "return False and",
        "tests/faults/test_processes.py::test_workers_end_and_the_folder_is_readable_when_the_master_is_killed",
    ),
    "bodies are read up to a limit": Mutation(
        "simulator/journey/http/answer.py", "if self._left_bytes < 0:", "if False:",
        "tests/faults/test_target.py::test_bodies_without_an_end_take_no_memory",
    ),
    "a connection that died meanwhile is not used again": Mutation(
        "simulator/journey/http/pool.py", "connection.quiet and ", "",
        "tests/faults/test_target.py::test_a_target_that_dies_fails_the_run_and_makes_nothing_faster",
    ),
    "redirects are followed up to a limit": Mutation(
        "simulator/journey/http/redirect.py", "MOST_REDIRECTS = 30", "MOST_REDIRECTS = 300",
        "tests/faults/test_target.py::test_redirects_and_heads_are_capped",
    ),
    "a late event loop makes a run invalid": Mutation(
        "simulator/monitor/validity.py", "ok = lag_s <= most_s", "ok = True",
        "tests/faults/test_generator.py::test_a_generator_that_is_too_slow_blames_itself",
    ),
    "a generator that stood still makes a run invalid": Mutation(
        "simulator/monitor/validity.py", "ok = ratio <= MOST_STALLED_RATIO", "ok = True",
        "tests/faults/test_generator.py::test_a_machine_that_stood_still_is_marked",
    ),
    "a time of day that jumps is marked": Mutation(
        "simulator/monitor/validity.py", "ok = worst_s <= MOST_CLOCK_STEP_S", "ok = True",
        "tests/faults/test_generator.py::test_a_clock_that_jumps_changes_no_duration",
    ),
    "browsers that die again and again make a run invalid": Mutation(
        "simulator/monitor/validity.py", "ok = worst <= most", "ok = True",
        "tests/end_to_end/test_browser_workers.py::test_a_run_whose_browsers_die_again_and_again_is_invalid",
    ),
    "series are bounded": Mutation(
        "simulator/record/recorder.py", "len(self._buffers) < self._most_series", "True",
        "tests/faults/test_generator.py::test_endless_names_and_errors_fold_with_a_warning_and_count_exactly",
    ),
    "kinds of errors are bounded": Mutation(
        "simulator/record/recorder.py", "len(self._kinds) >= MOST_FAILURE_KINDS", "False",
        "tests/faults/test_generator.py::test_endless_names_and_errors_fold_with_a_warning_and_count_exactly",
    ),
    "a run that cannot be stored stops": Mutation(
        "simulator/cli/controller.py", "                return str(error)\n", "                self._lost = None\n",
        "tests/faults/test_disk.py::test_a_full_disk_ends_the_run_and_loses_nothing_that_was_stored",
    ),
    "no data is no pass": Mutation(
        "simulator/threshold/verdict.py", "if doubtful:", "if False:",
        "tests/end_to_end/test_run.py::test_no_samples_for_a_threshold_is_never_a_pass",
    ),
    "a run in which nothing succeeded is no pass": Mutation(
        "simulator/cli/judgement.py", "if ratio >= limit:", "if False:",
        "tests/faults/test_target.py::test_a_run_in_which_nothing_succeeded_is_no_pass_without_thresholds_either",
    ),
    "requests stay with the allowed hosts": Mutation(
        "simulator/journey/http/wire.py", "insist_on(origin.host, self.allowed_hosts)", "pass",
        "tests/faults/test_security.py::test_neither_redirects_nor_journeys_leave_the_allowed_hosts",
    ),
    "WebSockets stay with the allowed hosts": Mutation(
        "simulator/journey/websocket.py", "insist_on(host_of(url), allowed_hosts)", "pass",
        "tests/faults/test_security.py::test_neither_sockets_nor_streams_nor_calls_leave_the_allowed_hosts",
    ),
    "clients of browser users stay with the allowed hosts": Mutation(
        "simulator/journey/browser_client.py", "insist_on(host_of(url), self.allowed_hosts)", "pass",
        "tests/faults/test_security.py::test_neither_clients_nor_journeys_in_browsers_leave_the_allowed_hosts",
    ),
    "hosts are looked at before a run": Mutation(
        "simulator/cli/permission.py", "if is_allowed(host, allowed):", "if True:",
        "tests/faults/test_security.py::test_a_host_that_nobody_listed_is_not_loaded",
    ),
    "secrets are put out of evidence": Mutation(
        "simulator/cli/controller.py", "self._secrecy.mask_window(window)", "pass",
        "tests/faults/test_security.py::test_a_secret_is_in_no_file_of_the_run_and_in_no_process_list",
    ),
    "workers need the key": Mutation(
        "simulator/engine/key.py", "        lock(self.socket, key, side)\n", "",
        "tests/faults/test_security.py::test_only_workers_with_the_key_join",
    ),
    "YAML of others is loaded safely": Mutation(
        "simulator/foreign_yaml.py", 'getattr(yaml, "CSafeLoader", yaml.SafeLoader)', "yaml.UnsafeLoader",
        "tests/faults/test_security.py::test_yaml_never_runs_code",
    ),
    "aliases count as what they repeat": Mutation(
        "simulator/document.py", "        self._limit(event, 0, size)\n", "",
        "tests/test_document.py::test_a_bomb_of_aliases_is_refused_before_anybody_walks_it",
    ),
    "terminals get text alone": Mutation(
        "simulator/safe_text.py", '_CONTROL.sub("", _ESCAPE.sub("", text))', "text",
        "tests/faults/test_terminal.py::test_hostile_texts_are_text_in_every_form",
    ),
}  # fmt: skip


def caught(mutation: Mutation, folder: Path) -> bool:
    """Whether the test fails without the protection (and the code is there to be taken out)."""
    path = folder / mutation.file
    whole = path.read_text()
    assert mutation.old in whole, f"{mutation.file} has no {mutation.old!r} any more"
    path.write_text(whole.replace(mutation.old, mutation.new))
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", mutation.test]
    env = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ended = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=WITHIN_S)
    except subprocess.TimeoutExpired:
        return True  # it never ends: noticed by whoever waits
    finally:
        path.write_text(whole)
    assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    assert "skipped" not in ended.stdout.splitlines()[-1], ended.stdout
    return ended.returncode == 1


def main() -> int:
    names, missed = sys.argv[1:] or list(MUTATIONS), []
    keep_only("mutations", list(MUTATIONS))
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        packed = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
        for name in names:
            mutation = MUTATIONS[name]
            found = caught(mutation, Path(folder))
            note("mutations", name, {"test": mutation.test, "caught": found})
            print(f"{'noticed' if found else 'MISSED '}  {name}", flush=True)
            missed += [] if found else [name]
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
