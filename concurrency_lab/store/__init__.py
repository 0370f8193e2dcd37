"""Recorded runs, kept in SQLite under one data folder. Knows what a trace is, not how one comes about."""

from concurrency_lab.store.folder import DataFolder
from concurrency_lab.store.problem import StoreError, UnknownRun, explained
from concurrency_lab.store.runs import Page, Run, Store
from concurrency_lab.store.snippets import Snippets, UnknownSnippet
from concurrency_lab.store.trace_file import StoreWithFile, TraceFile

__all__ = [
    "DataFolder",
    "Page",
    "Run",
    "Snippets",
    "Store",
    "StoreError",
    "StoreWithFile",
    "TraceFile",
    "UnknownRun",
    "UnknownSnippet",
    "explained",
]
