"""The page says of a finding what the trace says: the same forms, in English the same words."""

import json
from pathlib import Path

from concurrency_lab.trace.sentences import FORMS, sentence

I18N = Path(__file__).parents[2] / "static" / "i18n"


def test_the_pages_english_is_the_traces_english() -> None:
    words = json.loads((I18N / "en.json").read_text(encoding="utf-8"))
    assert {key: words.get(f"finding.{key}") for key in FORMS} == FORMS


def test_steps_and_names_are_put_into_one_sentence() -> None:
    step = {"form": "step_lock", "lane": "A", "line": 3, "resource": "x", "other": "B"}
    args = {"form": "deadlock", "steps": [step, {**step, "lane": "B", "line": 0, "other": "A"}]}
    assert sentence(args) == (
        "A waits (line 3) for the lock x, held by B; B waits for the lock x, held by A. None of them can ever go on."
    )
    args = {"form": "held_by_dead", "other": "A", "resource": "x", "names": ["B", "C"]}
    assert sentence(args) == "A ended without giving back x: B, C will wait for ever."
