"""How much looking at answers may take, without a clock and without a network."""

from simulator.contract.promise import Violation
from simulator.engine.contract.checking import Checking
from simulator.engine.contract.settings import ContractSettings
from simulator.journey.http.plan import plan_request
from simulator.journey.http.response import Response
from simulator.journey.track import Track
from simulator.record.recorder import Recorder


class Cpu:
    """A clock of CPU that moves when something is looked at."""

    def __init__(self):
        self.used_s = 0.0

    def __call__(self):
        return self.used_s


class Slow:
    """A checker that takes its time and finds what it is told to."""

    def __init__(self, cpu, takes_s=0.001, found=()):
        self.cpu, self.takes_s, self.found, self.looked = cpu, takes_s, found, 0

    def promises(self, method, target):
        return ("something",) if target.startswith("/known") else ()

    def violations(self, promises, status, head, body, sent=b""):
        self.cpu.used_s += self.takes_s
        self.looked += 1
        return self.found


def seeing(share=1.0, budget_ratio=1.0, found=(), answers=100, path="/known", status=200):
    recorder, cpu = Recorder(), Cpu()
    recorder.begin(0.0, "steady")
    checker = Slow(cpu, found=found)
    checking = Checking(checker, recorder, share, budget_ratio, clock=cpu)
    checking.at_home("http://shop")
    track = Track(recorder, "Shopper")
    plan = plan_request("GET", f"http://shop{path}", {}, None, None)
    for _ in range(answers):
        operation = track.operation("GET /known", "http")
        operation.succeed()
        checking.see(plan, Response(status, b"HTTP/1.1 200 OK", b"{}", plan.url, plan.whole), operation)
    return checking, checker, recorder


def contract_cells(recorder):
    window = recorder.fold(0)
    return [cell for key, cell in window.cells.items() if key.level == "contract"], window


def test_every_answer_is_looked_at_and_counted_beside_its_operation():
    checking, checker, recorder = seeing()
    checking.end()
    [cell], window = contract_cells(recorder)

    assert (checker.looked, cell.count, cell.errors, cell.dropped) == (100, 100, 0, 0)
    assert sum(cell.count for key, cell in window.cells.items() if key.level == "operation") == 100


def test_a_share_is_spread_evenly_and_the_rest_is_counted_as_left_out():
    checking, checker, recorder = seeing(share=0.25)
    checking.end()
    [cell], _ = contract_cells(recorder)

    assert (checker.looked, cell.count, cell.dropped) == (25, 25, 75)


def test_beyond_the_budget_answers_are_left_out_and_fewer_are_looked_at_later():
    checking, checker, recorder = seeing(budget_ratio=0.01)
    for _ in range(100):
        if checking._spent_s >= checking._budget_s:
            checking._leave_out()
        else:
            checking._look_at(checking._waiting.popleft())
    checking._next_second()
    [cell], _ = contract_cells(recorder)

    assert checker.looked in (10, 11)
    assert cell.count + cell.dropped == 100
    assert checking._share < 1.0


def test_broken_promises_are_no_errors_of_the_operation():
    checking, _, recorder = seeing(found=[Violation("status", "expected 201, found 200")], answers=3)
    checking.end()
    cells, window = contract_cells(recorder)

    assert [cell.errors for cell in cells] == [3]
    assert all(cell.errors == 0 for key, cell in window.cells.items() if key.level != "contract")
    [failure] = window.failures.values()
    assert (failure.key.error_class, failure.count) == ("contract", 3)
    assert failure.evidence[0].name == "exchange.txt"


def test_what_no_contract_mentions_and_what_never_came_is_not_looked_at():
    for path, status in (("/other", 200), ("/known", 0)):
        checking, checker, recorder = seeing(path=path, status=status)
        checking.end()
        assert checker.looked == 0
        assert contract_cells(recorder)[0] == []


def test_requests_to_elsewhere_are_not_looked_at():
    checking, checker, _ = seeing(answers=0)
    plan = plan_request("GET", "http://elsewhere/known", {}, None, None)
    operation = Track(Recorder(), "Shopper").operation("x", "http")
    checking.see(plan, Response(200, b"", b"", plan.url, b""), operation)
    checking.end()

    assert checker.looked == 0


def test_settings_travel():
    settings = ContractSettings((("a.json", b"{}"),), 0.5, 0.1, True)

    assert ContractSettings.from_plain(settings.to_plain()) == settings
    assert not ContractSettings.from_plain({})
