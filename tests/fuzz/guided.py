"""The same targets, guided by coverage, where atheris is installed: `python -m tests.fuzz.guided NAME [RUNS]`.

atheris is no dependency: `pip install atheris` for a Python that it knows.
"""

import sys

from tests.faults.tried import note


def main() -> None:
    import atheris

    with atheris.instrument_imports(include=["simulator"]):
        from tests.fuzz.fuzzing import prepared

        test, counts = prepared(sys.argv[1], 1)
    runs = int(sys.argv[2]) if sys.argv[2:] else 10_000

    def attempt(content: bytes) -> None:
        test.hypothesis.fuzz_one_input(content)
        if counts["tried"] % 1000 == 0 or counts["tried"] == runs:
            note("guided", sys.argv[1], counts)

    atheris.Setup([sys.argv[0], f"-atheris_runs={runs}", "-max_len=4096"], attempt)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
