"""One script is what its modules say: their order, their names, and what they do."""

import json
import re
import shutil
import subprocess
import sys

import pytest

from playground.trace.trace import ENDINGS, PHASES, SCHEMA, SETTLED, STATES
from playground.ui.controls import PAGE
from playground.web.bundle import BundleError, bundle, in_order, unused_exports
from playground.web.constants import ASSETS, CONSTANTS, MODULE, main
from playground.web.minify import lean_js
from playground.web.stage_code import LATE, STAGE, TALK
from playground.web.types import declarations

needs_node = pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
WRITTEN = {MODULE: CONSTANTS}
SCRIPTS = (STAGE, LATE, TALK, PAGE)
ESLINT = ASSETS.parent / "node_modules" / ".bin" / "eslint"


def files(root, **sources):
    """A folder of modules; their names end in .js."""
    for name, source in sources.items():
        (root / f"{name}.js").write_text(source, encoding="utf-8")
    return root


def refused(root, entry="a.js", **sources):
    with pytest.raises(BundleError) as error:
        bundle(files(root, **sources), entry)
    return str(error.value)


def names(root, entry, **sources):
    return [module.name for module in in_order(files(root, **sources), entry)]


def test_each_module_comes_once_and_after_those_it_imports(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "d.js").write_text("import { c } from '../c.js';\nexport const d = c;\n", encoding="utf-8")
    a = "import { b } from './b.js';\nimport {\n  d,\n} from './deep/d.js';\nexport const a = b + d;\n"
    b = "import { c } from './c.js';\nexport const b = c;\n"
    assert names(tmp_path, "a.js", a=a, b=b, c="export const c = 1;\n") == ["c.js", "b.js", "deep/d.js", "a.js"]


def test_a_script_declares_what_its_entry_exports_and_nothing_else(tmp_path):
    root = files(
        tmp_path,
        a="/* What\nexport const no = 1;\n it is. */\n// export const no = 2;\nimport { b } from './b.js';\nfunction a() { return b; }\nexport { a };\n",
        b="export const b = 2;\nconst hidden = 3; // export\n",
    )
    assert bundle(root, "a.js") == (
        "const { a } = (() => {\n'use strict';\nexport const b = 2;\n".replace("export ", "")
        + "const hidden = 3; // export\nfunction a() { return b; }\nreturn { a };\n})();\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        "import b from './b.js';",
        "import * as b from './b.js';",
        "import { b as c } from './b.js';",
        "import './b.js';",
        "import { b } from 'b';",
        "export default 1;",
        "export * from './b.js';",
        "export { b as c };",
        "const { b } = {};",
    ],
)
def test_a_form_that_is_not_read_is_refused_by_name(tmp_path, line):
    assert refused(tmp_path, a=line + "\n", b="export const b = 1;\n").startswith("a.js ")


def test_what_is_not_there_is_named(tmp_path):
    assert refused(tmp_path, a="import { b } from './b.js';\n") == "a.js imports b.js, which is no file."
    assert refused(tmp_path, entry="z.js", a="") == "The script begins with z.js, which is no file."
    unknown = {"a": "import { c } from './b.js';\n", "b": "export const b = 1;\n"}
    assert refused(tmp_path, **unknown) == "a.js imports c from b.js, which exports b."
    assert refused(tmp_path, a="export { c };\n") == "a.js exports c, which it neither declares nor imports."


def test_two_modules_do_not_share_a_name(tmp_path):
    a = "import { c } from './b.js';\nconst b = c;\n"
    message = refused(tmp_path, a=a, b="const b = 1;\nexport const c = b;\n")
    assert message == "b.js and a.js both declare b. Give one of them another name."
    own = {"a": "import { b } from './b.js';\nfunction b() {}\n", "b": "export const b = 1;\n"}
    assert "b.js" in refused(tmp_path, **own)


def test_a_circle_is_refused_with_its_way(tmp_path):
    sources = {
        "a": "import { b } from './b.js';\nexport const a = b;\n",
        "b": "import { c } from './c.js';\nexport const b = c;\n",
        "c": "import { b } from './b.js';\nexport const c = b;\n",
    }
    assert refused(tmp_path, **sources) == "These modules import each other in a circle: b.js -> c.js -> b.js."


