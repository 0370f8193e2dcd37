"""Parameters: what is taken, what is refused with which sentence, and literals replaced in their place."""

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concurrency_lab.lessons import source
from concurrency_lab.lessons.params import Param, ParamError, validate


def param(type_: str, default: Any, **words: Any) -> Param:
    given_words = {"min": None, "max": None, "step": None, "choices": (), "label": {"en": "Tasks", "zh": "任务数"}}
    return Param(name="TASKS", type=type_, default=default, **(given_words | words))


WHOLE = param("int", 6, min=1, max=24)
SECONDS = param("float", 0.5, min=0.0, max=2.0)
FLAG = param("bool", True)
COLOUR = param("choice", "red", choices=("red", "blue", 3))


@pytest.mark.parametrize(
    ("of", "raw", "value"),
    [
        (WHOLE, 1, 1),
        (WHOLE, 24, 24),
        (WHOLE, "7", 7),
        (WHOLE, " 7 ", 7),
        (WHOLE, 7.0, 7),
        (SECONDS, 1, 1.0),
        (SECONDS, "0.25", 0.25),
        (SECONDS, 2.0, 2.0),
        (FLAG, False, False),
        (FLAG, "false", False),
        (FLAG, "Yes", True),
        (COLOUR, "blue", "blue"),
        (COLOUR, 3, 3),
        (COLOUR, "3", 3),
    ],
)
def test_a_value_is_taken_and_has_the_type_of_the_constant(of: Param, raw: Any, value: Any) -> None:
    taken = validate((of,), {"TASKS": raw})["TASKS"]
    assert taken == value
    assert type(taken) is type(value)


@pytest.mark.parametrize(
    ("of", "raw", "sentence"),
    [
        (WHOLE, 0, "Tasks: 0 is outside of what is allowed, 1 to 24."),
        (WHOLE, 10**400, "Tasks: 1000"),
        (WHOLE, 1.5, "Tasks must be a whole number, not 1.5."),
        (WHOLE, True, "Tasks must be a whole number, not True."),
        (WHOLE, None, "Tasks must be a whole number, not None."),
        (WHOLE, "", 'Tasks must be a whole number, not "".'),
        (WHOLE, "six", "Tasks must be a whole number, not six."),
        (WHOLE, [1], "Tasks must be a whole number, not [1]."),
        (SECONDS, "nan", "Tasks must be a number, not nan."),
        (SECONDS, float("inf"), "Tasks must be a number, not inf."),
        (SECONDS, 10**400, "Tasks must be a number, not 1000"),
        (SECONDS, -0.1, "Tasks: -0.1 is outside of what is allowed, 0 to 2."),
        (FLAG, 1, "Tasks must be true or false, not 1."),
        (COLOUR, "green", "Tasks must be one of red, blue, 3, not green."),
        (COLOUR, "import os", "Tasks must be one of red, blue, 3, not import os."),
    ],
)
def test_a_wrong_value_is_refused_with_a_sentence_in_both_languages(of: Param, raw: Any, sentence: str) -> None:
    with pytest.raises(ParamError) as caught:
        validate((of,), {"TASKS": raw})
    ((name, text),) = caught.value.errors
    assert name == "TASKS"
    assert text["en"].startswith(sentence)
    assert "任务数" in text["zh"]
    assert len(text["en"]) < 120


def test_all_mistakes_are_told_at_once_and_an_unknown_name_is_one() -> None:
    with pytest.raises(ParamError) as caught:
        validate((WHOLE,), {"TASKS": "x", "SPEED": 1})
    assert [name for name, _ in caught.value.errors] == ["TASKS", "SPEED"]
    assert caught.value.errors[1][1]["en"] == "This lesson has no parameter SPEED. It has TASKS."


PROGRAM = '''"""说明：with bytes that are more than letters."""

名字 = "买家"; TASKS = 6  # six, 六
SPEED: float = -0.5
LOUD = True
COLOUR = (
    "red"
)
computed = TASKS * 2
twice = 1
twice = 2
loop = 1
for loop in range(3):
    pass
'''


def test_constants_are_names_assigned_once_to_a_literal() -> None:
    found = {name: literal.value for name, literal in source.constants(PROGRAM).items()}
    assert found == {"名字": "买家", "TASKS": 6, "SPEED": -0.5, "LOUD": True, "COLOUR": "red"}


def test_only_the_literals_change() -> None:
    changed = source.replace(PROGRAM, {"TASKS": 12, "SPEED": 2.0, "LOUD": False, "COLOUR": 'blue"', "名字": "卖家"})
    expected = PROGRAM.replace("= 6", "= 12").replace("-0.5", "2.0").replace("True", "False")
    assert changed == expected.replace('"red"', '"blue\\""').replace("买家", "卖家")


def test_a_literal_of_the_same_value_stays_as_it_is_written() -> None:
    program = "COUNT = 1_000\r\nSECONDS = 0.50\r\n"
    assert source.replace(program, {"COUNT": 1000, "SECONDS": 0.5}) == program
    assert source.replace(program, {"COUNT": 5, "SECONDS": 0.5}) == "COUNT = 5\r\nSECONDS = 0.50\r\n"


def test_a_name_that_is_no_constant_is_refused() -> None:
    with pytest.raises(source.SourceError, match="computed is not a constant"):
        source.replace(PROGRAM, {"computed": 1})


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.text()))
def test_what_is_written_is_read_back_as_the_same_value(value: Any) -> None:
    program = "before = 1\nTASKS = 6\nafter = 2\n"
    tree = ast.parse(source.replace(program, {"TASKS": value}))
    values = {node.targets[0].id: ast.literal_eval(node.value) for node in tree.body}  # type: ignore[attr-defined]
    assert values == {"before": 1, "TASKS": value, "after": 2}
    assert type(values["TASKS"]) is type(value)
