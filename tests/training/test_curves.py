"""The picture of loss curves contains every run at the right place."""

import json
from xml.etree import ElementTree

from made_up import command, train
from playground.training.__main__ import main

SVG = "{http://www.w3.org/2000/svg}"


def test_every_run_has_a_curve_inside_the_picture(made, tmp_path):
    further = tmp_path / "further <&>"
    train(further, "ar", made.data, "--start", made.models / "twin-ar", "--steps", 40)
    out = tmp_path / "curves.svg"
    command("curves", "--runs", made.diffusion, made.ar, further, "--out", out)
    drawn = ElementTree.parse(out).getroot()
    _, _, width, height = map(float, drawn.attrib["viewBox"].split())
    curves = [
        [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
        for line in drawn.iter(f"{SVG}polyline")
    ]
    assert [len(points) for points in curves] == [3, 3, 2]
    assert all(0 < x < width and 0 < y < height for points in curves for x, y in points)
    _, ar, after = curves
    assert ar[0][1] < ar[-1][1]  # y grows downwards, and the loss falls
    assert after[0][0] > ar[-1][0]  # starts where the training of its initial weights ended
    said = " ".join("".join(text.itertext()) for text in drawn.iter(f"{SVG}text"))
    last = [json.loads(row) for row in (made.ar / "log.jsonl").read_text().splitlines()]
    assert f"ar (ar) {sum(row['loss'] for row in last) / 3:.2f}" in said and "further <&> (ar)" in said


def test_a_run_without_a_log_says_what_to_do(made, tmp_path, capsys):
    assert main(["curves", "--runs", str(tmp_path), "--out", str(tmp_path / "x.svg")]) == 2
    assert "holds no run" in capsys.readouterr().err
