"""API users of the selftest: what they ask for is known to the server that they ask."""

from itertools import count

from simulator import ApiUser, constant, constant_pacing, journey

NUMBERS = count(1)


class Known(ApiUser):
    """Asks for times that the server draws, and writes down, itself."""

    wait_time = constant(0)

    @journey
    def drawn(self):
        self.client.get("/drawn/200/0.4", name="/drawn")


class Faulty(ApiUser):
    """Every third request goes wrong in one of three ways."""

    def on_start(self):
        self.client.timeout_s = 1.0

    @journey
    def faults(self):
        number = next(NUMBERS)
        path = {3: "/status/503", 6: "/reset", 9: "/hang"}.get(number % 9 or 9, "/fine")
        self.client.get(path, name="/faults")


class Arriving(ApiUser):
    """Arrives at a steady rate, whatever the server does."""

    @journey
    def arrive(self):
        self.client.get("/arrive")


class Patient(ApiUser):
    """Waits for each answer before asking again: what it measures leaves a stall out."""

    wait_time = constant_pacing(0.04)

    @journey
    def patient(self):
        self.client.get("/patient")


class Freezer(ApiUser):
    """Makes the server stand still, once."""

    wait_time = constant(60)

    @journey
    def freeze(self):
        self.client.get("/freeze/2", name="/freeze")
