"""Declarative configurations that many tests use."""


def configuration(port, scheme="http", plugins=(), route=None, **service):
    """One service on a port of this machine, one route for every path."""
    return {"_format_version": "3.0", "services": [{
        "name": "service", "host": "127.0.0.1", "port": port, "protocol": scheme, **service,
        "routes": [{"name": "route", "paths": ["/"], **(route or {})}], "plugins": list(plugins)}]}
