"""Contracts: what consumers rely on and providers promise, as values, in files, and checked.

What authors write with is `Contract`, `interaction` and the matchers of `simulator.contract.author`.
"""
