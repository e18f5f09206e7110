"""Lean scripts and styles mean what their sources mean."""

import shutil
import subprocess

import pytest

from playground.ui.stage import ASSETS, stage_script
from playground.web.minify import lean_css, lean_js
from playground.web.stage_code import inspector_script

PROGRAM = """
/** A comment with `ticks` and 'quotes'. */
const text = 'a  // b'; // not this
const nested = `one ${[1, 2].map((n) => `n ${n}  ${n > 1 ? `big // ` : "small  "}`).join(' ; ')}  end`;
const pattern = '1  /* 2 */'.replace(/ +\\/\\*/g, ' :');
let i = 1
const j = i + +i - -i, k = i++ + ++i;
const o = { a: 1, get b() { return this.a / 2 / 1; } };
if (i) { i = typeof i === 'number' ? 1 : 2 }
else i = 3
[text, nested, pattern, i, j, k, o.b].forEach((each) => console.log(JSON.stringify(each)))
""".replace("else i = 3\n[", "else i = 3;\n[")


# A declaration that takes an object apart, after what it reads.
APART = """
const made = ({ story }) => ({ record: story, rest: [story] });
function branch(parent) {
  if (!parent) return null;
  const cells = parent.map((cell) => cell + 1);
  const story = cells.join();
  const { record, rest: [first] } = made({ from: 1, story });
  const [again] = [{ story }].map((each) => each.story);
  return [record, first, again];
}
console.log(JSON.stringify(branch([1, 2])))
"""


def node(program):
    return subprocess.run(["node", "-"], input=program, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
def test_a_lean_program_does_the_same():
    assert node(lean_js(PROGRAM)) == node(PROGRAM) != ""
    assert len(lean_js(PROGRAM)) < len(PROGRAM) * 0.9 and "comment" not in lean_js(PROGRAM)


@pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
def test_what_is_taken_apart_stays_after_what_it_reads():
    assert node(lean_js(APART)) == node(APART) == '["2,3","2,3","2,3"]\n'


@pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
def test_a_bundle_names_what_it_calls_often_and_computes_the_same():
    calls = "\n".join(f"told.push(Math.max({n}, 2), Other.Math.max(1), String({n}));" for n in range(5))
    scope = f"const Other = {{ Math: {{ max: (n) => -n }} }}; const told = [];\n{calls}\nreturn told.join(Object.keys({{ Math }}));"
    bundle = f"console.log((() => {{\n'use strict';\n{scope}\n}})());\n"
    lean = lean_js(bundle)
    assert node(lean) == node(bundle) and lean.count("Other.Math.max(") + lean.count(".Math.max(") >= 5
    assert lean.count("String(") == 0 and lean.count("Object.keys(") == 1, "the first is called often, the other once"


def test_every_text_of_the_stage_is_kept():
    lean = stage_script() + inspector_script()
    for text in (
        "Type a prompt and press Run: both models write the same reply, and every pass is kept.",
        "`Go on from ${",
    ):
        assert text in lean


def test_the_stage_stays_small_as_sent():
    rules = lean_css((ASSETS / "stage" / "stage.css").read_text(encoding="utf-8"))
    assert len((stage_script() + rules).encode()) < 81_000  # 80,000 is the aim, docs/BENCHMARKS.md


def test_a_lean_style_keeps_what_spaces_mean():
    style = '/* one */\n.a .b > c { width: calc(1px + 2px); content: "a , ; { b"; }\n@media (min-width: 1px) and (x: 2) { a:hover, b { margin: 0 1px; } }\n'
    assert lean_css(style) == (
        '.a .b>c{width:calc(1px + 2px);content:"a , ; { b"}@media(min-width:1px) and (x:2){a:hover,b{margin:0 1px}}'
    )


def test_without_the_minifier_the_sources_are_sent_as_they_are(monkeypatch):
    monkeypatch.setattr("playground.web.minify.minify", None)
    assert lean_js(PROGRAM) == PROGRAM and lean_css("a { b: c }") == "a { b: c }"
