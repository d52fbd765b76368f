"""Reloads that swap two builds and two configurations, and reloads that must be refused."""

import json
import random
import threading
import time

from support import eventually

from world import admin, status


class Reloads:
    """One after the other, from a thread of its own."""

    def __init__(self, world, account, seed):
        self.world, self.account = world, account
        self.random = random.Random(seed)
        self.done = self.refused = self.repeated = self.number = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._stop.set()
        self._thread.join(60)
        if self._thread.is_alive():
            self.account.problem("a reload did not come to an end")

    def _run(self):
        while not self._stop.is_set():
            self.number += 1
            try:
                (self.bad if self.number % 6 == 0 else self.good)()
            except (AssertionError, OSError) as error:
                self.account.problem(f"reload {self.number}: {error!r}")
            self._stop.wait(self.random.uniform(0.2, 0.8))

    def good(self):
        """Must succeed; where a process was ended meanwhile, on one of the next attempts."""
        gateway = self.world.gateway
        self.world.place(self.world.builds["ab"[self.number % 2]].read_bytes())
        gateway.configure(self.world.document(self.number // 2))
        for attempt in range(5):
            restarts = self._told("restarts")
            try:
                code, body = admin(gateway, "POST", "/torii/reload")
            except OSError as error:
                code, body = 0, repr(error)
            if code == 200:
                self.done += 1
                return
            # A worker or the controller that was ended within it excuses that it did not go through.
            time.sleep(0.2)
            assert self._told("restarts") != restarts or attempt == 0 and code == 0, f"a good reload was refused: {code} {body}"
            self.repeated += 1
        raise AssertionError(f"a good reload did not go through in five attempts: {code} {body}")

    def bad(self):
        """Must be refused, and change nothing."""
        gateway, way = self.world.gateway, self.number // 6 % 3
        good = json.loads(json.dumps(self.world.document(self.number // 2)))
        if way == 0:
            good["services"][0]["plugins"].append({"name": "nothing-of-that-name"})
            gateway.configure(good)
        elif way == 1:
            good["services"][0]["plugins"][0]["config"]["mark"] = 7
            gateway.configure(good)
        else:
            whole = self.world.builds["a"].read_bytes()
            # Within what is loaded: the second half of the file may be names for the debugger only.
            self.world.place(whole[:4096])
        restarts = self._told("restarts")
        # A controller that has just been started again is about to make a generation of what is in service.
        generation = eventually(self._settled, 15, "the controller knows what is in service")
        try:
            code, body = admin(gateway, "POST", "/torii/reload")
        except OSError as error:
            code, body = 0, repr(error)
        try:
            if code == 400 and self._told("generation") == generation:
                self.refused += 1
            else:
                # A controller that was started again meanwhile has refused nothing, and counts its generations on.
                time.sleep(0.2)
                assert self._told("restarts") != restarts, (
                    f"a bad reload: {code} {body}, generation {generation} became {self._told('generation')}")
                self.repeated += 1
        finally:
            self.world.place(self.world.builds["ab"[self.number % 2]].read_bytes())
            gateway.configure(self.world.document(self.number // 2))

    def _settled(self):
        told = status(self.world.gateway)
        return None if told["recovering"] else told["generation"]

    def _told(self, name):
        return status(self.world.gateway)[name]
