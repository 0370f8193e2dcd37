"""Recorded runs, kept in SQLite under one data folder. Knows what a trace is, not how one comes about."""

from concurrency_lab.store.folder import DataFolder
from concurrency_lab.store.library import Library, Listed, Wanted, Word
from concurrency_lab.store.problem import RemovedRun, StoreAway, StoreError, UnknownRun, explained
from concurrency_lab.store.retention import Keep, Retention
from concurrency_lab.store.runs import Page, Run, Store, pack
from concurrency_lab.store.snippets import Snippets, UnknownSnippet
from concurrency_lab.store.trace_file import TraceFile
from concurrency_lab.store.with_file import LibraryWithFile, StoreWithFile

__all__ = [
    "DataFolder",
    "Keep",
    "Library",
    "LibraryWithFile",
    "Listed",
    "Page",
    "RemovedRun",
    "Retention",
    "Run",
    "Snippets",
    "Store",
    "StoreAway",
    "StoreError",
    "StoreWithFile",
    "TraceFile",
    "UnknownRun",
    "UnknownSnippet",
    "Wanted",
    "Word",
    "explained",
    "pack",
]
