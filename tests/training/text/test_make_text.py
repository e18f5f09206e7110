"""make-text: template parts and parts by people in one folder, in the shares of the mix; prepare and the card use
them."""

from __future__ import annotations

import lzma
import random
from dataclasses import asdict

import pytest

from made_up import command
from playground.training import card
from playground.training.corpus import SEPARATOR, read_documents
from playground.training.make_text import make_text, read_mix
from playground.training.prepare import prepare
from playground.training.sources import sources_of
from playground.training.text.draw import held_back
from playground.training.text.real import persona
from playground.web.templates import text

PERSONA = "\n".join(["User: Hi! What do you do for fun?", "Assistant: I like to swim. What about you?"] * 3)
NAMELESS = PERSONA.replace("Hi!", "Hi, I'm (user 1's name).")
TOPICAL = "\n".join(
    [
        "User: do you like football? i saw that the university painted the locker room of the other team pink to calm them",
        "Assistant: yea i heard that the coach had read it somewhere and the league made a rule against it later on haha",
    ]
    * 11
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Small parts of text by people, packed like the corpus."""
    folder = tmp_path_factory.mktemp("real")
    rng = random.Random(0)
    things = "cup car dog hat map bus pen jar fan bed".split()
    for part in ("dialog_sgd", "tinystories", "coffee", "dialog"):
        for split, count in (("train", 400), ("valid", 20)):
            documents = [
                f"User: I need {' '.join(rng.choices(things, k=20))}.\nAssistant: Here is number {n}."
                for n in range(count)
            ]
            if part == "dialog":
                documents = [
                    *(
                        text.replace("swim", f"swim {n} times")
                        for n in range(20)
                        for text in (PERSONA, NAMELESS, TOPICAL)
                    )
                ]
            text = f"\n{SEPARATOR}\n".join(documents)
            (folder / f"{part}.{split}.txt.xz").write_bytes(lzma.compress(text.encode()))
    return folder


@pytest.fixture(scope="module")
def made(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    command("make-text", folder, "--corpus", corpus, "--documents", 600, "--seed", 5)
    return folder


def documents(folder, name):
    return list(read_documents(folder / f"{name}.txt"))


def test_the_same_seed_gives_the_same_bytes(made, corpus, tmp_path):
    make_text(tmp_path, corpus, 5, 600)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in made.iterdir()
    }


def test_the_parts_have_their_shares_of_the_bytes(made):
    mix = read_mix()
    shares = {**mix["made"], **{name: about["share"] for name, about in mix["real"].items()}}
    sizes = {name: sum(len(document.encode()) for document in documents(made, f"{name}.train")) for name in shares}
    assert len(documents(made, "everyday.train")) == 600
    whole = sizes["everyday"] / shares["everyday"]
    for name, share in shares.items():
        if name in ("everyday", "persona"):  # of persona there are few documents
            continue
        assert 0.7 * share * whole < sizes[name] <= 1.001 * share * whole, name
    assert sum(about["share"] for about in mix["real"].values()) == pytest.approx(0.29, abs=0.05)


def test_only_persona_chat_is_kept_of_the_small_talk(made):
    assert persona(PERSONA) and not persona(NAMELESS) and not persona(TOPICAL)
    kept = documents(made, "persona.train")
    assert kept and all(document.startswith("User: Hi! What do you do") for document in kept)
    assert not (made / "dialog.train.txt").exists()


def test_validation_is_held_out_of_training(made):
    train = set(documents(made, "everyday.train"))
    valid = documents(made, "everyday.valid")
    assert len(valid) >= 20 and not train & set(valid)
    assert not any(held_back(document.split("\n")[0].removeprefix("User:")) for document in train)


def test_without_real_parts_only_the_made_ones_are_written(tmp_path):
    make_text(tmp_path, None, 1, 100)
    assert {path.name.split(".")[0] for path in tmp_path.iterdir()} == {"everyday", "plain_stories"}


def test_a_missing_part_is_told(tmp_path, capsys):
    from playground.training.__main__ import main

    (tmp_path / "empty").mkdir()
    assert main(["make-text", str(tmp_path / "out"), "--corpus", str(tmp_path / "empty"), "--documents", "50"]) == 2
    assert "No train text for dialog_sgd" in capsys.readouterr().err


def test_kinds_are_drawn_more_often_where_a_file_says_so(tmp_path, capsys):
    from playground.training.__main__ import main

    shares = tmp_path / "shares.json"
    shares.write_text('{"capital_of": 40}')
    folders = {name: tmp_path / name for name in ("plain", "more")}
    for name, options in (("plain", ()), ("more", ("--shares", shares))):
        command("make-text", folders[name], "--documents", 400, "--seed", 5, *options)
    counts = {
        name: sum("apital of" in document for document in documents(folder, "everyday.train"))
        for name, folder in folders.items()
    }
    assert counts["more"] > 5 * max(1, counts["plain"])
    valid = [documents(folder, "everyday.valid") for folder in folders.values()]
    assert valid[0] == valid[1], "what is validated on stays"
    for wrong, said in (('{"capital": 2}', "no kind capital"), ('{"capital_of": 0}', "above 0"), ("[]", "JSON object")):
        shares.write_text(wrong)
        assert main(["make-text", str(tmp_path / "x"), "--documents", "9", "--shares", str(shares)]) == 2
        assert said in capsys.readouterr().err


def section(corpus):
    """What a card says of its training text."""
    parts = {"made_up": card.made_up(corpus), "alike": card.share_alike(corpus["parts"]), "before_the_judge": False}
    return text("card/data.md", training={"corpus": corpus}, **parts)


def test_the_card_says_what_share_is_made_from_templates(made, tmp_path):
    facts = prepare(made, (), 600, tmp_path)
    assert set(facts["by_part"]) == set(facts["parts"]) >= {"everyday", "plain_stories", "persona", "coffee"}
    for name in ("documents", "tokens", "text_bytes"):
        assert sum(part[name] for part in facts["by_part"].values()) == facts["train"][name]
    corpus = {**facts, "parts": [asdict(source) for source in sources_of(facts["parts"])]}
    told = section(corpus)
    share = sum(facts["by_part"][part]["tokens"] for part in ("everyday", "plain_stories")) / facts["train"]["tokens"]
    assert "No person wrote everyday and plain_stories" in told and f"{share:.0%} of their tokens" in told
    assert "CDLA-Sharing-1.0" in told and "not described" not in told
    assert "CDLA-Sharing-1.0" in card.share_alike(corpus["parts"])
    without = {name: about for name, about in corpus.items() if name != "by_part"}
    assert "No person wrote" not in section(without), "cards of earlier versions have no such count"
