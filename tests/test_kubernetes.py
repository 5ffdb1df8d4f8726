"""The manifests fit together: names, labels, numbers of workers, and arguments that the command line takes."""

from importlib import import_module
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parent.parent / "docs/kubernetes"
DOCUMENTS = [each for file in sorted(FOLDER.glob("*.yaml")) for each in yaml.safe_load_all(file.read_text())]


def of(kind, name):
    [found] = [each for each in DOCUMENTS if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def container(job):
    [found] = of("Job", job)["spec"]["template"]["spec"]["containers"]
    return found


def value_of(arguments, option):
    return arguments[arguments.index(option) + 1]


def test_the_service_finds_the_controller_and_workers_find_the_service():
    labels = of("Job", "rehearsal")["spec"]["template"]["metadata"]["labels"]
    service = of("Service", "rehearsal")
    assert service["spec"]["selector"].items() <= labels.items()
    [port] = service["spec"]["ports"]
    assert value_of(container("rehearsal")["args"], "--listen") == f"*:{port['port']}"
    assert value_of(container("rehearsal-workers")["args"], "--master") == service["metadata"]["name"]


def test_the_controller_waits_for_as_many_workers_as_there_are():
    workers = of("Job", "rehearsal-workers")["spec"]
    awaited = int(value_of(container("rehearsal")["args"], "--remote-workers"))
    assert workers["parallelism"] == workers["completions"] == awaited


@pytest.mark.parametrize("job", ["rehearsal", "rehearsal-workers"])
def test_mounts_and_arguments_are_real(job):
    import argparse

    spec = of("Job", job)["spec"]["template"]["spec"]
    assert {mount["name"] for mount in container(job)["volumeMounts"]} == {volume["name"] for volume in spec["volumes"]}
    command, *words = container(job)["args"]
    parser = argparse.ArgumentParser()
    import_module(f"simulator.cli.{command}_command").add_arguments(parser)
    parser.parse_args(words)


def test_the_volume_is_claimed():
    volumes = of("Job", "rehearsal")["spec"]["template"]["spec"]["volumes"]
    [claim] = [v["persistentVolumeClaim"]["claimName"] for v in volumes if "persistentVolumeClaim" in v]
    assert of("PersistentVolumeClaim", claim)
