"""A page as a program sees it: its requests as bytes, for tests of what they hold."""

from __future__ import annotations

import json
import uuid

import httpx
from gradio_client.utils import apply_diff


class Client:
    """One visitor."""

    def __init__(self, address: str, headers=None):
        self.http = httpx.Client(base_url=address, timeout=60, headers=headers)
        self.session = uuid.uuid4().hex
        config = self.http.get("/config").json()
        race = next(one for one in config["dependencies"] if one["api_name"] == "race")
        self.race, self.target = race["id"], race["targets"][0][0]
        self.names = [one["parameter_name"] for one in self.endpoint()["parameters"]]
        self.values = {one["parameter_name"]: one["parameter_default"] for one in self.endpoint()["parameters"]}
        self.read: list[str] = []  # everything that came

    def endpoint(self):
        return self.http.get("/gradio_api/info").json()["named_endpoints"]["/race"]

    def run(self, settings, keys=None) -> list[dict]:
        """The messages of a race, as the page asks for it."""
        values = {**self.values, **settings}
        asked = {
            "data": [values[name] for name in self.names],
            "fn_index": self.race,
            "session_hash": self.session,
            "trigger_id": self.target,
            "event_data": {"ask": 1} | ({"keys": keys} if keys is not None else {}),
        }
        self.take(self.http.post("/gradio_api/queue/join", json=asked))
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as stream:
            lines = [line[5:] for line in stream.iter_lines() if line.startswith("data:")]
        self.read += lines
        return messages(json.loads(line) for line in lines)

    def take(self, response: httpx.Response) -> httpx.Response:
        self.read += [response.text, str(response.headers)]
        return response


def messages(events) -> list[dict]:
    """The messages of a race out of gradio's events, which after the first one say what changes."""
    found, last = {}, None
    for event in events:
        data = event.get("output", {}).get("data")
        if event["msg"] == "process_generating" and data:
            last = data[0] if last is None else apply_diff(last, data[0])
            message = json.loads(last)
            found[message["seq"]] = message
    return [found[number] for number in sorted(found)]
