"""The proxy that can be cut, between a client and a server on this machine."""

import socket
import threading
from collections.abc import Iterator

import pytest
from recovery.link import Link

from ops.ports import free_ports


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says again what it is told."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                while data := connection.recv(1024):
                    connection.sendall(data)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]


@pytest.fixture
def link(echo: int) -> Iterator[Link]:
    (port,) = free_ports(1)
    link = Link(port, echo)
    link.open()
    yield link
    link.close()


def test_what_is_sent_while_it_is_cut_arrives_when_it_is_whole_again(link: Link) -> None:
    with socket.create_connection(("127.0.0.1", link.port), timeout=5) as client:
        client.sendall(b"before")
        assert client.recv(1024) == b"before"
        link.cut()
        client.sendall(b"during")
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1024)
        link.mend()
        client.settimeout(5)
        assert client.recv(1024) == b"during"


def test_where_nothing_listens_the_connection_ends() -> None:
    port, nobody = free_ports(2)
    link = Link(port, nobody)
    link.open()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            assert client.recv(1024) == b""
    finally:
        link.close()
