"""The model card: what a twin is, what it was made from, what it is worth, and what it says when nobody selects."""

from __future__ import annotations

from collections import Counter
from typing import Any

from playground.request.race_request import RaceRequest
from playground.text.prompts import ASSISTANT
from playground.training.objectives import MASK_ONLY
from playground.training.repairing import by_rule
from playground.training.samples import Sample, SampleSettings

HOW = {
    "diffusion": (
        "a small masked-diffusion language model. It sees a whole stretch of text at once, most of it hidden, and "
        "predicts every hidden token; the playground's sampler fills the hidden places over a number of passes"
    ),
    "ar": (
        "a small autoregressive language model. It reads from left to right and predicts the next token, one per pass"
    ),
}
USE = {
    "diffusion": """\
The class is a stock `Qwen3ForCausalLM` whose configuration says `is_causal: false`, so `generate` does not fit it. One
pass predicts the token *at* each position (not the next one); hidden positions hold token id 1, `<|mask|>`. Sample with
the playground: `playground/samplers/diffusion/sampler.py`, as `playground/training/sampling.py` does.""",
    "ar": "A stock `Qwen3ForCausalLM`; it works with `generate` and with `playground/samplers/autoregressive.py`.",
}

SINGULAR = {"dialogues": "dialogue", "stories": "story"}


def card(
    name: str, training: dict[str, Any], figures: dict[str, Any] | None, samples: list[Sample], sampled: SampleSettings
) -> str:
    """README.md from training.json, evaluation.json (None where not evaluated yet) and unselected samples."""
    objective = training["objective"]
    sections = (
        front_matter(),
        f"# {name}",
        introduction(objective, training, figures),
        "## What it can and cannot do",
        abilities(objective, training, figures),
        "## How good it is",
        quality(objective, figures),
        "## What it was trained on",
        data(training["corpus"]),
        "## How it was trained",
        settings(training),
        "## How to load it",
        loading(objective),
        "## Licence",
        licence(training["corpus"]["parts"]),
        f"## How it goes on: {in_words(samples)}, unselected",
        replies(objective, samples, sampled),
    )
    return "\n\n".join(sections) + "\n"


def front_matter() -> str:
    """What the Hugging Face Hub reads."""
    return "---\nlicense: cc-by-sa-4.0\nlanguage: en\nlibrary_name: transformers\npipeline_tag: text-generation\n---"


def introduction(objective: str, training: dict[str, Any], figures: dict[str, Any] | None) -> str:
    other = {"diffusion": "autoregressive", "ar": "diffusion"}[objective]
    matched = (
        f"Its {other} twin has the same class, size and tokenizer and saw the same text in the same order with the "
        "same settings; only the objective differs, so that a race between them shows the method and not the budget."
    )
    if figures is None:
        matched = f"How well it matches its {other} twin has not been checked yet."
    elif figures["differences"]:
        unlike = ", ".join(figures["differences"])
        matched = f"Beware when comparing it with its {other} twin: besides the objective they differ in {unlike}."
    return (
        f"One of the two twins of the diffusion playground: {HOW[objective]}. {matched} "
        f"{training['parameters'] / 1e6:.1f} million parameters, where chat models have billions: it is made to be "
        "watched, not to be relied on."
    )


def abilities(objective: str, training: dict[str, Any], figures: dict[str, Any] | None) -> str:
    longest = max(training["settings"]["lengths"])
    text = f"""\
- It answers short everyday requests in English, of the kinds it was trained on (bookings, messages, small sums, single facts, short
  stories), in the words of its training text ("Book a flight from Boston to Rome on May 3."). "Right answers" below counts how often.
- It looks nothing up and books nothing. A fact that it does not know it makes up, in a sentence as smooth as any other.
- It was not trained to be safe or kind, and outside those kinds it follows no instruction. Do not use it to inform, advise or decide.
- English only, and at its best within {longest} tokens (a hundred words or so), the longest stretch of its last training.
  After its reply it goes on with turns of the user that it makes up, where a fixed length is asked for."""
    if objective == "diffusion":
        text += """
- It copies the words of the request well and knows fewer facts than its autoregressive twin, which read the same text. Fewer passes
  break more words, as the samples below show."""
    key = "bits_per_byte_at_most" if objective == "diffusion" else "bits_per_byte"
    mine = (figures or {}).get(objective, {})
    if "stories" in mine and "dialogues" in mine and mine["stories"][key] > mine["dialogues"][key]:
        fewer = ", of which it has read fewer" * ((training["settings"].get("stories") or 0) < 0.5)
        text += (
            f"\n- Stories are harder for it{fewer}: {mine['stories'][key]:.2f} bits per byte against "
            f"{mine['dialogues'][key]:.2f} for dialogues (lower is better)."
        )
    if figures and "infilling" in figures:
        text += f"\n{in_plain_words(objective, figures)}"
    if figures and (sentence := notice_sentence(figures)):
        text += f"\n{sentence}"
    return text


