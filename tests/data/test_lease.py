import threading

import pytest

from simulator.data.lease import Leases, OutOfRowsError, in_one_order

ROWS = [{"id": number} for number in range(10)]


def test_each_row_is_used_once_over_all_workers():
    workers = [Leases("accounts", "unique", ROWS, index, 3) for index in range(3)]

    taken = [worker.take()["id"] for worker in workers for _ in range(worker.left)]

    assert sorted(taken) == list(range(10))
    for worker in workers:
        with pytest.raises(OutOfRowsError, match="all 10 rows of feeder 'accounts' are used") as caught:
            worker.take()
        assert caught.value.final


def test_a_row_is_with_one_user_at_a_time():
    leases = Leases("cards", "cycling", ROWS[:3], within_s=5)
    out, worst, lock = set(), [], threading.Lock()

    def use():
        for _ in range(50):
            row = leases.take()
            with lock:
                worst.append(row["id"] in out)
                out.add(row["id"])
            with lock:
                out.discard(row["id"])
            leases.give_back(row)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(worst) == 400
    assert not any(worst)


def test_a_row_that_does_not_come_back_in_time_is_told():
    leases = Leases("cards", "cycling", ROWS[:1], within_s=0.01)
    leases.take()

    with pytest.raises(OutOfRowsError, match="none came back within 0.01 s") as caught:
        leases.take()
    assert not caught.value.final


def test_shared_rows_are_for_everybody_on_every_worker():
    leases = Leases("cities", "shared", ROWS, 1, 3)

    assert [leases.take()["id"] for _ in range(20)] == [*range(10), *range(10)]


def test_rows_of_a_query_have_one_order_everywhere():
    assert in_one_order(reversed(ROWS)) == in_one_order(ROWS)
