"""The catalogue: our lessons are whole, and a broken one is named without taking the others with it."""

import ast
import itertools
import shutil
from pathlib import Path

import pytest

from concurrency_lab.lessons import authoring
from concurrency_lab.lessons.catalogue import FOLDER, CannotMake, Lesson, Problem, load_catalogue
from concurrency_lab.lessons.params import Param

CATALOGUE = load_catalogue()
LESSONS = pytest.mark.parametrize("lesson", CATALOGUE.lessons, ids=lambda lesson: lesson.slug)
PARAMS = pytest.mark.parametrize(
    ("lesson", "param"),
    [
        pytest.param(lesson, param, id=f"{lesson.slug}-{param.name}")
        for lesson in CATALOGUE.lessons
        for param in lesson.params
    ],
)


def test_every_lesson_folder_is_in_the_catalogue() -> None:
    folders = {path.parent.name for path in FOLDER.glob("*/program.py")} - {authoring.TEMPLATE.name}
    assert {lesson.slug for lesson in CATALOGUE.lessons} == folders
    assert CATALOGUE.problems == ()


def test_lessons_are_in_the_order_of_the_book() -> None:
    places = [(lesson.chapter, lesson.order) for lesson in CATALOGUE.lessons]
    assert places == sorted(set(places))


@LESSONS
def test_nothing_is_missing(lesson: Lesson) -> None:
    """What `lessons check` says."""
    assert CATALOGUE.shortcomings(lesson) == []


@LESSONS
def test_the_wire_form_is_in_one_language(lesson: Lesson) -> None:
    english, chinese = lesson.as_json("en"), lesson.as_json("zh")
    assert english["title"] == lesson.title["en"] != chinese["title"]
    assert english["source"] == chinese["source"] == lesson.source
    for ours, theirs in zip(english["params"], chinese["params"], strict=True):
        assert ours["name"] == theirs["name"]
        assert ours["label"] != theirs["label"]
    assert lesson.as_json("xx") == english


def test_a_parameter_that_every_variant_sets_is_not_asked_for() -> None:
    lesson = next(lesson for lesson in CATALOGUE.lessons if lesson.slug == "start-methods")
    assert {param.name for param in lesson.params} == {"METHOD", "CHILDREN"}
    assert lesson.as_json("en")["asked"] == ["CHILDREN"]


@PARAMS
def test_the_bounds_of_a_parameter_are_whole(lesson: Lesson, param: Param) -> None:
    """A form needs both ends, and a run must end: no parameter is without a bound."""
    if param.type in ("int", "float"):
        assert param.min is not None
        assert param.max is not None
        for bound in (param.min, param.max):
            assert lesson.validate({param.name: bound})[param.name] == bound


@PARAMS
def test_a_parameter_changes_its_own_line_only(lesson: Lesson, param: Param) -> None:
    others = {"bool": (True, False), "choice": param.choices}.get(param.type, (param.max, param.min))
    other = next(value for value in others if value != param.default)
    rendered = lesson.render(lesson.validate({param.name: other}))
    different = [
        (before, after)
        for before, after in itertools.zip_longest(lesson.source.splitlines(True), rendered.splitlines(True))
        if before != after
    ]
    ((before, after),) = different
    for line, value in ((before, param.default), (after, param.parse(other))):
        name, _, literal = line.partition(" = ")
        assert (name, ast.literal_eval(literal)) == (param.name, value)


@LESSONS
def test_defaults_give_back_the_program_byte_for_byte(lesson: Lesson) -> None:
    assert lesson.render(lesson.validate({})).encode() == (lesson.folder / "program.py").read_bytes()


