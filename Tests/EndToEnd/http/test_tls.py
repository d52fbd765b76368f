"""TLS on both sides (RFC 8446, RFC 9110 §4.3)."""

import socket
import ssl
import threading

import pytest

from support import Authority, Client, configuration, fetch


def trusting(authority):
    """A client that believes one authority."""
    return ssl.create_default_context(cafile=str(authority.certificate))


def files(*certificates):
    """Settings that show certificates."""
    return {"ssl_cert": ", ".join(str(item.certificate) for item in certificates),
            "ssl_cert_key": ", ".join(str(item.key) for item in certificates)}


class TestDownstream:
    def test_requests_over_tls(self, gateways, upstreams, authority):
        upstream = upstreams()
        gateway = gateways(configuration(upstream.port), tls=True, **files(authority.issue("torii.test")))
        with Client(gateway.tls_port, tls=trusting(authority), server_name="torii.test") as client:
            assert client.sock.version() in ("TLSv1.3", "TLSv1.2")
            for number in range(5):
                assert client.fetch("POST", f"/{number}", body=b"x" * 100000).status == 200
        request = upstream.requests[0]
        assert request.value("x-forwarded-proto") == "https"
        assert request.value("x-forwarded-port") == str(gateway.tls_port)
        assert [len(request.body) for request in upstream.requests] == [100000] * 5

    def test_the_certificate_follows_the_name(self, gateways, upstreams, authority):
        upstream = upstreams()
        gateway = gateways(configuration(upstream.port), tls=True,
                           **files(authority.issue("one.test"), authority.issue("*.two.test", "two.test")))
        for name in ("one.test", "two.test", "a.two.test"):
            with Client(gateway.tls_port, tls=trusting(authority), server_name=name) as client:
                assert client.fetch(host=name).status == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            Client(gateway.tls_port, tls=trusting(authority), server_name="three.test")

    def test_routes_by_server_name(self, gateways, upstreams, authority):
        first, second = upstreams(), upstreams()
        gateway = gateways({"_format_version": "3.0", "services": [
            {"name": "a", "host": "127.0.0.1", "port": first.port, "routes": [{"name": "a", "snis": ["a.test"], "protocols": ["https"]}]},
            {"name": "b", "host": "127.0.0.1", "port": second.port, "routes": [{"name": "b", "snis": ["b.test"], "protocols": ["https"]}]},
        ]}, tls=True, **files(authority.issue("a.test", "b.test", "c.test")))
        for name, status in (("a.test", 200), ("b.test", 200), ("c.test", 404)):
            with Client(gateway.tls_port, tls=trusting(authority), server_name=name) as client:
                assert client.fetch(host=name).status == status
        assert len(first.requests) == len(second.requests) == 1

    def test_old_versions_are_refused(self, gateways, upstreams, authority):
        gateway = gateways(configuration(upstreams().port), tls=True, **files(authority.issue("torii.test")))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(ssl.SSLError):
            Client(gateway.tls_port, tls=context)

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_sessions_are_resumed(self, gateways, upstreams, authority, version):
        gateway = gateways(configuration(upstreams().port), tls=True, **files(authority.issue("torii.test")))
        context = trusting(authority)
        context.minimum_version = context.maximum_version = version

        def connect(session):
            sock = context.wrap_socket(
                socket.create_connection(("127.0.0.1", gateway.tls_port)), server_hostname="torii.test", session=session)
            sock.sendall(b"GET / HTTP/1.1\r\nHost: torii.test\r\nConnection: close\r\n\r\n")
            data = b""
            while piece := sock.recv(65536):
                data += piece
            return sock, data

        first, data = connect(None)
        assert data.startswith(b"HTTP/1.1 200")
        second, data = connect(first.session)
        assert data.startswith(b"HTTP/1.1 200") and second.session_reused

    def test_alpn_is_http_1_1(self, gateways, upstreams, authority):
        gateway = gateways(configuration(upstreams().port), tls=True, **files(authority.issue("torii.test")))
        context = trusting(authority)
        context.set_alpn_protocols(["h2", "http/1.1"])
        with Client(gateway.tls_port, tls=context, server_name="torii.test") as client:
            assert client.sock.selected_alpn_protocol() == "http/1.1"
            assert client.fetch().status == 200

    def test_what_is_not_tls_harms_nobody(self, gateways, upstreams, authority):
        gateway = gateways(configuration(upstreams().port), tls=True, **files(authority.issue("torii.test")))
        for bytes_sent in (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 100, b"\x80" * 300):
            with Client(gateway.tls_port) as client:
                client.send(bytes_sent)
                client.sock.settimeout(5)
                client.stream.rest()
        with Client(gateway.tls_port, tls=True) as client:
            assert client.fetch().status == 200

    def test_a_stalled_handshake_is_ended(self, gateways, upstreams, authority):
        gateway = gateways(configuration(upstreams().port), tls=True, client_header_timeout="300ms",
                           **files(authority.issue("torii.test")))
        with Client(gateway.tls_port) as client:
            client.send(b"\x16\x03\x01")
            assert client.ends()


