"""Posting to receivers that mean no good"""

import datetime
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.webhooks.line import Line, Receiver, always, forget_connections
from webhooks import posting, send_webhooks
from webhooks.posting import Post, Reply

HEADERS = {"webhook-id": "evt_1"}
BODY = b"{}"


@pytest.fixture(autouse=True)
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ALLOW_LOOPBACK_WEBHOOKS", "true")
    yield
    forget_connections()


def post(url: str, body: bytes = BODY) -> Reply:
    return Post().post(url, HEADERS, body)


@contextmanager
def serving(answer: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that reads each request and then does `answer`; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=handle, args=(connection,)).start()

        def handle(connection: socket.socket) -> None:
            with suppress(OSError), ExitStack() as stack:
                stack.enter_context(closing(connection))
                connection.settimeout(20)
                if tls is not None:
                    connection = stack.enter_context(tls.wrap_socket(connection, server_side=True))
                while not (part := connection.recv(65536)).endswith(b"}"):
                    if not part:
                        return
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def never(connection: socket.socket) -> None:
    connection.recv(1)


def drip(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"H")
        threading.Event().wait(0.02)


def drip_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        threading.Event().wait(0.02)


class TestAnswers:
    def test_status_and_first_kilobyte_are_kept(self, receiver: Receiver) -> None:
        receiver.behave = always((418, {"retry-after": "7"}, b"y" * 5000))

        reply = post(receiver.url)

        assert (reply.status_code, reply.error, reply.excerpt, reply.retry_after) == (418, None, "y" * 1024, "7")

    def test_the_body_arrives_unchanged(self, receiver: Receiver) -> None:
        body = bytes(range(256)) * 500

        post(receiver.url, body)

        assert receiver.received[0].body == body

    def test_an_endless_answer_is_read_to_a_cap(self) -> None:
        sent = 0

        def endless(connection: socket.socket) -> None:
            nonlocal sent
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n")
            while True:
                sent += connection.send(b"z" * 65536)

        with serving(endless) as port:
            reply = post(f"http://127.0.0.1:{port}/")

        assert (reply.status_code, reply.excerpt) == (200, "z" * 1024)
        assert sent < 50_000_000

    def test_an_answer_is_not_unpacked(self) -> None:
        def bomb(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc")

        with serving(bomb) as port:
            assert post(f"http://127.0.0.1:{port}/").excerpt == "abc"

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"HTTP/1.1 ",
            b"SSH-2.0-OpenSSH_9.6\r\n",
            b"HTTP/1.1 abc OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 5000,
            b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
        ],
    )
    def test_what_is_no_answer_is_a_failure(self, answer: bytes) -> None:
        with serving(lambda connection: connection.sendall(answer)) as port:
            reply = post(f"http://127.0.0.1:{port}/")

        assert (reply.status_code, reply.error) == (None, "connection_lost")

    def test_a_status_stands_though_the_rest_is_cut(self) -> None:
        def cut(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\nonly this")

        with serving(cut) as port:
            reply = post(f"http://127.0.0.1:{port}/")

        assert (reply.status_code, reply.error) == (202, None)


class TestTime:
    @pytest.mark.parametrize("answer", [never, drip])
    def test_one_who_does_not_answer_in_time_is_cut_off(self, answer: Callable[[socket.socket], None]) -> None:
        one, replies, asked = Post(), list[Reply](), threading.Event()

        def asking(connection: socket.socket) -> None:
            asked.set()
            answer(connection)

        with serving(asking) as port:
            thread = threading.Thread(
                target=lambda: replies.append(one.post(f"http://127.0.0.1:{port}/", HEADERS, BODY))
            )
            thread.start()
            asked.wait()
            one.cut_off()
            thread.join()

        assert [(reply.status_code, reply.error) for reply in replies] == [(None, "timeout")]

    def test_a_status_that_came_in_time_stands(self) -> None:
        one, replies, asked = Post(), list[Reply](), threading.Event()

        def asking(connection: socket.socket) -> None:
            asked.set()
            drip_body(connection)

        with serving(asking) as port:
            thread = threading.Thread(
                target=lambda: replies.append(one.post(f"http://127.0.0.1:{port}/", HEADERS, BODY))
            )
            thread.start()
            asked.wait()
            threading.Event().wait(0.1)
            one.cut_off()
            thread.join()

        assert [(reply.status_code, reply.error) for reply in replies] == [(200, None)]

    def test_one_who_does_not_answer_holds_up_nobody_else(
        self, line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(posting, "TOTAL_SECONDS", 1)
        with serving(never) as silent, serving(drip) as dripping:
            endpoints = [
                line.subscribe(url)
                for url in (f"http://127.0.0.1:{silent}", f"http://127.0.0.1:{dripping}", receiver.url)
            ]
            line.publish(line.commit("ord_1"), line.commit("ord_2"))
            line.deliver()

        logs = [line.deliveries(endpoint["id"]) for endpoint in endpoints]
        assert [[one["status"] for one in log] for log in logs] == [["pending"] * 2, ["pending"] * 2, ["delivered"] * 2]
        assert {one["last_attempt"]["error"] for one in logs[0] + logs[1]} == {"timeout"}
        assert len(line.messages) == 4

    def test_a_post_that_cannot_even_be_cut_off_leaves_its_message_in_the_queue(
        self, line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(posting, "TOTAL_SECONDS", 0.1)
        monkeypatch.setattr(send_webhooks, "_GRACE_SECONDS", 0.1)
        stuck, real = threading.Event(), socket.getaddrinfo

        def hanging(*args: Any, **options: Any) -> Any:
            stuck.wait()
            return real(*args, **options)

        monkeypatch.setattr(socket, "getaddrinfo", hanging)
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.deliver()
        assert len(line.messages) == 1

        stuck.set()
        monkeypatch.setattr(posting, "TOTAL_SECONDS", 15)
        monkeypatch.setattr(send_webhooks, "_GRACE_SECONDS", 6)
        line.run()
        assert [one["status"] for one in line.deliveries(endpoint["id"])] == ["delivered"]


class TestAddresses:
    @pytest.fixture
    def names(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
        """What the resolver says; it takes the front off lists that hold more than one answer."""
        table: dict[str, list[str]] = {}
        real = socket.getaddrinfo

        def resolve(host: str, port: int, *args: Any, **options: Any) -> Any:
            if host not in table:
                return real(host, port, *args, **options)
            answers = table[host].pop(0) if len(table[host]) > 1 else table[host][0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answers.split()]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        return table

    @pytest.mark.parametrize("answers", ["10.0.0.1", "169.254.169.254", "8.8.8.8 10.0.0.1", "127.0.0.1 192.168.0.1"])
    def test_a_name_with_any_address_that_is_not_public_is_not_connected_to(
        self, names: dict[str, list[str]], answers: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names["shop.test"] = [answers]
        connected: list[Any] = []
        monkeypatch.setattr(socket, "create_connection", lambda *args: connected.append(args))

        assert post("http://shop.test/").error == "address_not_public"
        assert connected == []

    def test_this_machine_is_reached_only_where_that_is_allowed(
        self, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert post(receiver.url).status_code == 204
        forget_connections()
        monkeypatch.setenv("ALLOW_LOOPBACK_WEBHOOKS", "false")

        assert post(receiver.url).error == "address_not_public"
        assert len(receiver.received) == 1

    def test_a_name_that_changes_its_meaning_is_judged_at_each_connection(
        self, names: dict[str, list[str]], receiver: Receiver
    ) -> None:
        names["shop.test"] = ["127.0.0.1", "10.0.0.1"]
        url = f"http://shop.test:{receiver.server_port}/hook"

        assert post(url).status_code == 204
        forget_connections()
        assert post(url).error == "address_not_public"

    def test_the_connection_goes_to_the_address_that_was_judged(
        self, names: dict[str, list[str]], receiver: Receiver
    ) -> None:
        names["shop.test"] = ["127.0.0.1"]
        post(f"http://shop.test:{receiver.server_port}/hook")

        [one] = receiver.received
        assert one.headers["host"] == f"shop.test:{receiver.server_port}"

    def test_the_next_address_is_tried(self, names: dict[str, list[str]], receiver: Receiver) -> None:
        names["shop.test"] = ["127.0.0.9 127.0.0.1"]

        assert post(f"http://shop.test:{receiver.server_port}/hook").status_code == 204

    @pytest.mark.parametrize("host", ["no-such-name.invalid", "a" * 64 + ".test", "a..test"])
    def test_a_name_that_means_nothing_is_a_failure(self, host: str) -> None:
        assert post(f"http://{host}/").error == "name_not_found"

    def test_a_proxy_in_the_environment_is_not_used(self, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")

        assert post(receiver.url).status_code == 204

    def test_tls_goes_by_the_name(
        self, names: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names["shop.test"] = names["other.test"] = ["127.0.0.1"]
        server, client = _tls(tmp_path, "shop.test")
        monkeypatch.setattr(ssl, "create_default_context", lambda: client)
        asked: list[str | None] = []
        server.sni_callback = lambda _socket, name, _context: asked.append(name)

        def answer(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

        with serving(answer, server) as port:
            assert post(f"https://shop.test:{port}/").status_code == http.client.OK
            assert post(f"https://other.test:{port}/").error == "tls"
        assert asked == ["shop.test", "other.test"]

    def test_a_certificate_that_nobody_vouches_for_is_refused(
        self, names: dict[str, list[str]], tmp_path: Path
    ) -> None:
        names["shop.test"] = ["127.0.0.1"]
        server, _ = _tls(tmp_path, "shop.test")
        with serving(never, server) as port:
            assert post(f"https://shop.test:{port}/").error == "tls"


def _tls(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for this name, and that of a client who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file = folder / "server.pem"
    file.write_bytes(
        pem
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())
