"""Three machines with PostgreSQL under Patroni and etcd, and a node of the service on each.

The machines are network namespaces with the settings of `docs/replication.md`. Clients post from
outside, and one on each machine to the node there. Whatever fails, every acknowledged report is in the
log once, and all nodes have the same views in the end. This needs etcd
(Debian: etcd-server) and patroni (PyPI: patroni[etcd3,psycopg3]) on the PATH, or patroni in the folder
that INTELLOG_TEST_PATRONI names, and root; it takes minutes.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

pytest.importorskip("psycopg")

from service.log.postgres import read_postgres_log
from tests.places import LONG
from tests.service.failover.cluster import NoCluster, cluster
from tests.service.failover.load import (
    all_is_there,
    define_indicators,
    disturbed,
    loaded,
)
from tests.service.failover.site import Site, site

ROUNDS = 3

pytestmark = pytest.mark.skipif(not LONG, reason="takes minutes; INTELLOG_TEST_LONG=1 runs it")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    try:
        with cluster() as database, site(database, tmp_path_factory.mktemp("site")) as here:
            define_indicators(here.nodes[here.writer()].url, here.headers)
            yield here
    except NoCluster as reason:
        pytest.skip(str(reason))


def switch_over(here: Site) -> None:
    here.cluster.switch_over()


def kill_the_primary(here: Site) -> None:
    here.cluster.kill_primary()


def kill_the_writer(here: Site) -> None:
    here.kill_writer()


def kill_both(here: Site) -> None:
    here.kill_writer()
    here.cluster.kill_primary()


def cut_off_the_primary(here: Site) -> None:
    here.cluster.machines.cut_off(here.cluster.primary())


def cut_off_the_writer(here: Site) -> None:
    here.cluster.machines.cut_off(here.writer())


def cut_off_the_standby(here: Site) -> None:
    here.cluster.machines.cut_off(here.cluster.synchronous())


def stop_the_machine_of_the_primary(here: Site) -> None:
    here.cluster.stop(here.cluster.primary())


FAILURES: tuple[Callable[[Site], None], ...] = (
    switch_over,
    kill_the_primary,
    kill_the_writer,
    kill_both,
    cut_off_the_primary,
    cut_off_the_writer,
    cut_off_the_standby,
    stop_the_machine_of_the_primary,
)


@pytest.mark.parametrize("fail", FAILURES, ids=lambda fail: fail.__name__)
def test_every_acknowledged_report_is_there_once(here: Site, fail: Callable[[Site], None]) -> None:
    silences = []
    local = {name: node.url for name, node in here.nodes.items()}
    with here.cluster.explained():
        with loaded(here.urls, here.token, fail.__name__, local) as load:
            for _ in range(ROUNDS):
                silences.append(disturbed(load, lambda: fail(here)))
                here.repair()
        here.wait_until_agreed()
    with closing(read_postgres_log(here.log)) as log:
        all_is_there(load, log)
    print(f"{fail.__name__}: seconds without writes", *(f"{each:.1f}" for each in sorted(silences)))


def test_a_proxy_finds_the_writer(here: Site) -> None:
    with ExitStack() as stack:
        try:
            url = stack.enter_context(here.proxy())
        except NoCluster as reason:
            pytest.skip(str(reason))
        with here.cluster.explained(), loaded([url], here.token, "proxied") as load:
            silences = []
            for fail in kill_the_writer, switch_over:
                silences.append(disturbed(load, lambda: fail(here)))  # noqa: B023
                here.repair()
        with closing(read_postgres_log(here.log)) as log:
            all_is_there(load, log)
    print("through a proxy: seconds without writes", *(f"{each:.1f}" for each in silences))