def test_only_constants_that_are_imported_are_sent(tmp_path):
    root = files(tmp_path, a="import { ONE } from './known.js';\nexport const a = ONE;\n")
    script = bundle(root, "a.js", {"known.js": {"ONE": "</script>", "TWO": 2}})
    assert 'const ONE = "\\u003c/script>";' in script and "TWO" not in script
    with pytest.raises(BundleError, match="ONES"):
        bundle(files(tmp_path, a="import { ONES } from './known.js';\n"), "a.js", {"known.js": {"ONE": 1}})


def test_an_export_that_nobody_imports_is_found(tmp_path):
    root = files(
        tmp_path, a="import { b } from './b.js';\nexport const a = b;\n", b="export const b = 1;\nexport const c = 2;\n"
    )
    assert unused_exports({"a.js": in_order(root, "a.js")}) == ["b.js: c"]


def test_no_module_of_the_page_exports_what_nobody_imports():
    tests = " ".join(path.read_text(encoding="utf-8") for path in (ASSETS.parent / "tests" / "js").glob("*.js"))
    unused = unused_exports({entry: in_order(ASSETS, entry, WRITTEN) for entry in SCRIPTS})
    assert [each for each in unused if not re.search(rf"\b{each.rpartition(' ')[2]}\b", tests)] == []


def test_every_module_of_the_page_is_part_of_a_script():
    used = {module.name for entry in SCRIPTS for module in in_order(ASSETS, entry, WRITTEN)}
    folders = {name.partition("/")[0] for name in used} - {"generated"}
    assert {
        path.relative_to(ASSETS).as_posix() for folder in folders for path in (ASSETS / folder).rglob("*.js")
    } == used - {MODULE}


@needs_node
@pytest.mark.parametrize("entry", SCRIPTS)
def test_a_script_says_what_its_modules_say(entry, tmp_path):
    """Every name of every module holds the same in the script as where node loads the modules themselves."""
    main()  # what node reads of the constants
    modules = in_order(ASSETS, entry, WRITTEN)
    exported = [(module.name, name) for module in modules for name in module.exports]
    every = ", ".join(name for _, name in exported)
    script = bundle(ASSETS, entry, WRITTEN).replace("\nreturn {", f"\nglobalThis.everyName = {{ {every} }};\nreturn {{")
    (tmp_path / "modules.mjs").write_text(
        f"{BROWSER}const every = {{}};\n"
        + "".join(
            f"every[{json.dumps(name)}] = (await import({json.dumps((ASSETS / module).as_uri())})).{name};\n"
            for module, name in exported
        )
        + SHOW,
        encoding="utf-8",
    )
    (tmp_path / "script.mjs").write_text(
        f"{BROWSER}{script}const every = globalThis.everyName;\n{SHOW}", encoding="utf-8"
    )
    ours, theirs = (run(tmp_path / name) for name in ("script.mjs", "modules.mjs"))
    assert ours == theirs
    assert set(ours) == {name for _, name in exported}


@needs_node
@pytest.mark.parametrize("entry", SCRIPTS)
def test_the_script_as_sent_offers_what_its_entry_exports(entry, tmp_path):
    exports = in_order(ASSETS, entry, WRITTEN)[-1].exports
    kinds = f"\nconsole.log(JSON.stringify([{', '.join(f'typeof {name}' for name in exports)}]));"
    (tmp_path / "sent.js").write_text(BROWSER + lean_js(bundle(ASSETS, entry, WRITTEN)) + kinds, encoding="utf-8")
    assert run(tmp_path / "sent.js") == ["function"] * len(exports)


# Enough of a browser to load modules, which do nothing before they are called; and every name as text, functions with their code.
BROWSER = "globalThis.matchMedia = () => ({ matches: false });\nglobalThis.document = { addEventListener() {} };\n"
SHOW = """
const text = (value) => (typeof value === 'function' ? String(value) : value instanceof Set || value instanceof Map ? [...value] : value);
console.log(JSON.stringify(every, (name, value) => text(value) ?? null));
"""


