"""The page and Python accept the same run files: a thousand made from real ones, on both sides, with the same words for what is wrong."""

import base64
import json
import random
import shutil
import subprocess

import pytest

from fakes import OFFERS, FakeEngine, record
from playground.request.race_request import RaceRequest
from playground.trace.trace import SCHEMA, Trace, TraceError
from playground.web.bundle import bundle
from playground.web.constants import ASSETS, CONSTANTS, MODULE

READ_ALL = """
const { readFileSync } = require('fs');
const answer = (file) => {
  try { readRun(new Uint8Array(Buffer.from(file, 'base64')).buffer); return ''; } catch (error) { return error.message; }
};
console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(answer)));
"""
ODD = (
    None,
    True,
    False,
    0,
    1,
    -1,
    1.0,
    0.5,
    -0.0,
    4096,
    4097,
    2**31,
    2**53 + 1,
    10**15,
    1e-320,
    1e308,
    1.75e308,
    "",
    "done",
    "prompt",
    "x" * 70,
    "x" * 1001,
    "\ud800",
    "\udc00 x",
    "🙂",
    "🙂" * 150,
    "1",
    [],
    [[]],
    {},
    {"lane": 5},
    {"line": 5},
    {"line": "won"},
    {"line": "", "lanes": 3},
    [1, "a", None, "noise", 1],
    {"01": []},
    {"1": [["a", 0.5]]},
    {"1": [["a", 2]]},
    {"\u0661": []},
    {" 1": []},
    {"1\n": []},
    {"": 1},
    {"__proto__": 1},
    {"x" * 201: 1},
    "NaN",
    -5,
    1e9,
    1e9 + 1,
)


def node():
    """A JavaScript engine: this machine's, or the one that playwright brings along."""
    from playwright._impl._driver import compute_driver_executable

    return shutil.which("node") or compute_driver_executable()[0]


def told_by_the_page(files: list[bytes]) -> list[str]:
    """What the page says to each file; empty where it plays it."""
    code = bundle(ASSETS, "page/run_text.js", {MODULE: CONSTANTS}) + READ_ALL
    sent = json.dumps([base64.b64encode(file).decode("ascii") for file in files])
    done = subprocess.run(
        [node(), "-e", code], input=sent, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return json.loads(done.stdout)


def told_by_python(file: bytes) -> str:
    try:
        Trace.read(file)
    except TraceError as error:
        return str(error)
    return ""


def real_runs() -> list[dict]:
    race = record(length=8, steps=3)
    versus = record(length=8, steps=2, versus='{"steps":4}')
    prompt = race.lanes[0].prompt
    ids = list(range(prompt + 8))
    branch = FakeEngine().start(
        RaceRequest.parse(
            {
                "prompt": OFFERS[0],
                "length": 8,
                "resume": {
                    "run": race.run["id"],
                    "lane": "diffusion",
                    "kind": "diffusion",
                    "frame": 1,
                    "prompt": prompt,
                    "ids": ids,
                    "open": [prompt + 2],
                    "pinned": [],
                    "edits": [{"position": prompt + 1, "text": "new"}],
                },
            }
        )
    )
    list(branch.frames())
    grafted = Trace(dict(race.run), race.lanes, list(race.frames), race.verdict, race.ended)
    grafted.graft(branch.trace)
    recorded = json.loads((ASSETS / "traces" / "first.json").read_text(encoding="utf-8"))
    return [race.to_json(), versus.to_json(), grafted.to_json(), recorded]


def places(data, path=()):
    """Every place in a run: the path of keys and numbers to it."""
    yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from places(value, (*path, key))


def changed(data: dict, chance: random.Random) -> dict:
    """A copy with something at one or two places put in, taken out, doubled or swapped."""
    data = json.loads(json.dumps(data))
    for _ in range(chance.choice((1, 1, 1, 2))):
        *way, last = chance.choice([path for path in shallow(data, chance) if path])
        where = data
        for key in way:
            where = where[key]
        what = chance.choice(("put", "put", "put", "drop", "double", "scale"))
        if what == "put":
            where[last] = chance.choice(ODD)
        elif what == "drop":
            del where[last]
        elif what == "double" and isinstance(where, list):
            where.insert(last, where[last])
        elif isinstance(where[last], (int, float)):
            where[last] *= chance.choice((1.0, 1.0000001, 2, -1))
    return data


def shallow(data, chance):
    """Places, as many near the top as deep in the frames."""
    found = list(places(data))
    near = [path for path in found if len(path) <= 4 and path[:1] != ("frames",)]
    return chance.choice((found, near))


def spelled(data: dict, chance: random.Random) -> bytes:
    """A file of it, as some program or other might write it, or half of it."""
    text = json.dumps(data, ensure_ascii=chance.random() < 0.5, indent=chance.choice((None, 1)))
    if chance.random() < 0.15:
        text = text.replace(
            "1", chance.choice(("NaN", "-Infinity", "1e999", "9" * 5000, "1.0", "1E0", "01", "0x1", "1_0", "'1'")), 1
        )
    if chance.random() < 0.1:
        text = text.replace(
            '"run":',
            chance.choice(
                (
                    '"deep": ' + "[" * 40 + "]" * 40 + ', "run":',
                    '"run": 5, "run":',
                    '"more": ' + "[" * 20000 + "]" * 20000 + ', "run":',
                    '"big": ' + "7" * 400 + ', "run":',
                    '"half": "\\ud800", "run":',
                    '"\\udfff": 1, "run":',
                )
            ),
            1,
        )
    if chance.random() < 0.1:
        text = text.replace("\n", chance.choice(("\r\n", "\r", "\f", "\u00a0")))
    file = text.encode(
        chance.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1")), "replace"
    )
    if chance.random() < 0.08:
        file = file[: chance.randrange(len(file))]
    if chance.random() < 0.08:
        at = chance.randrange(len(file))
        file = file[:at] + bytes([chance.randrange(256)]) + file[at + 1 :]
    if chance.random() < 0.04:
        file = chance.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) + file
    return file


