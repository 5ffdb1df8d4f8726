import json as target_module
import threading

import gevent
import pytest

from simulator.errors import UsageError
from simulator.journey.component.double import Doubles, double_spec


class Gateway:
    def charge(self, amount, *, currency="EUR"):
        return f"really charged {amount} {currency}"

    @staticmethod
    def fee(amount):
        return amount


CHARGE = f"{__name__}.Gateway.charge"


@pytest.fixture(autouse=True)
def findable(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or target_module)
    sys.modules[__name__].Gateway = Gateway


def doubled(said, target=CHARGE):
    return Doubles([double_spec(target, said)])


def test_a_double_answers_and_the_real_thing_is_back_after_it():
    with doubled({"returns": "ok", "calls": 1}) as doubles:
        assert Gateway().charge(5) == "ok"
        assert doubles.problems() == []
    with pytest.raises(ZeroDivisionError), doubled({"returns": "ok"}):
        raise ZeroDivisionError

    assert Gateway().charge(5) == "really charged 5 EUR"


def test_a_double_has_the_signature_of_the_real_thing():
    with doubled({"returns": 1}):
        with pytest.raises(TypeError):
            Gateway().charge()
        with pytest.raises(TypeError, match="curency"):
            Gateway().charge(1, curency="USD")


def test_sequences_exceptions_and_counts():
    with doubled({"sequence": [1, {"raises": "ValueError: too much"}], "calls": "2 to 3"}) as doubles:
        assert Gateway().charge(1) == 1
        assert doubles.problems() == [f"{CHARGE} was called 1 times, 2 to 3 were expected"]
        with pytest.raises(ValueError, match="too much"):
            Gateway().charge(1)
        with pytest.raises(AssertionError, match="more often than it has answers"):
            Gateway().charge(1)


def test_a_static_method_stays_one():
    with doubled({"returns": 7}, f"{__name__}.Gateway.fee"):
        assert (Gateway.fee(1), Gateway().fee(1)) == (7, 7)
    assert Gateway.fee(1) == 1


@pytest.mark.parametrize("run", ["greenlets", "threads"])
def test_many_cases_at_once_have_their_own_doubles(run):
    seen, barrier = {}, threading.Barrier(8)

    def work(number):
        with doubled({"returns": number}):
            gevent.sleep(0.01) if run == "greenlets" else barrier.wait()
            seen[number] = [Gateway().charge(1) for _ in range(3)]

    if run == "greenlets":
        gevent.joinall([gevent.spawn(work, number) for number in range(8)])
    else:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert seen == {number: [number] * 3 for number in range(8)}
    assert Gateway().charge(1) == "really charged 1 EUR"


@pytest.mark.parametrize(
    ("target", "said", "message"),
    [
        ("no_such_module.f", 1, "no module"),
        (f"{__name__}.Gateway.chrage", 1, "there is no chrage"),
        (f"{__name__}.Gateway", 1, "the class Gateway"),
        (CHARGE, {"raises": "NoSuchError"}, "cannot be raised"),
        (CHARGE, {"returns": 1, "calls": "many"}, "calls are a number"),
    ],
)
def test_what_cannot_be_doubled_is_told(target, said, message):
    with pytest.raises(UsageError, match=message), doubled(said, target):
        pass
