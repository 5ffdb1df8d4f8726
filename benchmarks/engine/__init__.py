"""What a request of the load engine costs, beside Locust, k6 and wrk: `python -m benchmarks.engine [names]`."""