def test_page_and_python_say_the_same_to_a_thousand_files():
    chance, runs = random.Random(17), real_runs()
    files = [spelled(run, random.Random(n)) for n, run in enumerate(runs)]
    files += [
        spelled(changed(runs[n % len(runs)], chance) if n % 5 else runs[n % len(runs)], chance) for n in range(1000)
    ]
    ours, theirs = [told_by_python(file) for file in files], told_by_the_page(files)
    assert [(bool(a), bool(b)) for a, b in zip(ours, theirs)] == [(bool(a), bool(a)) for a in ours], [
        (a, b, file[:200]) for a, b, file in zip(ours, theirs, files) if bool(a) != bool(b)
    ][:3]
    assert 200 < sum(not said for said in ours) < 800, "neither side of the rule is left untried"
    damaged = [(a, b) for a, b in zip(ours, theirs) if "damaged" in a]
    assert len(damaged) > 200 and all(a == b for a, b in damaged), [pair for pair in damaged if pair[0] != pair[1]][:3]


def test_what_python_accepts_can_be_written_and_read_again():
    chance, runs = random.Random(5), real_runs()
    for n in range(300):
        file = spelled(changed(runs[n % 3], chance), chance)
        if not told_by_python(file):
            again = Trace.loads(Trace.read(file).dumps().encode("utf-8").decode("utf-8"))
            assert again.to_json() == Trace.loads(again.dumps()).to_json()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_with_a_byte_order_mark_are_read(encoding):
    text = json.dumps(record(length=8, steps=2, prompt="東京 🙂").to_json(), ensure_ascii=False, indent=1)
    file = text.replace("\n", "\r\n").encode(encoding)
    assert [told_by_python(file), *told_by_the_page([file])] == ["", ""]


def test_the_schema_uses_only_what_its_checkers_know():
    known = {
        "$ref",
        "type",
        "enum",
        "required",
        "properties",
        "additionalProperties",
        "maxProperties",
        "propertyNames",
        "items",
        "prefixItems",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "pattern",
    }

    def parts(word, value):
        if word in ("properties", "prefixItems"):
            return value.values() if word == "properties" else value
        return [value] if word in ("items", "additionalProperties", "propertyNames") else []

    def words(schema):
        for word, value in schema.items():
            yield word
            for inner in parts(word, value):
                yield from words(inner)

    own = {name: value for name, value in SCHEMA.items() if not name.startswith(("$", "x-"))}
    assert set(words(own)) | {word for part in SCHEMA["$defs"].values() for word in words(part)} <= known
