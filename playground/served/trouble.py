"""What can go wrong while a served model is asked, and the sentence for each. No sentence holds a key or HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from playground.catalog.records import ModelRecord
from playground.errors import PlaygroundError
from playground.served.clean import quoted

LONGEST_WAIT = 3600.0  # seconds that are believed of a Retry-After


class ServedError(PlaygroundError):
    """A served model gave no whole reply. The message says why, and the way on."""


class Trouble(Exception):
    """One of KINDS, or a status. It stays within this room: ``sentence`` makes the message of it.

    said: the server's words. named: what a refusal names beside them, its fields and codes, in one text. wait: seconds.
    """

    def __init__(self, kind: str, said: str = "", status: int = 0, wait: float | None = None, named: str = ""):
        super().__init__(kind)
        self.kind, self.said, self.status, self.wait, self.named = kind, said, status, wait, named


@dataclass(frozen=True)
class Listener:
    """For whom a sentence is."""

    record: ModelRecord
    quotes: bool  # whether it may repeat what the server said: only to whoever owns the key
    advice: str = ""  # what to do about a key that the server does not accept, in a sentence


REPEATED = "The reply of {name} repeats the key that it was asked with, so it is not shown. Check the address, and make a new key."
OURS = "{name} could not be read, by a fault of ours. Try again, or race another model; the server log has the details."
LATER = "Try again later, or race another model."
KINDS = {  # {name}: the model's title. {maker}: who serves it
    "key": "The key holds characters that no key has. Copy it again, without spaces and line breaks.",
    "unreachable": "{maker} cannot be reached. Check the network and the address, or race another model.",
    "mute": "{maker} ended the connection without an answer. " + LATER,
    "cut": "The connection to {maker} broke in the middle of the reply. Try again.",
    "silent": "{maker} sent nothing for too long. " + LATER,
    "long": "{name} had not ended when its time was up. Ask for a shorter text, or race another model.",
    "unfinished": "The reply of {name} ended without saying that it was done, so it may be cut short. Try again.",
    "error": "{maker} reported an error while {name} wrote. Try again.",
    "broken": "{maker} sent something that is not a chat reply. Check that its address speaks OpenAI's chat protocol.",
    "large": "{maker} sent more than any reply holds. Check that its address speaks OpenAI's chat protocol.",
    "page": "{maker} sent a web page where a reply was expected, as gateways do when the model is not there. " + LATER,
    "type": "{maker} did not send a stream of events. Check that its address speaks OpenAI's chat protocol.",
    "redirect": "{maker} sends requests on to another address. That is never followed, because the prompt and the key "
    "would go there too. Give the new address if you trust it.",
    "thought": "{name} spent its whole length on thinking and wrote no text. Ask for a longer text.",
    "tools": "{name} asked for a tool, which a race has not, and wrote no text. Ask in other words.",
    "filtered": "{maker} held the reply of {name} back by its rules on content. Ask in other words.",
    "empty": "{name} wrote no text. Ask in other words.",
}
MEANT = (  # what a status does not tell and the words do: (pattern in words or names, the status that is meant)
    (re.compile(r"\binsufficient_quota\b|\bcredit balance\b", re.I), 402),
    (re.compile(r"\bAPI_KEY_INVALID\b|\bAPI key not valid\b|\binvalid_api_key\b", re.I), 401),
)
STATUSES = {
    400: "{maker} refused the request. Change the settings, or race another model.",
    401: "{maker} does not accept the key. {key}",
    402: "The account at {maker} has no money left. Fill it up, or race another model.",
    403: "The key may not use {name} at {maker}. {key}",
    404: "{maker} does not have {name}. {instead}",
    408: "{maker} waited too long for the request. Try again.",
    413: "The prompt is too long for {name}. Shorten it.",
    429: "{maker} takes no more requests with this key for now. Try again {when}, or race another model.",
    500: "{maker} has trouble of its own (status {status}). Try again {when}, or race another model.",
}


def sentence(trouble: Trouble, to: Listener, key: str = "") -> str:
    """The message of a trouble. key: is taken out of what is quoted."""
    served = to.record.served
    if served is None:
        raise ValueError(f"{to.record.key} is not served.")
    maker = served.maker or "the server"
    form = KINDS.get(trouble.kind) or _of_status(_meant(trouble))
    said = form.format(
        name=to.record.title,
        maker=maker,
        status=trouble.status,
        key=to.advice,
        instead=f"Race {served.successor} in its place." if served.successor else "Check the model's name.",
        when=when(trouble.wait),
    )
    if to.quotes and (words := quoted(trouble.said, key)):
        said += f" It said: “{words}”"
    return said[0].upper() + said[1:]


def _meant(trouble: Trouble) -> int:
    """The status that a refusal means: some say with 400 that a key is wrong, and with 429 that an account is empty."""
    said = f"{trouble.said} {trouble.named}"
    return next((status for pattern, status in MEANT if pattern.search(said)), trouble.status)


def _of_status(status: int) -> str:
    if 300 <= status < 400:
        return KINDS["redirect"]
    return STATUSES.get({410: 404, 422: 400}.get(status, status)) or STATUSES[500 if status >= 500 else 400]


def when(wait: float | None) -> str:
    """Seconds to wait, in words."""
    if wait is None:
        return "later"
    if wait < 120:
        return f"in {max(1, round(wait))} s"
    return f"in {round(wait / 60)} minutes" + (" or later" if wait >= LONGEST_WAIT else "")


def wait_of(headers: Any, now: float) -> float | None:
    """The seconds that a refusal asks to wait, at most LONGEST_WAIT; None if it does not say, or says nonsense.

    headers: of the response. now: seconds since 1970.
    """
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = str(headers.get(name, "")).strip()
        if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?\s*(s|ms)?", text):
            number = float(text.rstrip("ms "))
            return min(LONGEST_WAIT, number * (0.001 if text.endswith("ms") else scale))
    try:
        return min(LONGEST_WAIT, max(0.0, parsedate_to_datetime(str(headers.get("retry-after"))).timestamp() - now))
    except (ValueError, TypeError, OverflowError):
        return None


def words_of(data: Any) -> str:
    """What an error says, from the forms of OpenAI, Google (a list), FastAPI ("detail"), Anthropic and plain text."""
    if isinstance(data, str):
        return data
    if isinstance(data, list):
        return " ".join(filter(None, (words_of(one) for one in data[:3])))
    if isinstance(data, dict):
        for name in ("error", "detail", "message", "msg"):
            if data.get(name):
                return words_of(data[name])
    return ""


def names_in(data: Any) -> str:
    """What an error names beside its words, in one text: the field that it refuses (FastAPI's "loc", OpenAI's "param")
    and its codes."""
    if isinstance(data, list):
        return " ".join(filter(None, map(names_in, data[:3])))
    if not isinstance(data, dict):
        return ""
    found: list[str] = []
    for name, value in data.items():
        if name in ("loc", "param", "code", "status", "type", "reason"):
            found += [str(part) for part in (value if isinstance(value, list) else [value]) if isinstance(part, str)]
        elif name in ("error", "detail", "details"):
            found.append(names_in(value))
    return " ".join(filter(None, found))
