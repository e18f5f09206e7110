"""Keys of served models: whose key a call takes. No torch.

A visitor's key comes with a run and goes with it. It is handed from call to call as an argument; no object that outlives
the run holds it, and its repr shows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from playground.catalog.catalog import shipped
from playground.catalog.records import ModelRecord, Served
from playground.catalog.servers import is_own_server as is_own
from playground.errors import PlaygroundError
from playground.served.clean import SHORTEST

LONGEST = 512  # characters of a key
MOST = 20  # keys with one run
FORM = re.compile(rf"[\x21-\x7e]{{{SHORTEST},{LONGEST}}}")  # what can stand in a header
HERE = ("localhost", "127.0.0.1", "::1")

NOT_READ = "The keys of this run could not be read. Load the page again, and type them again."
NOT_A_KEY = "What was typed as the key for {maker} is no key. Copy it again from your account there."
NEEDED = "{title} needs a key of {maker}. "
OWN = "Type your own under Settings, or watch a recorded run."
NO_FIELD = "Race a model that runs here, or watch a recorded run."
YOURS = "Check the key that you typed under Settings."
SET = "Set {variable} to a valid key."
LENT = "Its host must set {variable} to a valid key. "
MOVED = (
    "{variable} is the key for {maker}, but {title} is asked at another address here, so it is not sent there. Give this "
    "record a key_variable of its own."
)
IN_CLEAR = "A key is sent only over https, and the address of {title} is not. Race another model."


class NoKey(PlaygroundError):
    """No key may be taken for a served model. The message says why, and the way on."""


@dataclass(frozen=True, repr=False, eq=False)
class Keys(Mapping[str, str]):
    """The keys that a visitor gave with one run, by provider: provider -> key."""

    own: Mapping[str, str] = field(default_factory=dict)
    # The host's keys: the asker's own, as in a terminal; lent to a visitor within the budget; or not for this run.
    host: Literal["asker's", "lent", "none"] = "asker's"
    refusal: str = ""  # why keys that came with the run were not taken, in a sentence; empty if they were
    fields: bool = True  # whether visitors may give keys here at all

    def __getitem__(self, provider: str) -> str:
        return self.own[provider]

    def __iter__(self) -> Iterator[str]:
        return iter(self.own)

    def __len__(self) -> int:
        return len(self.own)

    def __repr__(self) -> str:
        return f"<{len(self)} keys>"


NO_KEYS = Keys()


@dataclass(frozen=True)
class Key:
    """The key of one call."""

    text: str = field(repr=False)  # "" for a server that wants none
    quotes: bool  # whether the visitor owns it: only the owner of a key may read what the server said about it
    advice: str  # what to do if the server does not accept it, in a sentence


def key_of(record: ModelRecord, keys: Keys, environ: Mapping[str, str]) -> Key:
    """The key for a served model: the visitor's own, or the host's from the environment. Raises NoKey."""
    served = served_of(record)
    if keys.refusal and not is_own(record):
        raise NoKey(keys.refusal)
    given = keys.get(provider(record), "")
    hosts = host_key(record, environ) if keys.host != "none" else ""
    if not (given or hosts or is_own(record)):
        raise NoKey(missing(record, keys))
    if (given or hosts) and is_moved(record):
        raise NoKey(MOVED.format(variable=served.key_variable, maker=served.maker, title=record.title))
    if given and not private(served.url):
        raise NoKey(IN_CLEAR.format(title=record.title))
    if given:
        return Key(given, quotes=True, advice=YOURS)
    advice = (SET if keys.host == "asker's" else LENT + way_on(keys)).format(variable=served.key_variable)
    return Key(hosts, quotes=False, advice=advice)


def host_key(record: ModelRecord, environ: Mapping[str, str]) -> str:
    """The host's key for a record; "" if there is none."""
    return environ.get(served_of(record).key_variable, "").strip()


def missing(record: ModelRecord, keys: Keys) -> str:
    """The sentence for a model whose key nobody gave."""
    served = served_of(record)
    way = f"Set {served.key_variable} in the environment." if keys.host == "asker's" else way_on(keys)
    return NEEDED.format(title=record.title, maker=served.maker) + way


def way_on(keys: Keys) -> str:
    """What a visitor can do in place of a call with the host's key."""
    return OWN if keys.fields else NO_FIELD


def is_moved(record: ModelRecord) -> bool:
    """Whether a record takes the key of a shipped provider to another address. The environment may change addresses, and a
    key is for one; this machine is the host's own, whatever stands there."""
    served = served_of(record)
    if urlsplit(served.url).hostname in HERE:
        return False
    theirs = [one.served for one in shipped().values() if one.served and one.served.key_variable == served.key_variable]
    known = {urlsplit(one.url)[:2] for one in theirs if one.url}
    return bool(known) and urlsplit(served.url)[:2] not in known


def provider(record: ModelRecord) -> str:
    """What a key belongs to: records with the same provider take the same key."""
    return served_of(record).key_variable


def providers(records: Iterable[ModelRecord]) -> dict[str, ModelRecord]:
    """The providers to which visitors may have a key, each with its first record. A server of the host's own is none:
    its keys are not the visitors'."""
    found: dict[str, ModelRecord] = {}
    for record in records:
        if record.served and not is_own(record) and record.served.url and record.served.state != "gone":
            found.setdefault(provider(record), record)
    return found


def given_keys(data: Any, records: Iterable[ModelRecord]) -> Keys:
    """The keys that came with a run. data: as the page sent it, provider -> text; anything else is refused, in
    ``Keys.refusal``."""
    known = providers(records)
    if data is None or data == {}:
        return Keys(host="none")
    if not isinstance(data, Mapping) or len(data) > MOST or not all(isinstance(one, str) for one in data.values()):
        return Keys(host="none", refusal=NOT_READ)
    own = {name: text.strip() for name, text in data.items() if name in known and text.strip()}
    for name, text in own.items():
        if not FORM.fullmatch(text):
            return Keys(host="none", refusal=NOT_A_KEY.format(maker=served_of(known[name]).maker))
    return Keys(own, host="none")


def private(url: str) -> bool:
    """Whether nobody on the way can read what is sent to an address."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in HERE


def served_of(record: ModelRecord) -> Served:
    """Raises ValueError for a model that runs here."""
    if record.served is None:
        raise ValueError(f"{record.key} is not served.")
    return record.served