class TestUpstream:
    def gateway(self, gateways, upstream, environment=None, service=None, **settings):
        return gateways(configuration(upstream.port, "https", **{"host": "localhost", "retries": 0, **(service or {})}),
                        environment=environment, **settings)

    @pytest.mark.parametrize("way", ["setting", "environment"])
    def test_a_certificate_of_a_known_authority(self, gateways, upstreams, authority, way):
        upstream = upstreams(tls=authority.issue("localhost").server_context())
        if way == "setting":
            gateway = self.gateway(gateways, upstream, ssl_trusted_certificate=str(authority.certificate))
        else:
            gateway = self.gateway(gateways, upstream, environment={"SSL_CERT_FILE": str(authority.certificate)})
        with Client(gateway.port) as client:
            for number in range(5):
                assert client.fetch("POST", f"/{number}", body=b"x" * 50000).status == 200
        assert len(upstream.connections) == 1
        assert upstream.requests[0].value("host") == f"localhost:{upstream.port}"

    @pytest.mark.parametrize("names, expired, stranger, says", [
        (["localhost"], False, True, r"unable to get|self.signed|unknown|issuer"),
        (["other.test"], False, False, r"[Hh]ost ?name|does not match|not for"),
        (["localhost"], True, False, r"expired"),
    ])
    def test_a_certificate_that_cannot_be_trusted(self, gateways, upstreams, authority, names, expired, stranger, says):
        issuer = Authority("a stranger") if stranger else authority
        upstream = upstreams(tls=issuer.issue(*names, expired=expired).server_context())
        gateway = self.gateway(gateways, upstream, ssl_trusted_certificate=str(authority.certificate))
        assert fetch(gateway).status == 502
        # The log says which certificate, and why.
        line = gateway.wait_log(rf"upstream localhost:{upstream.port}.*TLS.*").group(0)
        import re

        assert re.search(says, line), line
        assert f"CN={names[0]}" in line.replace(" ", "") or names[0] in line, line
        assert not upstream.requests

    def test_verification_may_be_switched_off(self, gateways, upstreams):
        upstream = upstreams(tls=Authority("a stranger").issue("nobody.test").server_context())
        assert fetch(self.gateway(gateways, upstream, service={"tls_verify": False})).status == 200
        assert fetch(self.gateway(gateways, upstream, proxy_ssl_verify="off")).status == 200
        assert fetch(self.gateway(gateways, upstream)).status == 502

    def test_the_name_is_sent_and_sessions_are_resumed(self, gateways, upstreams, authority):
        names = []
        context = authority.issue("localhost").server_context()
        context.sni_callback = lambda sock, name, _: names.append(name)

        def serve(connection):
            upstream.record(connection.read_request())
            connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
            connection.sock.unwrap()

        upstream = upstreams(on_connection=serve, tls=context)
        gateway = self.gateway(gateways, upstream, ssl_trusted_certificate=str(authority.certificate))
        for _ in range(5):
            assert fetch(gateway).status == 200
        assert set(names) == {"localhost"}
        assert any(connection.tls_session_reused for connection in upstream.connections[1:])

    def test_plain_http_where_tls_is_expected(self, gateways, upstreams):
        upstream = upstreams(on_connection=lambda connection: connection.send("HTTP/1.1 200 OK\r\n\r\n"))
        assert fetch(self.gateway(gateways, upstream)).status == 502

    def test_a_response_cut_without_close_notify_is_seen(self, gateways, upstreams, authority):
        """Only the end of the TLS stream tells a whole response from a cut one."""
        def serve(connection):
            connection.read_request()
            connection.send("HTTP/1.1 200 OK\r\n\r\npart")
            assert begun.wait(5)
            # The socket below TLS, as an attacker would close it.
            raw = socket.socket(fileno=connection.sock.detach())
            raw.close()

        begun = threading.Event()
        upstream = upstreams(on_connection=serve, tls=authority.issue("localhost").server_context())
        gateway = self.gateway(gateways, upstream, ssl_trusted_certificate=str(authority.certificate))
        with Client(gateway.port) as client:
            client.request()
            response = client.response(sink=lambda piece: begun.set())
            assert response.truncated

    def test_large_bodies_both_ways(self, gateways, upstreams, authority):
        def echo(connection, request):
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(request.body) + request.body)

        upstream = upstreams(echo, tls=authority.issue("localhost").server_context())
        gateway = self.gateway(gateways, upstream, ssl_trusted_certificate=str(authority.certificate), tls=True,
                               **files(authority.issue("torii.test")))
        body = bytes(range(256)) * 20000
        with Client(gateway.tls_port, tls=True) as client:
            for _ in range(3):
                assert client.fetch("POST", body=body).body == body
