"""WHAT we say: event kinds, lane states, codec, fold. Standard library only, no I/O, no clock.

Kept free of imports: the probes load `trace.constants` inside every traced program.
"""