# -- broken lessons ----------------------------------------------------------------------------------


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Copy a whole lesson under another name, to be broken."""
    folder = tmp_path / "mine"
    shutil.copytree(FOLDER / "pool-apply-async", folder)
    return folder


def problem_of(folder: Path) -> Problem:
    """Load the catalogue with a broken lesson; return what is said of it, the only thing that is wrong."""
    catalogue = load_catalogue([folder.parent])
    assert catalogue.lessons == CATALOGUE.lessons
    (problem,) = catalogue.problems
    return problem


def test_a_lesson_in_a_further_folder_is_found(copied: Path) -> None:
    catalogue = load_catalogue([copied.parent])
    assert catalogue.problems == ()
    found = catalogue.get("mine")
    assert found is not None
    assert found.folder == copied
    assert len(catalogue.lessons) == len(CATALOGUE.lessons) + 1


@pytest.mark.parametrize("name", ["program.py", "en.md", "zh.md"])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    assert problem_of(copied) == (copied / name, "is missing", None)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("chapter = 2", "chapter = 20", "chapter 20 is not in chapters.toml"),
        ("chapter = 2", "", "has no chapter"),
        ("minutes = 6", 'minutes = "six"', "minutes must be a whole number"),
        ("level = 1", "level = 9", "level must be one of 1, 2, 3, not 9"),
        ("[summary]", "[resume]", "'resume' means nothing here"),
        ('name = "TASKS"', 'name = "TASK"', "parameter 'TASK' is not assigned once"),
        ("max = 24", "max = 5", "its default is not allowed: Tasks: 6 is outside of what is allowed, 1 to 5"),
        ('type = "int"', 'type = "whole"', "type must be one of int, float, bool, choice"),
        ('type = "int"', 'type = "float"', "4 in program.py is not of type float"),
        ('type = "int"', 'type = "choice"', "a choice needs choices"),
        ("level = 1", "level = = 1", "is not TOML"),
        ("minutes = 6", "minutes = 6\nvariants = 3", "variants must be a list of tables"),
    ],
)
def test_a_mistake_in_lesson_toml_is_told(copied: Path, old: str, new: str, reason: str) -> None:
    file = copied / "lesson.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    problem = problem_of(copied)
    assert problem.file == file
    assert reason in problem.reason


def test_a_program_that_is_not_python_is_told_with_its_line(copied: Path) -> None:
    (copied / "program.py").write_text("WORKERS = 4\nprint(\n")
    problem = problem_of(copied)
    assert problem.file == copied / "program.py"
    assert problem.line == 2


def test_a_file_that_is_not_utf8_is_told(copied: Path) -> None:
    (copied / "zh.md").write_bytes("进程".encode("gbk"))
    assert problem_of(copied).reason.startswith("is not UTF-8")


def test_a_second_lesson_of_the_same_name_is_told(copied: Path) -> None:
    copied.rename(copied.with_name("fork-twice"))
    problem = problem_of(copied)
    assert problem.file == copied.with_name("fork-twice")
    assert str(FOLDER / "fork-twice") in problem.reason


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "nowhere" / "lesson") == (tmp_path / "nowhere", "is not a folder", None)


def test_a_new_lesson_runs_and_lacks_nothing(tmp_path: Path) -> None:
    folder = CATALOGUE.new_lesson(tmp_path, "mine")
    catalogue = load_catalogue([tmp_path])
    lesson = catalogue.get("mine")
    assert lesson is not None
    assert lesson.folder == folder
    assert catalogue.shortcomings(lesson) == []
    with pytest.raises(CannotMake, match="choose another name"):
        catalogue.new_lesson(tmp_path, "mine")
    with pytest.raises(CannotMake, match="small letters"):
        catalogue.new_lesson(tmp_path, "../mine")


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("en.md", "moment:last-join", "moment:gone", "en.md: there is no moment 'gone'."),
        ("zh.md", "(try:one)", "(try:two)", "zh.md: does not point at the try 'one': [text](try:one)."),
        ("en.md", "docs.python.org", "example.org", "en.md: does not say what the documentation says"),
        ("lesson.toml", "threading.Thread", "threading.Event", "threading.Event is among primitives, but no program"),
        ("program.py", '"""Three', 'x = """Three', "program.py: has no docstring"),
    ],
)
def test_what_a_lesson_lacks_is_told(tmp_path: Path, file: str, old: str, new: str, sentence: str) -> None:
    changed = CATALOGUE.new_lesson(tmp_path, "mine") / file
    changed.write_text(changed.read_text("utf-8").replace(old, new, 1), "utf-8")
    catalogue = load_catalogue([tmp_path])
    lesson = catalogue.get("mine")
    assert lesson is not None
    assert any(sentence in said for said in catalogue.shortcomings(lesson))


def test_a_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    file = CATALOGUE.new_lesson(tmp_path, "mine") / "lesson.toml"
    text = file.read_text("utf-8").replace('edit = [{ replace = "    thread.join()"', 'edit = [{ replace = "nowhere"')
    file.write_text(text, "utf-8")
    (problem,) = load_catalogue([tmp_path]).problems
    assert problem.line == next(n for n, line in enumerate(text.splitlines(), 1) if "nobody-waits" in line) - 1
    assert "'nowhere' occurs 0 times in the program, not once" in str(problem)


def test_a_try_in_step_mode_needs_no_other_change_and_one_of_a_case_in_step_mode_does(tmp_path: Path) -> None:
    file = CATALOGUE.new_lesson(tmp_path, "mine") / "lesson.toml"
    text = file.read_text("utf-8")
    more = '[[tries]]\nid = "stepped"\nlabel = { en = "Stepped", zh = "步进" }\n'
    file.write_text(text.replace("[[moments]]", f"{more}step = true\n\n[[moments]]", 1), "utf-8")
    lesson = load_catalogue([tmp_path]).get("mine")
    assert lesson is not None
    assert [case.id for case in lesson.cases.values() if case.step] == ["stepped"]
    assert lesson.cases["stepped"].source == lesson.source
    file.write_text(text.replace("[[moments]]", f"{more}step = false\n\n[[moments]]", 1), "utf-8")
    (problem,) = load_catalogue([tmp_path]).problems
    assert "changes nothing: it needs set, edit or step" in str(problem)
