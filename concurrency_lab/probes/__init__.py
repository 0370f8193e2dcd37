"""HOW a program is observed from inside: one file per family of functions, a sink, the injection.

Runs in every traced process, under the private name `_concurrency_lab.probes`: relative imports only,
nothing but the standard library's cheapest modules, and never a change to what the program does.
"""
