"""What servers were seen to do beside the protocol, byte by byte, with what a lane must make of it.

The numbers are those of the list that the reader was written from; each case names where it was seen.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from byte_server import CUT, DONE, FINISH, HANG, STREAM, USAGE, chunk, event, head, refusal, snapshot, text

BEGUN = [STREAM, text("Hello")]
HTML = b"<!DOCTYPE html><html><head><title>502</title></head><body>cf-ray secret-page</body></html>"


@dataclass(frozen=True)
class Case:
    """A deviation and what becomes of it."""

    row: int
    what: str
    answer: list  # steps of a ByteServer, or a function
    said: str = ""  # the text of the lane
    fault: str = ""  # a part of the sentence with which the lane ends
    limits: str = "patient"  # how long the lane waits: a key of LIMITS in test_reader.py
    remote: dict = field(default_factory=dict)  # entries of about["remote"] at the end

    def __str__(self):
        return f"{self.row}-{self.what.replace(' ', '-')}"


def whole(content, **more):
    return {"object": "chat.completion", "choices": [{"index": 0, "message": {"content": content}, **more}]}


def json_answer(data, status="200 OK"):
    body = json.dumps(data).encode()
    return [head(status, "application/json", f"Content-Length: {len(body)}"), body]


def chunked(*parts, end=b"0\r\n\r\n"):
    sent = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return [head("200 OK", "text/event-stream", "Transfer-Encoding: chunked"), sent + end]


def refuses(field_name, status="400 Bad Request", body=None):
    """Refuses the request while it has a field, then answers."""
    said = body or {"error": {"message": f"Unsupported parameter: '{field_name}'", "code": "unsupported_parameter"}}
    return lambda number, sent: refusal(status, said) if field_name in sent else [*BEGUN, FINISH, DONE]


def bytes_of(content):
    return json.dumps({"choices": [{"index": 0, "delta": {"content": content}}]}, ensure_ascii=False).encode()


def date(seconds):
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def one_event(data):
    return b"data: " + data + b"\n\n"


BUSY = {"error": {"message": "slow down", "code": 429}}
END = [FINISH, DONE]
CRLF = b"".join([text("Hel"), text("lo"), *END]).replace(b"\n", b"\r\n")
CR = b"".join([text("Hel"), text("lo"), *END]).replace(b"\n", b"\r")
MIXED = text("Hel").replace(b"\n", b"\r\n", 1) + text("lo").replace(b"\n\n", b"\r\r\n") + b"".join(END)
CAFE = one_event(bytes_of("café 🙂"))
SNAPSHOTS = [snapshot("Hello b\x1fg"), snapshot("Hello big wo"), snapshot("Hello big world", "stop", 1)]

CASES = [
    Case(
        15,
        "a reason that is no name",
        [*BEGUN, chunk({}, "sk-canary-0123456789"), DONE],
        "Hello",
        remote={"finish": "other"},
    ),
    Case(
        1,
        "role only with content null",
        [STREAM, chunk({"role": "assistant", "content": None}), text("Hello"), *END],
        "Hello",
        remote={"arrivals": 1},
    ),
    Case(
        1, "role null and content empty", [STREAM, chunk({"role": None, "content": ""}), text("Hello"), *END], "Hello"
    ),
    Case(
        2,
        "usage chunk without choices",
        [*BEGUN, FINISH, USAGE, DONE],
        "Hello",
        remote={"usage": {"prompt_tokens": 5, "completion_tokens": 7}},
    ),
    Case(3, "delta null", [STREAM, chunk(None), text("Hello"), *END], "Hello"),
    Case(
        3,
        "choices null or missing",
        [STREAM, event({"choices": None}), event({"id": "x"}), text("Hello"), *END],
        "Hello",
    ),
    Case(3, "choice null", [STREAM, event({"choices": [None]}), text("Hello"), *END], "Hello"),
    Case(
        4,
        "no space after data",
        [STREAM, text("Hello").replace(b"data: ", b"data:"), FINISH, b"data:[DONE]\n\n"],
        "Hello",
    ),
    Case(
        5,
        "comments as keep-alive",
        [STREAM, b": ping\n\n", b": OPENROUTER PROCESSING\n\n", text("Hello"), b":\n\n", *END],
        "Hello",
    ),
    Case(6, "empty data", [STREAM, b"data:\n\n", b"data: \n\n", text("Hello"), *END], "Hello"),
    Case(6, "retry alone", [STREAM, b"retry: 3000\n\n", text("Hello"), *END], "Hello"),
    Case(6, "id with a comment", [STREAM, b"id: 7\n: ping\n\n", text("Hello"), *END], "Hello"),
    Case(7, "lines end in CRLF", [STREAM, CRLF], "Hello"),
    Case(7, "lines end in CR", [STREAM, CR], "Hello"),
    Case(7, "lines end in all ways", [STREAM, MIXED], "Hello"),
    Case(7, "cut at every byte", [STREAM, *[CRLF[at : at + 1] for at in range(len(CRLF))]], "Hello"),
    Case(
        8,
        "UTF-8 cut at every byte",
        [STREAM, *[CAFE[at : at + 1] for at in range(len(CAFE))], *END],
        "café 🙂",
        remote={"lost": 0},
    ),
    Case(
        8,
        "bytes that are no text",
        [STREAM, one_event(b'{"choices":[{"delta":{"content":"a\xff\xfeb"}}]}'), *END],
        "a\ufffd\ufffdb",
        remote={"lost": 2},
    ),
    Case(
        8,
        "emoji cut into two chunks",
        [
            STREAM,
            one_event(rb'{"choices":[{"delta":{"content":"a\ud83d"}}]}'),
            one_event(rb'{"choices":[{"delta":{"content":"\ude42b"}}]}'),
            *END,
        ],
        "a🙂b",
        remote={"lost": 0},
    ),
    Case(
        9,
        "error object",
        [*BEGUN, event({"error": {"message": "out of memory", "code": 500}})],
        "Hello",
        "reported an error",
    ),
    Case(9, "error as text", [*BEGUN, event({"error": "out of memory"})], "Hello", "reported an error"),
    Case(
        9,
        "event error",
        [*BEGUN, b'event: error\ndata: {"message": "out of memory"}\n\n'],
        "Hello",
        "reported an error",
    ),
    Case(9, "event error in words", [*BEGUN, b"event: error\ndata: out of memory\n\n"], "Hello", "reported an error"),
    Case(
        9,
        "object error",
        [*BEGUN, event({"object": "error", "message": "out of memory"}), *END],
        "Hello",
        "reported an error",
    ),
    Case(
        9,
        "error as a list",
        [*BEGUN, event([{"error": {"code": 500, "message": "out of memory"}}])],
        "Hello",
        "reported an error",
    ),
    Case(
        10,
        "error beside choices",
        [*BEGUN, chunk({"content": ""}, "error", error={"code": 502, "message": "out of memory"}), DONE],
        "Hello",
        "reported an error",
    ),
    Case(10, "finish error", [*BEGUN, chunk({}, "error"), DONE], "Hello", "reported an error"),
    *(
        Case(10, f"finish {reason}", [*BEGUN, chunk({}, reason), DONE], "Hello", "reported an error")
        for reason in ("abort", "cancelled", "timeout", "insufficient_system_resource", "MALFORMED_FUNCTION_CALL")
    ),
    Case(11, "ends without a word", BEGUN, "Hello", "without saying that it was done"),
    Case(11, "connection broken", [*BEGUN, 0.05, CUT], "Hello", "broke in the middle"),
    Case(11, "chunked and not ended", chunked(text("Hello"), end=b""), "Hello", "broke in the middle"),
    Case(11, "closed before an answer", [], "", "ended the connection without an answer"),
    Case(12, "finish without DONE", [*BEGUN, FINISH], "Hello", remote={"finish": "stop"}),
    Case(12, "broken after finish", [*BEGUN, FINISH, 0.05, CUT], "Hello", remote={"finish": "stop"}),
    Case(13, "DONE without finish", [*BEGUN, DONE], "Hello", remote={"finish": ""}),
    Case(
        14,
        "finish with the last text",
        [STREAM, text("Hel"), text("lo", "stop"), USAGE, DONE],
        "Hello",
        remote={"finish": "stop", "usage": {"prompt_tokens": 5, "completion_tokens": 7}},
    ),
    Case(
        15,
        "finish in every chunk",
        [STREAM, text("Hel", "stop"), text("lo", "stop"), DONE],
        "Hello",
        remote={"finish": "stop"},
    ),
    Case(
        15,
        "finish twice, the second with usage",
        [*BEGUN, chunk({}, "length"), chunk({}, "stop", usage={"prompt_tokens": 1, "completion_tokens": 2}), DONE],
        "Hello",
        remote={"finish": "stop", "usage": {"prompt_tokens": 1, "completion_tokens": 2}},
    ),
    Case(
        16,
        "usage in every chunk",
        [
            STREAM,
            text("Hel", usage={"prompt_tokens": 1, "completion_tokens": 1}),
            text("lo", usage={"prompt_tokens": 1, "completion_tokens": 2}),
            FINISH,
            DONE,
        ],
        "Hello",
        remote={"usage": {"prompt_tokens": 1, "completion_tokens": 2}},
    ),
    Case(
        16,
        "usage in part",
        [*BEGUN, FINISH, USAGE, event({"choices": [], "usage": {"prompt_tokens": 9}}), DONE],
        "Hello",
        remote={"usage": {"prompt_tokens": 5, "completion_tokens": 7}},
    ),
    Case(
        16,
        "usage as text",
        [*BEGUN, FINISH, event({"choices": [], "usage": {"prompt_tokens": "5", "completion_tokens": True}}), DONE],
        "Hello",
        remote={"usage": None},
    ),
    Case(
        16,
        "reasoning in usage",
        [
            *BEGUN,
            FINISH,
            event(
                {
                    "choices": [],
                    "usage": {
                        "prompt_tokens": 5,
                        "completion_tokens": 7,
                        "reasoning_tokens": 3,
                        "prompt_tokens_details": {"cached_tokens": 2},
                    },
                }
            ),
            DONE,
        ],
        "Hello",
        remote={"usage": {"prompt_tokens": 5, "completion_tokens": 7, "reasoning_tokens": 3, "cached_tokens": 2}},
    ),
    Case(
        17, "reasoning", [STREAM, chunk({"reasoning": "hmm"}), text("Hello"), *END], "Hello", remote={"thinking": False}
    ),
    Case(
        17,
        "reasoning_content alone",
        [STREAM, chunk({"reasoning_content": "hmm", "content": None}), chunk({}, "length"), DONE],
        "",
        "whole length on thinking",
    ),
    Case(
        17,
        "think in the text",
        [STREAM, text("<thi"), text("nk>no, "), text("wait</th"), text("ink>\n\nHel"), text("lo"), *END],
        "Hello",
    ),
    Case(
        17,
        "each tag and line break in a chunk",
        [STREAM, *map(text, ("<think>", "no, wait", "</think>", "\n\n", "Hello")), *END],
        "Hello",
        remote={"arrivals": 1, "at_once": True},
    ),
    Case(
        17,
        "line breaks after reasoning_content",
        [STREAM, chunk({"reasoning_content": "hmm"}), text("\n\n"), text(" "), text("Hel"), text("lo\n\nyou"), *END],
        "Hello\n\nyou",
        remote={"arrivals": 2},
    ),
    Case(
        17,
        "thinking as a part of the content",
        [
            STREAM,
            chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]}]}),
            FINISH,
            DONE,
        ],
        "",
        "whole length on thinking",
    ),
    Case(
        17,
        "think that never ends",
        [STREAM, text("<think>no, wait"), chunk({}, "length"), DONE],
        "",
        "whole length on thinking",
    ),
    Case(
        17,
        "think within the reply",
        [STREAM, text("The tag <think> is"), text(" open <"), *END],
        "The tag <think> is open <",
    ),
    Case(17, "think_end leaks", [STREAM, text("Hello<|think"), text("_end|> there"), *END], "Hello there"),
    Case(
        18,
        "a tool is called",
        [
            STREAM,
            chunk({"content": None, "tool_calls": [{"index": 0, "function": {"name": "f"}}]}),
            chunk({}, "tool_calls"),
            DONE,
        ],
        "",
        "asked for a tool",
    ),
    Case(
        18,
        "a tool beside text",
        [*BEGUN, chunk({"content": None, "tool_calls": [{"index": 0}]}), chunk({}, "stop"), DONE],
        "Hello",
    ),
    Case(18, "no text at all", [STREAM, *END], "", "wrote no text"),
    Case(18, "held back", [STREAM, chunk({}, "content_filter"), DONE], "", "rules on content"),
    Case(19, "the last chunk repeats all", [STREAM, text("Hel"), text("lo"), text("Hello"), *END], "HelloHello"),
    Case(
        19,
        "a message beside the delta",
        [
            *BEGUN,
            event({"choices": [{"index": 0, "delta": {}, "message": {"content": "Hello"}, "finish_reason": "stop"}]}),
            DONE,
        ],
        "Hello",
    ),
    Case(
        20,
        "many words in a chunk",
        [STREAM, text("Hello to all of you,"), 0.01, text(" and to me"), *END],
        "Hello to all of you, and to me",
        remote={"arrivals": 2, "unit": "chunks", "at_once": False},
    ),
    Case(21, "held back on the way", [STREAM, text("Hello") + b"".join(END)], "Hello", remote={"at_once": True}),
    Case(
        21,
        "gzip all the same",
        [
            head("200 OK", "text/event-stream", "Content-Encoding: gzip"),
            gzip.compress(b"".join([text("Hel"), text("lo"), *END])),
        ],
        "Hello",
    ),
    Case(22, "a page with 200", [head("200 OK", "text/html"), HTML], "", "sent a web page"),
    Case(22, "a page with 502", refusal("502 Bad Gateway", HTML, "text/html"), "", "trouble of its own (status 502)"),
    Case(22, "a page with 429", refusal("429 Too Many Requests", HTML, "text/html"), "", "Try again later"),
    Case(22, "no type", [head("200 OK", ""), text("Hello")], "", "did not send a stream of events"),
    Case(
        23,
        "a whole completion",
        json_answer(
            {**whole("Hello there", finish_reason="stop"), "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
        ),
        "Hello there",
        remote={"at_once": True, "arrivals": 1, "usage": {"prompt_tokens": 1, "completion_tokens": 2}},
    ),
    Case(23, "other JSON", json_answer({"hello": "world"}), "", "did not send a stream of events"),
    Case(23, "an error with 200", json_answer({"error": {"message": "out of memory"}}), "", "reported an error"),
    Case(
        24,
        "429 in seconds",
        refusal("429 Too Many Requests", BUSY, "application/json", "Retry-After: 17"),
        "",
        "Try again in 17 s",
    ),
    Case(
        24,
        "429 as a date",
        # made when it is asked: a date of the import is nearer by as long as the tests before it took
        lambda number, sent: refusal("429 Too Many Requests", BUSY, "application/json", f"Retry-After: {date(600)}"),
        "",
        "Try again in 10 minutes",
    ),
    Case(
        24,
        "429 in milliseconds",
        refusal("429 Too Many Requests", BUSY, "application/json", "retry-after-ms: 2500"),
        "",
        "Try again in 2 s",
    ),
    Case(
        24,
        "429 for a year",
        refusal("429 Too Many Requests", BUSY, "application/json", "Retry-After: 31536000"),
        "",
        "Try again in 60 minutes or later",
    ),
    Case(
        24,
        "429 and nonsense",
        refusal("429 Too Many Requests", BUSY, "application/json", "Retry-After: soon"),
        "",
        "Try again later",
    ),
    Case(25, "stream_options refused", refuses("stream_options"), "Hello", remote={"left_out": "stream_options"}),
    Case(25, "max_tokens refused", refuses("max_tokens"), "Hello", remote={"left_out": "max_tokens"}),
    Case(
        25,
        "an unknown field refused with 422",
        refuses(
            "diffusing",
            "422 Unprocessable Entity",
            {"detail": [{"loc": ["body", "diffusing"], "msg": "Unexpected keys in the request: diffusing"}]},
        ),
        "Hello",
        remote={"left_out": "diffusing"},
    ),
    Case(25, "temperature refused", refuses("temperature"), "Hello", remote={"left_out": "temperature"}),
    Case(26, "detail of FastAPI", refusal("400 Bad Request", {"detail": "no such model"}), "", "refused the request"),
    Case(
        26,
        "list of Google",
        refusal(
            "400 Bad Request", [{"error": {"code": 400, "message": "API key not valid", "status": "INVALID_ARGUMENT"}}]
        ),
        "",
        "does not accept the key",
    ),
    Case(
        26,
        "error of Anthropic",
        refusal("403 Forbidden", {"type": "error", "error": {"type": "permission_error", "message": "no"}}),
        "",
        "may not use",
    ),
    Case(
        26,
        "plain text",
        refusal("500 Internal Server Error", b"Internal Server Error", "text/plain"),
        "",
        "trouble of its own (status 500)",
    ),
    Case(
        26,
        "no money, with 429",
        refusal("429 Too Many Requests", {"error": {"message": "You ran out", "code": "insufficient_quota"}}),
        "",
        "no money left",
    ),
    Case(26, "no money", refusal("402 Payment Required", {"error": "billing"}), "", "no money left"),
    Case(
        27,
        "redirect",
        [
            head(
                "307 Temporary Redirect",
                "text/plain",
                "Location: http://127.0.0.1:9/v1/chat/completions",
                "Content-Length: 0",
            )
        ],
        "",
        "never followed",
    ),
    Case(
        28,
        "key repeated",
        refusal("401 Unauthorized", {"error": {"message": "Incorrect API key provided: sk-canary-0123456789"}}),
        "",
        "does not accept the key",
    ),
    Case(29, "a huge line", [*BEGUN, b"data: " + b"x" * (2 << 20)], "Hello", "more than any reply"),
    Case(
        29,
        "an endless stream",
        [*BEGUN, *[event({"choices": [], "more": "x" * (1 << 19)})] * 40],
        "Hello",
        "more than any reply",
    ),
    Case(
        29,
        "more text than was asked for",
        [STREAM, *[text("word ")] * 300, *END],
        "word " * 15 + ("word " * 285)[:1000],
        remote={"finish": "limit"},
    ),
    Case(
        29,
        "endless snapshots",
        [STREAM, b"".join([snapshot("Hello")] * 5000), HANG],
        "Hello",
        remote={"finish": "limit", "arrivals": 4096},
    ),
    Case(29, "endless comments", [*BEGUN, *[b": ping\n\n", 0.05] * 100], "Hello", "its time was up", "busy"),
    Case(
        30,
        "silence after a refusal",
        [head("503 Service Unavailable", "text/plain", "Content-Length: 9"), HANG],
        "",
        "trouble of its own (status 503)",
        "busy",
    ),
    Case(30, "silence before the head", [HANG], "", "sent nothing for too long", "brief"),
    Case(30, "silence after the head", [STREAM, HANG], "", "sent nothing for too long", "brief"),
    Case(30, "silence after text", [*BEGUN, HANG], "Hello", "sent nothing for too long", "brief"),
    Case(30, "silence after DONE", [*BEGUN, *END, HANG], "Hello"),
    Case(30, "silence after finish", [*BEGUN, FINISH, HANG], "Hello", limits="busy", remote={"finish": "stop"}),
    Case(
        31,
        "snapshots",
        [STREAM, *SNAPSHOTS, chunk({}, "stop"), USAGE, DONE],
        "Hello big world",
        remote={"unit": "snapshots", "arrivals": 3},
    ),
    Case(31, "an empty closing delta", [STREAM, snapshot("Hello"), snapshot("", "stop", 1), DONE], "Hello"),
    Case(31, "a snapshot that shrinks", [STREAM, snapshot("Hello big world"), snapshot("Hello"), *END], "Hello"),
    Case(
        31, "a snapshot that empties", [STREAM, snapshot("Hello big world"), snapshot(""), snapshot("Hi"), *END], "Hi"
    ),
    Case(
        31,
        "a snapshot that repeats",
        [STREAM, snapshot("Hello"), snapshot("Hello"), *END],
        "Hello",
        remote={"arrivals": 2},
    ),
    Case(31, "text after a snapshot", [STREAM, snapshot("Hello"), text(" you"), *END], "Hello you"),
    Case(
        31,
        "a snapshot in a block of thinking",
        [STREAM, snapshot("<think>x"), snapshot("<think>x</think>Hello"), *END],
        "Hello",
    ),
    Case(
        32, "half a character", [STREAM, one_event(rb'{"choices":[{"delta":{"content":"a\ud83d"}}]}'), *END], "a\ufffd"
    ),
    Case(32, "NaN", [*BEGUN, b'data: {"choices":[],"usage":{"prompt_tokens":NaN}}\n\n'], "Hello", "not a chat reply"),
    Case(32, "broken JSON", [*BEGUN, b'data: {"choices":[{\n\n'], "Hello", "not a chat reply"),
    Case(32, "nested too deeply", [*BEGUN, b"data: " + b"[" * 100_000 + b"\n\n"], "Hello", "not a chat reply"),
    Case(32, "a number", [*BEGUN, b"data: 7\n\n"], "Hello", "not a chat reply"),
    Case(32, "a byte order mark", [STREAM, b"\xef\xbb\xbf" + text("Hello"), *END], "Hello"),
    Case(
        32, "controls and overrides", [STREAM, text("a\x1b[31m\x00b\u202ec\u2066d\x85\ufffe"), *END], "a░[31m░b░c░d░░"
    ),
    Case(32, "line separators", [STREAM, one_event(bytes_of("a\u2028b\u2029c\x85d")), *END], "a\u2028b\u2029c░d"),
    Case(
        32,
        "content as parts",
        [STREAM, chunk({"content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]}), *END],
        "Hello",
    ),
    Case(32, "content as a number", [*BEGUN, chunk({"content": 7}), *END], "Hello", "not a chat reply"),
    Case(
        32,
        "another reply beside the first",
        [*BEGUN, event({"choices": [{"index": 1, "delta": {"content": "no"}}]}), *END],
        "Hello",
    ),
    Case(
        32,
        "another charset is said",
        [head("200 OK", "text/event-stream; charset=latin-1"), one_event(bytes_of("café")), *END],
        "café",
    ),
    Case(
        33,
        "retired with 404",
        refusal("404 Not Found", {"error": {"code": "model_not_found", "message": "gone"}}),
        "",
        "Race the-next in its place",
    ),
    Case(33, "retired with 410", refusal("410 Gone", b"", "text/plain"), "", "Race the-next in its place"),
    Case(
        33,
        "finish in camels",
        [*BEGUN, event({"choices": [{"delta": {}, "finishReason": "STOP"}]})],
        "Hello",
        remote={"finish": "stop"},
    ),
]