def in_plain_words(objective: str, figures: dict[str, Any]) -> str:
    """What the figures below mean for somebody who has never seen one."""
    gaps = figures["infilling"]
    both, left = gaps["diffusion"]["all"]["exact"], gaps["ar"]["all"]["exact"]
    one = gaps["diffusion" if objective == "diffusion" else "ar"]["all"]["exact"]
    sizes = ", ".join(size for size in gaps["ar"] if size != "all")
    lines = [*right_in_plain_words(objective, figures)]
    lines += [
        f"- Gaps in the middle of a text ({sizes} tokens): it puts back exactly what stood there in {one:.0%} of them. "
        + (
            f"It reads on both sides of the gap; the autoregressive twin, which reads only the left side, manages {left:.0%}."
            if objective == "diffusion"
            else f"It reads only what lies to the left; the diffusion twin, which reads both sides, manages {both:.0%}."
        )
    ]
    if objective == "diffusion":
        (rule, level, random), (own_rule, own_level, own) = (
            best_repair(figures["repair"][name]) for name in ("random tokens", "its own errors")
        )
        lines.append(
            f"- Errors in a text: it mends none unless a revision rule is switched on. With one it mends up to "
            f"{random['repaired']:.0%} of random wrong tokens and spoils {random['spoiled']:.1%} of the right ones ({rule}, "
            f"{level}), and up to {own['repaired']:.0%} of the errors that it made itself, spoiling {own['spoiled']:.1%} "
            f"({own_rule}, {own_level})."
        )
    told = figures.get("generation", {}).get("dialogues")
    if told:
        real, ar = told["real"]["perplexity"], told["ar"]["perplexity"]
        passes = "16" if "16" in told["diffusion"] else max(told["diffusion"], key=int)
        diffusion = told["diffusion"][passes]["perplexity"]
        lines.append(
            "- How surprising a third model finds its dialogues (perplexity): "
            + (
                f"{diffusion:.1f} in {passes} passes; the autoregressive twin {ar:.1f}"
                if objective == "diffusion"
                else f"{ar:.1f}; the diffusion twin in {passes} passes {diffusion:.1f}"
            )
            + f"; people {real:.1f}. Low is not better than people: both twins write the commonest words."
        )
    return "\n".join(lines)


def right_in_plain_words(objective: str, figures: dict[str, Any]) -> list[str]:
    """How many of ten replies are right, at the page's own passes or the nearest that were tried."""
    found = figures.get("right", {}).get("held-out")
    if not found:
        return []
    passes = min(found["diffusion"], key=lambda tried: abs(int(tried) - RaceRequest.steps))
    diffusion, ar = (
        f"{10 * found['diffusion'][passes]['right']:.0f} of 10 right",
        f"{10 * found['ar']['right']:.0f} of 10 right",
    )
    mine, other = (
        (f"{diffusion} in {passes} passes", f"the autoregressive twin {ar}")
        if objective == "diffusion"
        else (ar, f"the diffusion twin {diffusion} in {passes} passes")
    )
    return [f"- Replies to new everyday requests of the kinds it knows: {mine}; {other}."]


def best_repair(rates: dict[str, Any]) -> tuple[str, str, dict[str, float]]:
    """(rule, threshold, rates) of what mends most among what spoils under 2% of the right tokens, or among all where none does."""
    found = list(by_rule(rates))
    careful = [one for one in found if one[2]["spoiled"] < 0.02]
    return max(careful or found, key=lambda one: one[2]["repaired"])


