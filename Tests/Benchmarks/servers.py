"""The servers of a benchmark: nginx as upstream and as the one to compare with, Torii, and the simulator."""

import json
import shutil
import subprocess
from pathlib import Path

from processes import LOAD_CORE, MEASURED_CORE, Process, arguments, children, free_port, wait_for

BENCHMARKS = Path(__file__).resolve().parent
ROOT = BENCHMARKS.parents[1]
BODY_SIZE = 1024

# What Torii adds to requests and responses, said to nginx.
SAME_FIELDS = """
      proxy_set_header Host $proxy_host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Forwarded-Path $request_uri;
      proxy_set_header X-Forwarded-Prefix /;
      proxy_set_header Via "1.1 nginx";
      proxy_set_header X-Kong-Request-Id $request_id;
      add_header Via "1.1 nginx";
      add_header X-Kong-Upstream-Latency $upstream_response_time;
      add_header X-Kong-Proxy-Latency $request_time;
      add_header X-Kong-Request-Id $request_id;
"""


class Servers:
    """Starts servers in a scratch folder and stops them all."""

    def __init__(self, folder, binaries):
        self.folder = Path(folder)
        self.binaries = Path(binaries)
        self.running = []
        self.count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        while self.running:
            self.running.pop().stop()

    def stop(self, server):
        """Stops one of them early."""
        self.running.remove(server)
        server.stop()

    def _start(self, command, core, port, environment=None):
        self.count += 1
        process = Process(command, core, self.folder / f"{self.count}.log", environment)
        self.running.append(process)
        process.port = port
        process.wait_until_listening(port)
        return process

    # nginx

    def nginx(self, locations, core=MEASURED_CORE, upstream=None, keepalive=512, prefix=(), single=False):
        """One worker of nginx, without access log."""
        port = free_port()
        home = self.folder / f"nginx-{port}"
        home.mkdir()
        pool = "" if upstream is None else f"""
  upstream pool {{ server 127.0.0.1:{upstream};{f" keepalive {keepalive}; keepalive_requests 1000000000;" if keepalive else ""} }}"""
        (home / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid nginx.pid; error_log error.log; {"master_process off;" if single else ""}
events {{ worker_connections 16384; }}
http {{
  access_log off; server_tokens off; keepalive_requests 1000000000; client_body_buffer_size 128k;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;{pool}
  server {{ listen 127.0.0.1:{port} backlog=4096; {locations} }}
}}
""")
        command = [*prefix, "nginx", "-e", home / "error.log", "-p", home, "-c", home / "nginx.conf"]
        process = self._start(command, core, port)
        process.worker = process.pid if single else wait_for(lambda: children(process.pid), "nginx has a worker")[0]
        return process

    def upstream(self):
        """Answers everything from memory."""
        return self.nginx(
            f'location / {{ default_type text/plain; return 200 "{"x" * BODY_SIZE}"; }}', core=LOAD_CORE)

    def canned(self, body, kind):
        """Answers every request with the same body of some kind."""
        folder = self.folder / f"canned-{self.count}"
        folder.mkdir()
        (folder / "answer").write_text(body)
        # The default answer of a file is for GET only: as the page of an "error" it is given to any method.
        return self.nginx(
            f"root {folder}; error_page 405 =200 /answer; default_type {kind}; location / {{ return 405; }} "
            f"location = /answer {{ }}", core=LOAD_CORE)

    def nginx_proxy(self, upstream, same_fields=True, buffering=True, **options):
        """A reverse proxy that keeps its upstream connections; without buffering, events are passed on as they come."""
        return self.nginx(
            "location / { proxy_pass http://pool; proxy_http_version 1.1; proxy_set_header Connection '';"
            + ("" if buffering else " proxy_buffering off;") + (SAME_FIELDS if same_fields else "") + "}", upstream=upstream, **options)

    # Torii

    def torii(self, configuration, binaries=None, environment=None, **settings):
        """The gateway with one worker."""
        port = free_port()
        home = self.folder / f"torii-{port}"
        home.mkdir()
        file = home / "torii.yaml"
        file.write_text(json.dumps({"_format_version": "3.0", **configuration}))
        settings = {
            "proxy_listen": f"127.0.0.1:{port}", "admin_listen": "off", "status_listen": "off", "workers": 1,
            "prefix": home, "upstream_keepalive_max_requests": 1_000_000_000, **settings,
        }
        flags = [part for name, value in settings.items() for part in ("--" + name.replace("_", "-"), value)]
        process = self._start(
            [(binaries or self.binaries) / "torii", "run", "-c", file, *flags], MEASURED_CORE, port, environment)
        process.worker = wait_for(
            lambda: [child for child in children(process.pid) if "worker" in arguments(child)], "torii has a worker")[0]
        return process

    def simulator(self):
        """The stand-in for DashScope."""
        port = free_port()
        return self._start(
            [self.binaries / "dashscope-simulator", "--listen", f"127.0.0.1:{port}", "--keep", "1"], LOAD_CORE, port)

    def torii_under(self, tool, configuration):
        """The gateway, its worker run by a tool such as valgrind.

        Binaries are copied without debug information, which valgrind cannot always read.
        """
        folder = self.folder / "binaries"
        library = folder / "spawn.so"
        if not folder.exists():
            folder.mkdir()
            for name in ("torii", "libai-proxy.so", "libfile-log.so"):
                subprocess.run(["objcopy", "--strip-debug", self.binaries / name, folder / name], check=True)
            subprocess.run([shutil.which("clang") or "cc", "-shared", "-fPIC", "-O", "-o", library, BENCHMARKS / "spawn.c"], check=True)
        script = folder / "worker"
        script.write_text(
            f'#!/bin/sh\nunset LD_PRELOAD\nexec {" ".join(map(str, tool))} {folder / "torii"} "$@"\n')
        script.chmod(0o755)
        return self.torii(
            configuration, binaries=folder, environment={"LD_PRELOAD": str(library), "WORKER_SCRIPT": str(script)},
            plugin_hang_timeout="600s")


def plain(upstream, plugins=()):
    """The configuration of a reverse proxy."""
    return {
        "services": [{"name": "upstream", "url": f"http://127.0.0.1:{upstream}",
                      "routes": [{"name": "all", "paths": ["/"]}]}],
        "plugins": list(plugins),
    }


def file_log(path):
    """The plugin that writes a line a request."""
    return {"name": "file-log", "config": {"path": str(path)}}


def ai_proxy(simulator):
    """The tutorial's plugin, in front of an upstream that speaks DashScope's protocol."""
    return {"name": "ai-proxy", "config": {
        "llm_format": "anthropic", "route_type": "llm/v1/chat",
        "logging": {"log_statistics": True, "log_payloads": False},
        "auth": {"header_name": "Authorization", "header_value": "Bearer simulated"},
        "model": {"provider": "dashscope", "name": "qwen-plus", "options": {
            "max_tokens": 8192, "temperature": 1.0,
            "upstream_url": f"http://127.0.0.1:{simulator}/compatible-mode/v1/chat/completions"}},
    }}


def missing_tools(*names):
    """Those of the commands that are not installed."""
    return [name for name in names if shutil.which(name) is None]
