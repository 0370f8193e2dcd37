"""prose.py: what Markdown becomes."""

import pytest

from concurrency_lab.web.prose import prose_html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("父进程先走，\n子进程后走。", "<p>父进程先走，子进程后走。</p>\n"),
        ("调用 `fork`\n以后", "<p>调用 <code>fork</code>\n以后</p>\n"),
        ("子进程，\n`fork` 之后", "<p>子进程，<code>fork</code> 之后</p>\n"),
        ("见\n[文档](/x)", '<p>见<a href="/x">文档</a></p>\n'),
        ("one line\nand the next", "<p>one line\nand the next</p>\n"),
        ("```\n第一行\n第二行\n```", "<pre><code>第一行\n第二行\n</code></pre>\n"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
        # The mark stays with its button: a line would begin with it.
        (
            "[运行](try:a)。然后",
            '<p><span class="kept"><button type="button" class="try" data-try="a">运行</button>。</span>然后</p>\n',
        ),
        ("[go](try:a) on", '<p><button type="button" class="try" data-try="a">go</button> on</p>\n'),
    ],
)
def test_prose(markdown: str, html: str) -> None:
    assert prose_html(markdown) == html