def quality(objective: str, figures: dict[str, Any] | None) -> str:
    if figures is None:
        return "Not evaluated yet: run `python -m playground.training evaluate` and publish again."
    scored, ar, diffusion = figures["validation"]["scored"], figures["ar"], figures["diffusion"]
    masked, drawn = diffusion["masked_cross_entropy"], figures["settings"]
    lines = ["### Right answers", "", right_answers(figures), "", "### Held-out text", ""] if "right" in figures else []
    lines += [
        f"On {figures['validation']['documents']} held-out documents that neither twin was trained on. Bits per byte "
        "say how many bits the model needs per byte of text: lower is better. The autoregressive figure is exact; the "
        "diffusion one is an upper bound (MDLM, 2406.07524, eq. 10), so the true value may be lower. Same windows, "
        "same tokens scored.",
        "",
        "| text | bytes scored | AR twin, exact | diffusion twin, at most |",
        "|---|---|---|---|",
    ]
    for name, size in scored.items():
        bound = f"{diffusion[name]['bits_per_byte_at_most']:.3f} ± {diffusion[name]['standard_error']:.3f}"
        lines.append(f"| {name} | {size['bytes']:,} | {ar[name]['bits_per_byte']:.3f} | {bound} |")
    lines += [
        "",
        f"± is the standard error over {drawn['levels']} random draws per window of {drawn['length']} tokens.",
        "",
    ]
    if objective == "diffusion":
        lines.append(
            f"Masked cross-entropy: {masked['nats']:.3f} ± {masked['standard_error']:.3f} nats per masked token (mask "
            f"noise only, windows of {drawn['masked_length']} tokens that start at a turn or paragraph, a clean prefix "
            f"in half of them, t ~ U({MASK_ONLY.least:g}, 1), mean per window)."
        )
    else:
        lines.append(f"{ar['all']['nats_per_token']:.3f} nats per token on the same windows.")
    lines.append(f"Tokens seen when judged: AR {ar['tokens_seen']:,}, diffusion {diffusion['tokens_seen']:,}.")
    if "infilling" in figures:
        lines += [
            "",
            "### What it writes, read by a judge",
            "",
            judged_texts(figures),
            "",
            "### Filling gaps",
            "",
            filled_gaps(figures),
        ]
    if "repair" in figures and objective == "diffusion":
        lines += ["", "### Mending errors", "", mended_errors(figures)]
    return "\n".join(lines)


RIGHT_SETS = {"held-out": "requests of the kinds", "stories": "openings of stories", "by hand": "prompts by hand"}


def right_answers(figures: dict[str, Any]) -> str:
    """Right, repeated and broken replies of both twins, by set and passes."""
    found = figures["right"]
    rows = [
        (set_, who, row)
        for name, set_ in RIGHT_SETS.items()
        if name in found
        for who, row in (
            ("AR twin", found[name]["ar"]),
            *((f"diffusion twin, {passes} passes", row) for passes, row in found[name]["diffusion"].items()),
        )
    ]
    counts = ", ".join(f"{found[name]['ar']['of']} {set_}" for name, set_ in RIGHT_SETS.items() if name in found)
    return "\n".join(
        [
            f"Replies to {counts}, none of which any training document asks; the page's own rule, temperature 0, {found['length']} tokens, "
            "of which the first turn counts. Right: it holds what the request asks for and no other value in its place, ends with a whole "
            "sentence, says nothing twice and has no broken word. The first two sets are new combinations of the templates that most of the "
            "training text is made from; the third were written one by one, outside them. Words are counted, not meant: a right reply can read oddly.",
            "",
            "| asked | who | right | repeated | broken |",
            "|---|---|---|---|---|",
            *(
                f"| {set_} | {who} | {row['right']:.0%} | {row['repeated']:.1%} | {row['broken']:.1%} |"
                for set_, who, row in rows
            ),
        ]
    )


def notice_sentence(figures: dict[str, Any]) -> str:
    """When the page says that a prompt is outside, and how often it errs; nothing where that was not tried."""
    told = figures.get("notice", {}).get("told")
    return (
        ""
        if not told
        else (
            f"- The page says when a prompt is outside of what it knows: it told {told['outside']['told']:.0%} of "
            f"{told['outside']['of']} prompts from far outside, and wrongly {told['inside']['told']:.0%} of {told['inside']['of']} inside."
        )
    )


