"""WHAT we teach: the catalogue, and one folder per lesson, found by listing this folder.

Knows nothing of how a program is run. A lesson's program is started, never imported.
"""
