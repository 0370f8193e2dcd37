"""Other programs as children: what they print, and the exit code that they leave behind."""

import subprocess

COMMANDS = [
    ["sleep", "0.05"],
    ["ls", "-d", "/"],
    ["ls", "/no/such/place"],
    ["sh", "-c", "exit 256"],
    ["sh", "-c", "kill -KILL $$"],
    ["no-such-command"],
]

for command in COMMANDS:
    print("$", *command)
    try:
        code = subprocess.call(command)
    except FileNotFoundError:
        print("  there is no such program")
    else:
        print("  exit code", code)