def judged_texts(figures: dict[str, Any]) -> str:
    found = figures.get("generation")
    if found is None:
        return "Not scored: there was no judge."
    judge, drawn = found["judge"], figures["settings"]["generation"]
    lines = [
        f"{drawn['length']} tokens behind the openings of held-out documents, unselected, temperature {drawn['temperature']:g}, "
        "no end token. The judge is an AR model of "
        f"{judge['parameters'] / 1e6:.1f} million parameters that is not shipped ({judge['tokens_seen']:,} tokens seen), trained "
        "only on documents set aside for it. Perplexity: how many tokens it wavers between, on average; a text by people is the "
        "measure. A writer who repeats itself scores low, so entropy (nats, of each text's own tokens) and distinct-2 (share of "
        "different neighbours) stand beside it: they should be near those of people.",
    ]
    for name in ("dialogues", "stories"):
        if name not in found:
            continue
        of_kind = found[name]
        rows = {
            "people": of_kind["real"],
            "AR twin": of_kind["ar"],
            **{f"diffusion twin, {passes} passes": row for passes, row in of_kind["diffusion"].items()},
            **{
                f"the same, {passes} passes, surest first whatever stands beside": row
                for passes, row in of_kind["plain"].items()
            },
            **{
                f"the same, {passes} passes and edits ({row['passes']:g} in all)": row
                for passes, row in of_kind["edited"].items()
            },
        }
        lines += [
            "",
            f"| {name}, {of_kind['texts']} texts | perplexity | entropy | distinct-2 |",
            "|---|---|---|---|",
            *(
                f"| {who} | {row['perplexity']:.1f} | {row['entropy']:.2f} | {row['distinct_2']:.2f} |"
                for who, row in rows.items()
            ),
        ]
    return "\n".join(lines)


def filled_gaps(figures: dict[str, Any]) -> str:
    found, drawn = figures["infilling"], figures["settings"]["infilling"]
    return "\n".join(
        [
            f"A gap in each of {drawn['count']} held-out windows of {drawn['length']} tokens, at least {drawn['margin']} tokens from "
            "either end. Exact: every token of the gap is the one that stood there. The AR twin writes the likeliest tokens from the "
            "left and cannot see what follows; the diffusion twin fills the gap with both sides in sight, one token a pass.",
            "",
            "| gap | AR twin, left side only | diffusion twin, both sides |",
            "|---|---|---|",
            *(
                f"| {f'{size} token' + 's' * (size != '1') if size != 'all' else 'all'} | {found['ar'][size]['exact']:.1%} "
                f"| {found['diffusion'][size]['exact']:.1%} |"
                for size in found["ar"]
            ),
            *(
                f"| all, in {name} alone | {of_kind['ar']['all']['exact']:.1%} | {of_kind['diffusion']['all']['exact']:.1%} |"
                for name, of_kind in figures.get("infilling_by_kind", {}).items()
            ),
        ]
    )


def mended_errors(figures: dict[str, Any]) -> str:
    drawn = figures["settings"]["repair"]
    return "\n".join(
        [
            f"{drawn['share']:.0%} of the tokens of {drawn['count']} held-out windows of {drawn['length']} tokens made wrong, and "
            "nobody says which. Edit: a token gives way where the twin prefers another with more than the threshold's probability, for "
            f"at most {drawn['passes']} passes. Second look: what has less than the threshold's probability is hidden, all in one pass; "
            "what then has at least a thousandth of the likeliest token's probability comes back, and the rest is filled in at most "
            f"{drawn['fills']} passes, surest first. Mended: wrong tokens that become the right ones. Spoiled: right "
            "tokens that do not stay.",
            "",
            "| errors | rule | threshold | mended | spoiled |",
            "|---|---|---|---|---|",
            *(
                f"| {name} | {rule} | {threshold} | {rates['repaired']:.1%} | {rates['spoiled']:.2%} |"
                for name, of_name in figures["repair"].items()
                for rule, threshold, rates in by_rule(of_name)
            ),
        ]
    )


