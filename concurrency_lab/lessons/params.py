"""A lesson's parameters: what they may be, and sentences for values that they may not be."""

import dataclasses
import math
from typing import Any

Texts = dict[str, str]
TYPES = ("int", "float", "bool", "choice")
_BOOLS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class ParamError(ValueError):
    """Values that a lesson cannot take: `errors` holds (parameter, sentence by language)."""

    def __init__(self, errors: list[tuple[str, Texts]]) -> None:
        super().__init__("; ".join(f"{name}: {text['en']}" for name, text in errors))
        self.errors = errors


class Refused(Exception):
    """Why one value is refused, by language."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.text = {"en": en, "zh": zh}


@dataclasses.dataclass(frozen=True, slots=True)
class Param:
    """One constant at the top of a program that the page can change.

    `default` is the literal in the program itself. `step` is a hint for the form and not enforced.
    """

    name: str
    type: str
    default: Any
    min: float | None
    max: float | None
    step: float | None
    choices: tuple[Any, ...]
    label: Texts

    def as_json(self, lang: str | None = None) -> dict[str, Any]:
        """Return it for the wire; the label in one language, or in all if none is given."""
        return {
            "name": self.name,
            "type": self.type,
            "default": self.default,
            "min": self.min,
            "max": self.max,
            "step": self.step,
            "choices": list(self.choices),
            "label": dict(self.label) if lang is None else self.label.get(lang, self.label["en"]),
        }

    def parse(self, raw: Any) -> Any:
        """Return the value that `raw` means: a JSON value, or text from a form or a command line.

        Raises Refused.
        """
        if self.type == "choice":
            return self._parse_choice(raw)
        if self.type == "bool":
            return self._parse_bool(raw)
        value = self._parse_int(raw) if self.type == "int" else self._parse_float(raw)
        low, high = self.min, self.max
        if (low is not None and value < low) or (high is not None and value > high):
            raise Refused(
                f"{self.label['en']}: {_shown(value)} is outside of what is allowed, {_range_en(low, high)}.",
                f"“{self.label['zh']}”不能是 {_shown(value)}，允许的范围是{_range_zh(low, high)}。",
            )
        return value

    def _parse_int(self, raw: Any) -> int:
        if isinstance(raw, str):
            try:
                return int(raw.strip())
            except ValueError:
                pass
        elif isinstance(raw, float) and raw.is_integer():
            return int(raw)
        elif isinstance(raw, int) and not isinstance(raw, bool):
            return raw
        raise Refused(
            f"{self.label['en']} must be a whole number, not {_shown(raw)}.",
            f"“{self.label['zh']}”要填整数，{_shown(raw)} 不是整数。",
        )

    def _parse_float(self, raw: Any) -> float:
        if isinstance(raw, str | int | float) and not isinstance(raw, bool):
            try:
                value = float(raw)
            except (ValueError, OverflowError):
                value = math.nan
            if math.isfinite(value):
                return value
        raise Refused(
            f"{self.label['en']} must be a number, not {_shown(raw)}.",
            f"“{self.label['zh']}”要填数字，{_shown(raw)} 不是数字。",
        )

    def _parse_bool(self, raw: Any) -> bool:
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and raw.strip().lower() in _BOOLS:
            return _BOOLS[raw.strip().lower()]
        raise Refused(
            f"{self.label['en']} must be true or false, not {_shown(raw)}.",
            f"“{self.label['zh']}”只能是 true 或 false，不能是 {_shown(raw)}。",
        )

    def _parse_choice(self, raw: Any) -> Any:
        for choice in self.choices:
            same_type = type(raw) is type(choice)
            if (same_type and raw == choice) or (isinstance(raw, str) and raw.strip() == str(choice)):
                return choice
        allowed = [_shown(choice) for choice in self.choices]
        raise Refused(
            f"{self.label['en']} must be one of {', '.join(allowed)}, not {_shown(raw)}.",
            f"“{self.label['zh']}”只能选 {'、'.join(allowed)}，没有 {_shown(raw)}。",
        )


def validate(params: tuple[Param, ...], raw: dict[str, Any]) -> dict[str, Any]:
    """Return a value for every parameter: what `raw` gives, else the default. Raises ParamError for all mistakes."""
    known = {param.name: param for param in params}
    values = {name: param.default for name, param in known.items()}
    errors: list[tuple[str, Texts]] = []
    for name, given in raw.items():
        if name not in known:
            errors.append((name, _unknown(name, list(known))))
            continue
        try:
            values[name] = known[name].parse(given)
        except Refused as refused:
            errors.append((name, refused.text))
    if errors:
        raise ParamError(errors)
    return values


def _unknown(name: str, known: list[str]) -> Texts:
    if not known:
        return {
            "en": f"This lesson has no parameters, so there is no {name}.",
            "zh": f"本课没有参数，也就没有 {name}。",
        }
    return {
        "en": f"This lesson has no parameter {name}. It has {', '.join(known)}.",
        "zh": f"本课没有参数 {name}，有的是 {'、'.join(known)}。",
    }


def _shown(value: Any) -> str:
    """Return the value as a reader would write it, and never a page of it."""
    text = f"{value:g}" if isinstance(value, float) else str(value) or '""'
    return text if len(text) <= 40 else text[:39] + "…"


def _range_en(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"{low:g} to {high:g}"


def _range_zh(low: float | None, high: float | None) -> str:
    if low is None:
        return f"不大于 {high:g}"
    return f"不小于 {low:g}" if high is None else f" {low:g} 到 {high:g}"
