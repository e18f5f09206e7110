"""The network's address is offered only where the page listens on it."""

import pytest

from playground.server import lan
from playground.server.listening import close, listen


@pytest.fixture
def port():
    """A port of this machine on which something listens, on the loopback address alone."""
    sockets = listen("127.0.0.1", 0)
    yield sockets[0].getsockname()[1]
    close(sockets)


def test_a_page_on_the_network_has_an_address_there(port, monkeypatch):
    monkeypatch.setattr(lan, "network_address", lambda: "127.0.0.1")  # in place of the network's
    assert lan.network_url(port) == f"http://127.0.0.1:{port}"


def test_a_page_for_this_machine_alone_has_none(port, monkeypatch):
    monkeypatch.setattr(lan, "network_address", lambda: "127.0.0.2")
    assert lan.network_url(port) == ""


@pytest.mark.parametrize("served_on", [None, 0])
def test_a_page_that_is_not_served_has_none(served_on):
    assert lan.network_url(served_on) == ""


def test_the_loopback_address_is_no_network():
    assert not lan.network_address().startswith("127.")