def data(corpus: dict[str, Any]) -> str:
    rows = [f"| {s['part']} | {s['what']} | {s['source']} | {s['licence']} |" for s in corpus["parts"]]
    train, valid = corpus["train"], corpus["valid"]
    return "\n".join(
        [
            "| part | what | source | licence |",
            "|---|---|---|---|",
            *rows,
            "",
            f"{train['documents']:,} documents, {train['tokens']:,} tokens, {train['text_bytes']:,} bytes of text; "
            f"{valid['documents']:,} more documents ({valid['text_bytes']:,} bytes), set apart by document, for "
            "validation. "
            + made_up(corpus)
            + set_aside(corpus)
            + own_texts(corpus)
            + "The text itself is not part of this folder; `training.json` names the packed files, with sha256.",
        ]
    )


def made_up(corpus: dict[str, Any]) -> str:
    """A sentence on the share of the text that is made from templates; nothing where there is none or it was not counted."""
    made = [source["part"] for source in corpus["parts"] if source.get("made")]
    counted = corpus.get("by_part", {})
    if not made or not counted:
        return ""
    shares = {
        name: sum(counted[part][name] for part in made if part in counted)
        / sum(part[name] for part in counted.values())
        for name in ("documents", "tokens", "text_bytes")
    }
    return (
        f"No person wrote {' and '.join(made)}: they are drawn from templates, {shares['documents']:.0%} of the training "
        f"documents, {shares['tokens']:.0%} of their tokens, {shares['text_bytes']:.0%} of their bytes. What the twin does "
        "well there, it does with sentences that it has read in many variants. "
    )


def set_aside(corpus: dict[str, Any]) -> str:
    """A sentence on the judge's documents; nothing where there are none."""
    if "judge" not in corpus:
        return ""
    return (
        f"{corpus['judge']['documents']:,} training documents are set aside by a hash of their text for the judge that "
        "scores what the twins write. "
    )


def own_texts(corpus: dict[str, Any]) -> str:
    """A sentence on training text that people did not write; nothing where there is none."""
    if "distilled" not in corpus:
        return ""
    told = corpus["distilled"]
    return (
        f"Of the training documents of this last training, {told['texts']:,} ({told['text_tokens']:,} tokens) were written "
        f"by the diffusion twin before it, in {told['settings']['passes']} passes each, behind the openings of real ones. "
    )


def settings(training: dict[str, Any]) -> str:
    chosen, shape = training["settings"], training["shape"]
    before = training.get("earlier", [])
    steps, tokens = (training[name] - sum(phase[name] for phase in before) for name in ("steps", "tokens_seen"))
    stories = chosen.get("stories")
    share = f": the training text {tokens / training['corpus']['train']['tokens']:.1f} times over" * (stories is None)
    before_the_judge = [phase for phase in before if phase["documents"] > training["corpus"]["train"]["documents"]]
    lengths = ", ".join(map(str, chosen["lengths"]))
    lines = [
        *(
            f"- Training {number}: {phase['tokens_seen']:,} tokens in {phase['steps']:,} steps over {phase['documents']:,} "
            "documents."
            for number, phase in enumerate(before, start=1)
        ),
        *[
            "- The documents now set aside for the judge were part of earlier training, before they were set aside, and of "
            "nothing since: it and the twins are not wholly strangers."
        ]
        * bool(before_the_judge and "judge" in training["corpus"]),
        f"- {f'Training {len(before) + 1}, from those weights: ' if before else ''}{tokens:,} tokens seen in {steps:,} of "
        f"{chosen['steps']:,} planned steps{share}.",
        *[
            f"- Stories made {stories:.0%} of the windows of this training, dialogues the rest."
            for stories in [stories]
            if stories is not None
        ],
        *[
            f"- The weights here are {1 - share:.0%} those that this training came to and {share:.0%} those it began from (WiSE-FT, "
            "2109.01903), averaged one by one."
            for share in [chosen.get("kept")]
            if share
        ],
        *[
            f"- The schedule was changed on the way, after {taken:,} steps, until then it had {planned:,}."
            for taken, planned in chosen.get("rescheduled", ())
        ],
        f"- Qwen3 decoder: hidden {shape['hidden']}, {shape['layers']} layers, {shape['heads']} heads, feed-forward "
        f"{shape['intermediate']}, tied embeddings.",
        f"- Byte-level BPE of {training['corpus']['vocabulary']:,} tokens; digits stand alone.",
        f"- {chosen['optimizer']}, rate {chosen['rate']:g}, {chosen['warmup']} steps of warm-up, linear fall to zero "
        f"over the last {chosen['decay_share']:.0%}, weight decay {chosen['weight_decay']:g}, "
        f"{chosen['batch_tokens']:,} tokens per step in windows of {lengths} tokens by turns, weights "
        f"averaged with {chosen['average']:g}, stored in float16.",
    ]
    if training["objective"] == "diffusion":
        noise = chosen["noise"]
        lines.append(
            f"- Noise: masks; random tokens beside them in {noise['mixed']:.0%} of the rows and instead of them in "
            f"{noise['random']:.0%} (from single characters in {noise['characters']:.0%} of these); a clean prompt in "
            f"{noise['prefix']:.0%}, {span_in_words(noise)} in {noise['span']:.0%}. Levels t = {noise['least']:g} to 1, "
            + (f"u^{noise['lean']:g} for u ~ U(0, 1)." if noise.get("lean", 1.0) != 1.0 else "uniform.")
        )
        if noise.get("own") or noise.get("repair"):
            at_random = noise.get("repair_random", 0.0)
            lines.append(
                f"- Errors of the model's own making: tokens that it sampled itself, at temperatures from "
                f"{noise['temperature_least']:g} to 1, beside the masks in {noise['own']:.0%} of the rows; full texts with "
                f"{noise['repair_least']:.0%} to {noise['repair_most']:.0%} of such errors and no mask in {noise['repair']:.0%}"
                + (f" ({at_random:.0%} of these with random tokens instead)." if at_random else ".")
            )
    lines.append("- Everything: `training.json`.")
    return "\n".join(lines)


