"""The projection of the reports in `eventsourcing`, run as its documentation shows."""

import signal

from eventsourcing.projection import ProjectionRunner

from tests.bench.peers.library import Reports
from tests.bench.peers.library_postgres import Counting, CountView

if __name__ == "__main__":
    with ProjectionRunner(
        application_class=Reports, projection_class=Counting, view_class=CountView
    ) as runner:
        signal.signal(signal.SIGTERM, lambda *_: runner.stop())
        runner.run_forever()
