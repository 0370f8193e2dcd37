"""What the server says when something is wrong: one sentence a case, in each language.

Only the server needs these; the words of the page are in static/i18n/.
"""

SENTENCES = {
    "not-found": {
        "en": "There is no such page here: go back to the catalogue.",
        "zh": "这里没有这个页面：请返回目录。",
    },
    "no-lesson": {
        "en": 'There is no lesson "{slug}": GET /api/lessons lists those there are.',
        "zh": "没有名为“{slug}”的课程：GET /api/lessons 会列出现有的课程。",
    },
    "no-primitive": {
        "en": "There is no lesson about {name}: /primitives lists what there is.",
        "zh": "没有关于 {name} 的课程：/primitives 列出了所有可选的内容。",
    },
    "no-run": {
        "en": 'There is no run "{id}" here: it may have been recorded by another server.',
        "zh": "这里没有编号为“{id}”的运行：它可能是在另一台服务器上录制的。",
    },
    "no-export": {
        "en": 'A run cannot be had as "{name}" from here: it can as {known}. Pictures are made by the page itself.',
        "zh": "这里不能把运行导出为“{name}”：可以导出为 {known}。图片由页面自己生成。",
    },
    "no-export-now": {
        "en": "The file cannot be made: {text}",
        "zh": "无法生成这个文件：{text}",
    },
    "run-removed": {
        "en": 'The run "{id}" was removed on {date}: by its owner, or because this server does not keep all runs.',
        "zh": "编号为“{id}”的运行已于 {date} 被清除：由它的主人删除，或因为这台服务器不会永久保存所有运行。",
    },
    "bad-change": {
        "en": 'A run can be changed by {{"name": a text of at most {longest} characters, "kept": true or false}}.',
        "zh": '修改运行要用 {{"name": 最多 {longest} 个字符的文字, "kept": true 或 false}}。',
    },
    "long-name": {
        "en": "That name is too long: use at most {longest} characters.",
        "zh": "名字太长：最多 {longest} 个字符。",
    },
    "kept-enough": {
        "en": "You keep {most} runs, which is all that you may keep here. Let go of one first, or export it as a file.",
        "zh": "你已保留 {most} 次运行，这里最多只能保留这么多。请先取消保留其中一次，或把它导出为文件。",
    },
    "kept-in-all": {
        "en": "This server keeps {most} runs, and has no room for more. Export the run as a file.",
        "zh": "这台服务器已保留 {most} 次运行，没有空间再保留了。请把这次运行导出为文件。",
    },
    "remove-going": {
        "en": "The run {id} is still going on: stop it first, then delete it.",
        "zh": "运行 {id} 还没有结束：请先停止，再删除。",
    },
    "run-is-file": {
        "en": "This run is the file {file} on your disk, which the lab leaves as it is: rename or delete it there.",
        "zh": "这次运行是你硬盘上的文件 {file}，实验室不会改动它：请直接在硬盘上重命名或删除。",
    },
    "not-yours-to-change": {
        "en": "This run was started by somebody else: only they and the presenter may change it.",
        "zh": "这次运行是别人启动的：只有启动者和演示者可以修改它。",
    },
    "oembed-url": {
        "en": "oEmbed knows the addresses of this server's lessons and runs: ?url=http://.../lessons/fork-twice.",
        "zh": "oEmbed 只认识本服务器上课程和运行的地址：?url=http://.../lessons/fork-twice。",
    },
    "oembed-format": {
        "en": 'oEmbed answers in the formats json and xml, not "{format}".',
        "zh": "oEmbed 只提供 json 和 xml 两种格式，没有“{format}”。",
    },
    "wrong-method": {
        "en": "This address does not understand {method}; it understands {allowed}.",
        "zh": "这个地址不支持 {method}；它支持 {allowed}。",
    },
    "too-large": {
        "en": "The request is too large: at most {limit} bytes are read.",
        "zh": "请求太大：最多读取 {limit} 字节。",
    },
    "bad-request": {
        "en": "The request could not be understood.",
        "zh": "无法理解这个请求。",
    },
    "bad-body": {
        "en": 'The request must be JSON like {{"lesson": "fork-twice", "params": {{}}}}.',
        "zh": '请求必须是这样的 JSON：{{"lesson": "fork-twice", "params": {{}}}}。',
    },
    "bad-params": {
        "en": "Some parameters do not fit: see the sentence beside each.",
        "zh": "有些参数不合适：请看每个参数旁边的说明。",
    },
    "no-case": {
        "en": 'This lesson has no program "{case}": it has {known}.',
        "zh": "本课没有名为“{case}”的程序：有的是 {known}。",
    },
    "not-utf8": {
        "en": "The request is not UTF-8: send JSON as UTF-8.",
        "zh": "请求不是 UTF-8：请用 UTF-8 编码发送 JSON。",
    },
    "playground-off": {
        "en": (
            "The playground is switched off on this server, for it runs whatever code anybody types. Who runs the "
            "server switches it on with: python app.py --playground. It needs Linux with bubblewrap; "
            "python -m concurrency_lab doctor says whether this machine has what it takes."
        ),
        "zh": (
            "这台服务器没有打开演练场，因为它会运行任何人输入的代码。"
            "服务器的管理者可以这样打开：python app.py --playground。"
            "它需要装有 bubblewrap 的 Linux；python -m concurrency_lab doctor 会说明这台机器是否具备条件。"
        ),
    },
    "no-snippet": {
        "en": 'There is no shared program "{id}" here: the link may be cut off, or it has made room for newer ones.',
        "zh": "这里没有编号为“{id}”的共享程序：链接可能不完整，或者程序因空间不足已被删除。",
    },
    "bad-code-body": {
        "en": 'The request must be JSON like {{"code": "print(1)", "races": false, "step": false}}.',
        "zh": '请求必须是这样的 JSON：{{"code": "print(1)", "races": false, "step": false}}。',
    },
    "code-empty": {
        "en": "There is no program: type one, or choose an example.",
        "zh": "还没有程序：请输入一个，或选择一个例子。",
    },
    "code-too-large": {
        "en": "The program is too long: it has {size} bytes, and {limit} are allowed.",
        "zh": "程序太长：它有 {size} 字节，最多允许 {limit} 字节。",
    },
    "code-nul": {
        "en": "Line {line}, column {column}: there is a NUL character, which no Python program may hold. Delete it.",
        "zh": "第 {line} 行第 {column} 列：这里有一个 NUL 字符，Python 程序里不能有它。请删掉它。",
    },
    "code-surrogate": {
        "en": "Line {line}, column {column}: there is half a character (a lone surrogate). Delete it.",
        "zh": "第 {line} 行第 {column} 列：这里有半个字符（单独的代理项），它不是文本。请删掉它。",
    },
    "code-beyond-python": {
        "en": "Python {python} gives up on this program: it is nested too deeply, or too tangled. Make it simpler.",
        "zh": "Python {python} 无法读完这个程序：嵌套太深，或过于复杂。请把它写得简单些。",
    },
    "bad-syntax": {
        "en": "Line {line}, column {column}: {said} (says Python {python}). Nothing was run.",
        "zh": "第 {line} 行第 {column} 列：{meant}（Python {python} 的原话：{said}）程序没有运行。",
    },
    "still-running": {
        "en": "The run {id} is still going on: what came of it is known when it has ended.",
        "zh": "运行 {id} 还没有结束：结束以后才知道结果。",
    },
    "no-questions": {
        "en": "The run {id} is not of a lesson that is here, so no question was asked about it.",
        "zh": "运行 {id} 不属于这里的任何一课，所以没有关于它的问题。",
    },
    "quota-viewer": {
        "en": "You ask for this too often: try again in {seconds} s.",
        "zh": "你的请求过于频繁：请在 {seconds} 秒后再试。",
    },
    "quota-address": {
        "en": "Too much is asked for from your network's address: try again in {seconds} s.",
        "zh": "来自你所在网络地址的请求太多：请在 {seconds} 秒后再试。",
    },
    "quota-all": {
        "en": "Too much is asked of this server just now: try again in {seconds} s.",
        "zh": "这台服务器目前收到的请求太多：请在 {seconds} 秒后再试。",
    },
    "quota-waiting": {
        "en": "As many of your runs as may are going on and waiting: let one of them end, or stop one.",
        "zh": "你正在进行和排队的运行已达上限：请等其中一个结束，或停止一个。",
    },
    "quota-full": {
        "en": "The server is busy, and its queue is full ({place} waiting): try again in {seconds} s.",
        "zh": "服务器正忙，队列已满（{place} 个在排队）：请在 {seconds} 秒后再试。",
    },
    "not-yours": {
        "en": "Somebody else started this run: only they and the presenter can stop it.",
        "zh": "这个运行是别人启动的：只有启动者和演示者可以停止它。",
    },
    "bad-presenter": {
        "en": "This is not the presenter's link: copy the one that the server printed when it started.",
        "zh": "这不是演示者的链接：请复制服务器启动时显示的那一个。",
    },
    "bad-target": {
        "en": "The request must name a path of this server, such as /lessons/fork-twice.",
        "zh": "请求必须写明这台服务器上的路径，例如 /lessons/fork-twice。",
    },
    "bad-coding": {
        "en": "The request's body must have a Content-Length, or come in chunks, and not both.",
        "zh": "请求正文必须带有 Content-Length，或以分块方式发送，且两者只能取其一。",
    },
    "too-slow": {
        "en": "The request did not arrive within {seconds:g} s.",
        "zh": "请求没有在 {seconds:g} 秒内送达。",
    },
    "too-many-watchers": {
        "en": "Too many browsers are connected to this server: close a tab, or try again later.",
        "zh": "连接到这台服务器的浏览器太多：请关闭一个标签页，或稍后再试。",
    },
    "server-error": {
        "en": "Something went wrong in the server; its log says what.",
        "zh": "服务器出错了；详情见服务器日志。",
    },
    "store-failed": {
        "en": "The server could not record the run: its log says why.",
        "zh": "服务器无法录制这次运行：原因见服务器日志。",
    },
    "store-away": {
        "en": "The database cannot be reached just now, so no run can be started or shown. Nothing that was recorded "
        "is lost: try again in a moment.",
        "zh": "暂时无法连接数据库，因此不能开始或显示运行。已录制的内容不会丢失：请稍后再试。",
    },
    "disk-full": {
        "en": "The server's disk is full, so no run can be recorded. Nothing that was recorded is lost: tell whoever "
        "runs this server.",
        "zh": "服务器的磁盘已满，无法录制新的运行。已录制的内容不受影响：请告知服务器的管理员。",
    },
    "server-busy": {
        "en": "The server has too many files and connections open just now: try again in a moment.",
        "zh": "服务器目前打开的文件和连接太多：请稍后再试。",
    },
    "server-ending": {
        "en": "The server is being ended, so no run can begin now: try again when it is back.",
        "zh": "服务器正在关闭，现在无法开始运行：请等它恢复后再试。",
    },
    "metrics-closed": {
        "en": "Only whoever runs this server may read its metrics: docs/deployment.md says how.",
        "zh": "只有服务器的管理员才能读取运行指标：方法见 docs/deployment.md。",
    },
    "no-warden": {
        "en": "The process that starts runs has ended: start the server again.",
        "zh": "负责启动运行的进程已结束：请重新启动服务器。",
    },
    "wrong-host": {
        "en": "This server does not answer to the name {host}: open it by the address that it printed when it started.",
        "zh": "这台服务器不使用 {host} 这个名字：请用它启动时显示的地址打开。",
    },
    "foreign-origin": {
        "en": "Only this server's own pages may do that.",
        "zh": "只有这台服务器自己的页面可以这样做。",
    },
    "bad-token": {
        "en": "This page is too old or not from this server: reload it.",
        "zh": "这个页面已过期，或不是来自这台服务器：请重新加载。",
    },
    "bad-watch": {
        "en": 'To watch a run, send {{"run": its id, "since": the last seq you have, or -1}}.',
        "zh": '要观看一次运行，请发送 {{"run": 运行编号, "since": 已有的最后一个 seq，没有则为 -1}}。',
    },
    "bad-event": {
        "en": "The server does not understand this message.",
        "zh": "服务器不理解这条消息。",
    },
}


def say(key: str, lang: str, **values: object) -> str:
    """Return a sentence in a language."""
    return SENTENCES[key][lang].format(**values)