def span_in_words(noise: dict[str, Any]) -> str:
    """What ``span`` meant in the run: before there was ``lean`` it hid one stretch of a row."""
    return "gaps of one size (1 token to half of the row)" if "lean" in noise else "only a middle span hidden"


def loading(objective: str) -> str:
    return f"""\
```python
from transformers import AutoModelForCausalLM, AutoTokenizer
model = AutoModelForCausalLM.from_pretrained("FOLDER", dtype="float32")
tokenizer = AutoTokenizer.from_pretrained("FOLDER")
prompt = tokenizer("User: Book a flight from Boston to Rome on May 3.\\nAssistant:", return_tensors="pt")
```

{USE[objective]}"""


def licence(parts: list[dict[str, str]]) -> str:
    found = {licence for part in parts for licence in part["licence"].split("; ")}
    alike = ", ".join(sorted(licence for licence in found if "-SA" in licence or "Sharing" in licence))
    why = f"part of the text is under share-alike licences ({alike}) and " if alike else ""
    return (
        f"The code that made it: Apache-2.0. The weights: CC BY-SA 4.0, the cautious choice, because {why}whether the "
        "terms of a text reach the weights trained on it is not settled. Please name the sources above on sharing it."
    )


def replies(objective: str, samples: list[Sample], sampled: SampleSettings) -> str:
    """Every sample in full: a selection would be a claim."""
    how = (
        f"{' and '.join(map(str, sampled.passes))} passes over {sampled.length} positions, the surest tokens first, two close "
        "together only when nothing else is left"
        if objective == "diffusion"
        else f"at most {sampled.length} tokens, one per pass"
    )
    blocks = [
        f"Behind the openings of the first {in_words(samples)} of a shuffle of the held-out documents with seed {sampled.seed}; "
        f"temperature {sampled.temperature:g}, {how}. A reply may run on into turns the model imagines; a text is cut at "
        f"its own end or at {sampled.length} tokens. A common opening may also occur in the training text."
    ]
    for number, sample in enumerate(samples, start=1):
        spoken = sample.kind == "dialogues"
        told = sample.prompt.removesuffix(f"\n{ASSISTANT}")
        blocks.append(f"**{number}.** {' '.join(told.split())}")
        for passes, text in sample.replies.items():
            title = f"{passes} passes" if objective == "diffusion" else "reply" if spoken else "goes on"
            blocks.append(f"````text\n[{title}]\n{f'{ASSISTANT} ' * spoken}{text.strip()}\n````")
    return "\n\n".join(blocks)


def in_words(samples: list[Sample]) -> str:
    """How many there are of each kind: "20 dialogues and 4 stories"."""
    counts = Counter(sample.kind for sample in samples)
    return " and ".join(f"{count} {name if count > 1 else SINGULAR[name]}" for name, count in counts.items())
