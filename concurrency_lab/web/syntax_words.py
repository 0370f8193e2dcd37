"""What Python says of a syntax error, in Chinese: its messages are English whatever the language of the machine."""

import re

# Python 3.11 to 3.13. The first that fits the whole message counts; what stands in brackets is put into {}.
_CHINESE = [
    (r"'(.)' was never closed", "“{}”没有闭合"),
    (r"unmatched '(.)'", "多了一个“{}”，前面没有与它配对的括号"),
    (
        r"closing parenthesis '(.)' does not match opening parenthesis '(.)'(?: on line \d+)?",
        "右括号“{}”与左括号“{}”不配对",
    ),
    (r"invalid syntax", "语法错误：这里不应出现这个词或符号"),
    (r"invalid syntax\. Perhaps you forgot a comma\?", "语法错误：是不是漏了逗号？"),
    (r"invalid syntax\. Maybe you meant '==' or ':=' instead of '='\?", "语法错误：是不是想写“==”或“:=”，而不是“=”？"),
    (r"invalid syntax\. Did you mean '(.+)'\?", "语法错误：是不是想写“{}”？"),
    (r"expected '(.+)'", "这里缺少“{}”"),
    (r"expected an indented block after '(.+)' statement on line (\d+)", "第 {1} 行的“{0}”语句之后需要缩进的语句块"),
    (r"expected an indented block after function definition on line (\d+)", "第 {} 行的函数定义之后需要缩进的语句块"),
    (r"expected an indented block after class definition on line (\d+)", "第 {} 行的类定义之后需要缩进的语句块"),
    (r"unexpected indent", "这里不应缩进"),
    (r"unindent does not match any outer indentation level", "缩进与外层的任何一级都不一致"),
    (r"inconsistent use of tabs and spaces in indentation", "缩进混用了制表符和空格"),
    (r"unterminated (?:f-)?string literal \(detected at line \d+\)", "字符串没有结束：缺少右引号"),
    (
        r"unterminated triple-quoted (?:f-)?string literal \(detected at line (\d+)\)",
        "三引号字符串直到第 {} 行都没有结束",
    ),
    (r"cannot assign to (.+) here\. Maybe you meant '==' instead of '='\?", "不能给 {} 赋值：是不是想写“==”？"),
    (r"cannot assign to (.+)", "不能给 {} 赋值"),
    (r"cannot delete (.+)", "不能删除 {}"),
    (
        r"Missing parentheses in call to '(.+)'\. Did you mean (.+)\?",
        "调用“{}”时漏了括号：是不是想写 {}？",
    ),
    (r"'(.+)' outside (?:async )?function", "“{}”只能用在函数里（await 等只能用在 async 函数里）"),
    (r"'(.+)' outside loop", "“{}”只能用在循环里"),
    (r"'continue' not properly in loop", "“continue”只能用在循环里"),
    (r"name '(.+)' is used prior to (.+) declaration", "“{}”在 {} 声明之前就用到了"),
    (r"name '(.+)' is assigned to before (.+) declaration", "“{}”在 {} 声明之前就赋了值"),
    (r"no binding for nonlocal '(.+)' found", "外层函数里没有 nonlocal 变量“{}”"),
    (r"invalid character '(.+)' \((U\+\w+)\)", "不能用字符“{}”（{}）：是不是用了中文标点？"),
    (r"invalid non-printable character (U\+\w+)", "这里有一个看不见的字符（{}）：请删掉它"),
    (r"unexpected character after line continuation character", "续行符“\\”之后不能再有别的字符"),
    (r"unexpected EOF while parsing", "程序不完整：还没写完就到了结尾"),
    (r"positional argument follows keyword argument(?: unpacking)?", "位置参数不能放在关键字参数之后"),
    (
        r"non-default argument follows default argument|parameter without a default follows parameter with a default",
        "没有默认值的参数不能放在有默认值的参数之后",
    ),
    (r"duplicate (?:argument|parameter) '(.+)' in function definition", "函数定义里参数“{}”重复了"),
    (r"keyword argument repeated: (.+)", "关键字参数“{}”重复了"),
    (r"invalid (decimal|hexadecimal|octal|binary) literal", "数字写法不对"),
    (r"leading zeros in decimal integer literals are not permitted;.*", "整数不能以 0 开头"),
    (r"expected 'except' or 'finally' block", "“try”之后需要“except”或“finally”"),
    (r"expected 'else' after 'if' expression", "条件表达式里“if”之后缺少“else”"),
    (r"f-string: (?:.|\n)*", "f-string 的花括号里有错误"),
    (r"':' expected after dictionary key", "字典的键之后缺少“:”"),
    (r"too many nested parentheses", "括号嵌套得太深"),
    (r"too many statically nested blocks", "语句块嵌套得太深"),
    (r"too many levels of indentation", "缩进的层数太多"),
    (r"unknown encoding: (.+)|encoding problem: (.+)", "coding 那一行写的编码“{}”不存在"),
]
_PATTERNS = [(re.compile(pattern), words) for pattern, words in _CHINESE]


def in_chinese(said: str) -> str:
    """Return what a message means, as a sentence; of one that we do not know, that it is a mistake."""
    for pattern, words in _PATTERNS:
        match = pattern.fullmatch(said)
        if match is not None:
            meant = words.format(*(group for group in match.groups() if group is not None))
            return meant if meant.endswith("？") else f"{meant}。"
    return "Python 读不懂这里。"
