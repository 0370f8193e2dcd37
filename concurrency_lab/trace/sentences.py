"""The sentence of a finding, from its form and its values. The page has the same forms in static/i18n.

`args["form"]` names the sentence; a list of steps, each with a form of its own, fills `{steps}`, and
a value that has a form is a sentence itself.
tests/trace/test_sentences.py holds the English of the page to these.
"""

from typing import Any

FORMS: dict[str, str] = {
    "deadlock": "{steps}. None of them can ever go on.",
    "deadlock_self": "{lane} waits{at} for the lock {resource}, which it holds itself.",
    "deadlock_nobody": "{steps}. Nobody is left who could let any of them go on.",
    "step_lock": "{lane} waits{at} for the lock {resource}, held by {other}",
    "step_semaphore": "{lane} waits{at} for a permit of {resource}",
    "step_permit": "{lane} waits{at} for a permit of {resource}, taken by {other}",
    "step_join": "{lane} waits{at} for the end of {other}",
    "step_waitpid": "{lane} waits{at} for the end of {other}",
    "step_io": "{lane} waits{at} for the output of {other}",
    "step_condition": "{lane} waits{at} for a notification on {resource}",
    "step_event": "{lane} waits{at} for the event {resource} to be set",
    "step_barrier": "{lane} waits{at} for the others at the barrier {resource}",
    "step_queue_get": "{lane} waits{at} for an item from the queue {resource}",
    "step_queue_put": "{lane} waits{at} for room in the queue {resource}",
    "step_queue_join": "{lane} waits{at} until every item of {resource} is done",
    "step_future": "{lane} waits{at} for a result",
    "held_by_dead": "{other} ended without giving back {resource}: {names} will wait for ever.",
    "lost_notify": (
        "{other} notified {resource}{at} when nobody was waiting: {names}, who began to wait afterwards, "
        "will wait for ever."
    ),
    "lost_set": (
        "The event {resource} was set{at} and cleared again; {names} began to wait only then, and will wait for ever."
    ),
    "never_joined": (
        "All other code is over, but the process cannot end: {names} runs on, and nobody ends it or waits for it."
    ),
    "zombie_left": "{other} ended without waiting for {names}: a zombie until another process takes its exit status.",
    "zombie_stays": "{other} never waits for {names}, which has ended: it stays a zombie.",
    "orphan": "{names} outlived {other}: an orphan, adopted by process {ppid}.",
    "queue_left": "Items put into {resource} and never taken out: {n}. Nobody is left who could take them.",
    "queue_get": "{names} will wait for ever for an item from {resource}: nobody is left who could put one.",
    "queue_put": "{names} will wait for ever for room in {resource}: nobody is left who could take an item out.",
    "queue_join": (
        "{names} will wait for ever until every item of {resource} is done: task_done() is missing {n} times, "
        "and nobody is left who could call it."
    ),
    "daemon_item": "{lane} is a daemon and was killed with its process while it worked on {value} from {resource}.",
    "daemon_lock": "{lane} is a daemon and was killed with its process while it held {resource}.",
    "daemon_busy": "{lane} is a daemon and was killed with its process in the midst of its work.",
    "gil_bound": (
        "For {share} % of the time of {lane} one of its threads ran while others were ready and waited for the GIL: "
        "they compute by turns, not in parallel."
    ),
    "race": (
        "{first} while {second}, and nothing orders the two: hold the same lock for both, "
        "or let one wait for the other (join, queue, event)."
    ),
    "race_wrote": "{lane} wrote {resource}{at} without any lock",
    "race_wrote_locked": "{lane} wrote {resource}{at} holding {names}",
    "race_read": "{lane} read {resource}{at} without any lock",
    "race_read_locked": "{lane} read {resource}{at} holding {names}",
    "at": " (line {line})",
    "at_file": " (line {line} of {file})",
    "and": ", ",
    "then": "; ",
}


def sentence(args: dict[str, Any]) -> str:
    """Return the English sentence of a finding."""
    values = {name: sentence(value) if isinstance(value, dict) else value for name, value in args.items()}
    at = "at_file" if args.get("file") else "at"
    values["at"] = FORMS[at].format(**args) if args.get("line") else ""
    if "names" in args:
        values["names"] = FORMS["and"].join(args["names"])
    if "steps" in args:
        values["steps"] = FORMS["then"].join(map(sentence, args["steps"]))
    return FORMS[args["form"]].format(**values)
