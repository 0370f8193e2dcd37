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
    "still-running": {
        "en": "The run {id} is still going on: what came of it is known when it has ended.",
        "zh": "运行 {id} 还没有结束：结束以后才知道结果。",
    },
    "no-questions": {
        "en": "The run {id} is not of a lesson that is here, so no question was asked about it.",
        "zh": "运行 {id} 不属于这里的任何一课，所以没有关于它的问题。",
    },
    "too-many-runs": {
        "en": "{limit} runs are going on already: wait until one has ended, or stop one.",
        "zh": "已有 {limit} 个运行正在进行：请等其中一个结束，或停止一个。",
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
