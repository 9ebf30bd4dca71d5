"""PostgreSQL under Patroni with etcd on three machines, with the settings of `docs/replication.md`.

Each machine runs a member of etcd, Patroni, and the PostgreSQL server that Patroni starts. The machines
are network namespaces on this one.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import yaml

from tests.places import DOCS, ROOT
from tests.processes import PATIENCE, asked, until
from tests.service.failover.machines import Machines, NoMachines, inside, machines
from tests.service.log.postgres_pair import kill
from tests.service.log.postgres_server import NOBODY, NoServer, programs

ADDRESSES = {"one": "192.0.2.11", "two": "192.0.2.12", "three": "192.0.2.13"}
DESK = {"desk": "192.0.2.20"}
PATRONI = (os.environ.get("INTELLOG_TEST_PATRONI", ""), str(ROOT / ".venv-patroni" / "bin"))
"""Where patroni may be beside the PATH, because its libraries are none of ours."""


MENDING = 3 * PATIENCE
"""For how long a server may take to be rewound or copied and to follow, on one busy machine."""


class NoCluster(Exception):
    """A cluster cannot be run here; the message says why."""


class Cluster:
    """Three machines with a database that survives each of them."""

    def __init__(self, on: Machines, folder: Path, binaries: Path) -> None:
        self.machines = on
        self._folder = folder
        self._binaries = binaries
        self._stopped: set[str] = set()
        self._started: list[subprocess.Popen[bytes]] = []
        self._programs = {name: _program(name) for name in ("etcd", "patroni")}
        for name in ADDRESSES:
            self._home(name).mkdir()
            shutil.chown(self._home(name), NOBODY, NOBODY)
        self.settings: dict[str, Any] = yaml.safe_load(block("yaml"))

    def url(
        self,
        user: str = "postgres",
        password: str = "SUPERUSER_PASSWORD",
        database: str = "postgres",
    ) -> str:
        """The address of all three servers; libpq connects to the one that takes writes."""
        hosts = ",".join(f"{address}:5432" for address in ADDRESSES.values())
        return f"postgresql://{user}:{password}@{hosts}/{database}?target_session_attrs=read-write"

    def start_again(self) -> None:
        """Start etcd and Patroni on machines that were stopped."""
        for name in sorted(self._stopped):
            self._start_etcd(name)
            self._start_patroni(name)
        self._stopped.clear()

    def start_all(self) -> None:
        """Start everything, the members of etcd first, and wait for a primary with a standby."""
        for name in ADDRESSES:
            self._start_etcd(name)
        for name in ADDRESSES:
            self._start_patroni(name)
        self.wait_until_whole()

    def views(self) -> list[list[tuple[str, str, str]]]:
        """What Patroni of each machine that answers says of all: name, role, state, by their roles."""
        found = []
        for address in ADDRESSES.values():
            with suppress(httpx2.TransportError):
                members = asked(f"http://{address}:8008/cluster", 2).json()["members"]
                seen = [(each["role"], each["state"], each["name"]) for each in members]
                found.append([(name, role, state) for role, state, name in sorted(seen)])
        return found

    def primary(self) -> str:
        """The machine whose server is the primary, as most machines say."""
        return str(until(lambda: self._in_role("leader"), bool))

    def synchronous(self) -> str:
        """The machine whose server confirms commits."""
        return str(until(lambda: self._in_role("sync_standby"), bool))

    def wait_until_whole(self) -> None:
        """Wait until all machines say that there are a primary and two standbys, which stream."""
        until(self.views, lambda views: len(views) == len(ADDRESSES) and _whole(views), MENDING)

    def switch_over(self) -> None:
        """Have the synchronous standby take the place of the primary, in good order."""
        leader = self.primary()
        access = self.settings["restapi"]["authentication"]
        httpx2.post(
            f"http://{ADDRESSES[leader]}:8008/switchover",
            json={"leader": leader},
            auth=(access["username"], access["password"]),
            timeout=60,
        ).raise_for_status()

    def kill_primary(self) -> str:
        """Kill every process of the primary; Patroni goes on there."""
        name = self.primary()
        kill(int((self._home(name) / "data" / "postmaster.pid").read_text().split()[0]))
        return name

    def stop(self, name: str) -> None:
        """Kill everything on a machine, as if its power were gone."""
        self.machines.stop(name)
        self._stopped.add(name)

    def close(self) -> None:
        """Kill everything on all machines."""
        for name in ADDRESSES:
            self.machines.stop(name)
        for each in self._started:
            each.wait()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Print what Patroni and PostgreSQL of each machine said last, should the block fail."""
        try:
            yield
        except AssertionError:
            for name in ADDRESSES:
                said = (self._home(name) / "patroni.said").read_text().splitlines()
                print(f"last on {name}:", *said[-60:], sep="\n")
            raise

    def _in_role(self, wanted: str) -> str | None:
        """The machine that most machines see in a role."""
        named = [name for view in self.views() for name, role, _ in view if role == wanted]
        return next((name for name in named if named.count(name) * 2 > len(ADDRESSES)), None)

    def _home(self, name: str) -> Path:
        return self._folder / name

    def _start_etcd(self, name: str) -> None:
        settings = dict(line.split("=", 1) for line in block("ini").splitlines())
        for each in settings:
            if each != "ETCD_INITIAL_CLUSTER":
                settings[each] = settings[each].replace(ADDRESSES["one"], ADDRESSES[name])
        settings.update(ETCD_NAME=name, ETCD_DATA_DIR=str(self._home(name) / "etcd"))
        self._run(name, "etcd", settings)

    def _start_patroni(self, name: str) -> None:
        settings = yaml.safe_load(block("yaml"))
        for part in settings["restapi"], settings["postgresql"]:
            for each in "listen", "connect_address":
                part[each] = part[each].replace(ADDRESSES["one"], ADDRESSES[name])
        settings["name"] = name
        home = self._home(name)
        settings["postgresql"].update(
            data_dir=str(home / "data"),
            bin_dir=str(self._binaries),
            pgpass=str(home / "pgpass"),
            parameters={"unix_socket_directories": str(home)},
        )
        file = home / "patroni.yml"
        file.write_text(yaml.safe_dump(settings))
        file.chmod(0o644)
        self._run(name, "patroni", {}, str(file))

    def _run(self, name: str, program: str, settings: dict[str, str], *arguments: str) -> None:
        """Start a program on a machine, as nobody: PostgreSQL refuses root."""
        command = [*AS_NOBODY, self._programs[program], *arguments]
        home = self._home(name)
        with inside(name), (home / f"{program}.said").open("ab") as said:
            started = subprocess.Popen(
                command,
                env={"PATH": os.environ["PATH"], **settings},
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        self._started.append(started)


def _whole(views: Sequence[Sequence[tuple[str, str, str]]]) -> bool:
    states = [[(role, state) for _, role, state in view] for view in views]
    whole = [("leader", "running"), ("replica", "streaming"), ("sync_standby", "streaming")]
    return all(view == views[0] for view in views) and states[0] == whole


# Root's files can be read, because that is where Python may be.
AS_NOBODY = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running cluster, gone in the end; within the block this thread is on a machine of its own.

    NoCluster where that cannot be.
    """
    try:
        with (
            programs() as (binaries, folder),
            machines({**ADDRESSES, **DESK}) as made,
            closing(Cluster(made, folder, binaries)) as this,
            inside("desk"),
        ):
            this.start_all()
            yield this
    except (NoMachines, NoServer) as reason:
        raise NoCluster(str(reason)) from None


def _program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join((os.environ["PATH"], *PATRONI)))
    if found is None:
        raise NoCluster(f"{name} is not on the PATH (see docs/replication.md)")
    return found


def block(language: str) -> str:
    """The settings that the document gives for machine one."""
    text = (DOCS / "replication.md").read_text("utf-8")
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]