def run(path):
    done = subprocess.run(["node", str(path)], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_both_sides_know_is_written_in_python_alone():
    """No JavaScript spells out a list that Python holds."""
    lists = {
        "settled states": SETTLED,
        "states": STATES,
        "endings": ENDINGS,
        "phases": PHASES,
        "sampler settings": CONSTANTS["SAMPLER_SETTINGS"],
    }
    for path in sorted(ASSETS.rglob("*.js")):
        if path.parent.name == "generated":
            continue
        code = path.read_text(encoding="utf-8")
        for written in re.findall(r"\[(\s*'[^'\]]*'(?:\s*,\s*'[^'\]]*')+\s*,?\s*)\]", code):
            words = set(re.findall(r"'([^']*)'", written))
            assert not [name for name, known in lists.items() if words == set(known)], f"{path.name}: {written}"
        assert CONSTANTS["BLANK"] not in code, path.name


def test_the_schema_of_a_trace_lists_the_states_that_python_knows():
    change = SCHEMA["properties"]["frames"]["items"]["properties"]["changes"]["items"]["prefixItems"]
    assert tuple(change[3]["enum"]) == STATES
    assert (
        tuple(SCHEMA["properties"]["frames"]["items"]["properties"]["phase"]["enum"])
        == PHASES
        == tuple(CONSTANTS["PHASE_RULES"])
    )
    assert set(SCHEMA["properties"]["ended"]["enum"]) == {*ENDINGS, None}


def test_events_and_handle_of_the_page_are_named_in_one_module():
    """Who tells or hears an event, or asks for the stage's handle, does so through assets/page/public.js."""
    homes = {"playground:": {"page/public.js"}, "__stage": {"page/public.js", "stage/mount.js"}}
    modules = {module.name: module.code for entry in SCRIPTS for module in in_order(ASSETS, entry, WRITTEN)}
    for word, home in homes.items():
        assert {
            name for name, code in modules.items() if word in re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL)
        } == home
        assert [
            path.name
            for path in (ASSETS.parent / "playground" / "ui").rglob("*.py")
            if word in path.read_text(encoding="utf-8")
        ] == []


def test_every_public_event_is_typed_and_described():
    described = set(
        re.findall(r"^     (\w+) +\S", (ASSETS / "page" / "public.js").read_text(encoding="utf-8"), re.MULTILINE)
    )
    types = (ASSETS / "types.d.ts").read_text(encoding="utf-8")
    typed = set(
        re.findall(r"^  (\w+):", types.partition("interface PublicEvents {")[2].partition("\n}")[0], re.MULTILINE)
    )
    used = set()
    for module in (module for entry in SCRIPTS for module in in_order(ASSETS, entry, WRITTEN)):
        used |= set(re.findall(r"\b(?:tell|hear)\('(\w+)'", module.code))
    assert described == typed == used


def test_the_room_needs_neither_torch_nor_gradio():
    code = "import sys, playground.web.constants; print([name for name in ('torch', 'gradio') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ASSETS.parent)
    assert done.stdout.strip() == "[]"


def test_a_schema_becomes_types():
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {
            "a": {"$ref": "#/$defs/one"},
            "b": {
                "type": ["array", "null"],
                "items": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}]},
            },
        },
        "$defs": {"one": {"enum": ["x", None]}},
    }
    body = declarations(schema, "Made").splitlines()[-1]
    assert body == 'export type Made = { "a": "x" | null; "b"?: ([number, boolean])[] | null; [name: string]: any };'
    assert declarations({"type": "object", "additionalProperties": {"type": "string"}}, "M").endswith(
        "M = { [name: string]: string };\n"
    )


@pytest.mark.skipif(not ESLINT.exists(), reason="make check has not installed eslint")
@pytest.mark.parametrize("entry", SCRIPTS)
def test_the_script_as_sent_reads_no_name_before_it_is_declared(entry, tmp_path):
    """The minifier may move declarations: eslint reads what it made."""
    (tmp_path / "sent.js").write_text(lean_js(bundle(ASSETS, entry, WRITTEN)), encoding="utf-8")
    rule = "no-use-before-define: [error, {functions: false, classes: false, variables: false}]"
    command = [ESLINT, "--no-config-lookup", "--rule", rule, "sent.js"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
