"""The harness of the end-to-end tests: the real gateway, upstreams that do what a test tells them, clients that say
exactly what a test wants said."""

from .certificates import Authority, Certificate
from .client import Client, connect, fetch
from .configurations import configuration
from .gateway import Gateway, GatewayError
from .http1 import BadMessage, Request, Response, Stream
from .processes import Memory, children, is_alive, memory
from .upstream import Upstream, UpstreamConnection, refused_port
from .waiting import eventually

__all__ = [
    "Authority", "BadMessage", "Certificate", "Client", "Gateway", "GatewayError", "Memory", "Request", "Response",
    "Stream", "Upstream", "UpstreamConnection", "children", "configuration", "connect", "eventually", "fetch", "is_alive", "memory",
    "refused_port",
]
