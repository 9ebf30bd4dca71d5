"""The table of metrics: every name that `/metrics` may show, with its kind, labels and meaning.

Labels are bounded: addresses are templates (`/v1/reports/{id}`), statuses are classes (`2xx`), codes
are those of the table of problems. No metric names a report, a source, an indicator or a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]
FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper ends of the buckets of durations, in seconds."""
SIZES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0)
"""Upper ends of the buckets of batch sizes."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; `buckets` are those of a histogram."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


def _gauges(labels: tuple[str, ...] = (), /, **meanings: str) -> list[Metric]:
    return [Metric(f"intellog_{name}", "gauge", text, labels) for name, text in meanings.items()]


def _counters(labels: tuple[str, ...] = (), /, **meanings: str) -> list[Metric]:
    return [Metric(f"intellog_{name}", "counter", text, labels) for name, text in meanings.items()]


def _histogram(
    name: str, text: str, labels: tuple[str, ...] = (), buckets: tuple[float, ...] = FAST
) -> Metric:
    return Metric(f"intellog_{name}", "histogram", text, labels, buckets)


def _process(prefix: str, whose: str) -> list[Metric]:
    """What the system says of a process, on Linux."""
    return [
        Metric(f"{prefix}cpu_seconds_total", "counter", f"Processor time of {whose}."),
        Metric(f"{prefix}resident_memory_bytes", "gauge", f"Memory of {whose} in RAM."),
        Metric(f"{prefix}virtual_memory_bytes", "gauge", f"Address space of {whose}."),
        Metric(f"{prefix}start_time_seconds", "gauge", f"Start of {whose}, in seconds since 1970."),
        Metric(f"{prefix}open_fds", "gauge", f"Open files of {whose}."),
        Metric(f"{prefix}max_fds", "gauge", f"Maximum number of open files of {whose}."),
    ]


TABLE: tuple[Metric, ...] = (
    *_gauges(
        ready="1 while `/readyz` says ready.",
        log_writable="1 while the log can be written; not told by nodes that follow it.",
        log_head="Last position in the log.",
        views_position="Position that the views have reached.",
        views_lag_events="Events in the log that the views do not hold yet.",
        views_lag_seconds="Age of the oldest event that the views do not hold yet.",
        views_stalled_seconds="For how long the views have not moved although events wait.",
    ),
    *_gauges(("role",), node_role="1 for the role of this node: writer, reader or standby."),
    *_gauges(
        log_heard_seconds="For how long a followed log has not answered; 0 for the writer.",
    ),
    *_gauges(
        ("projection",),
        projection_position="Position that a projection has reached.",
        projection_lag_events="Events in the log that a projection does not hold yet.",
        projection_lag_seconds="Age of the oldest event that a projection does not hold yet.",
        projection_pending="Deferred rows that are not built yet: of sums, events to follow; of "
        "estimates and board, indicators.",
    ),
    *_gauges(
        checkpoint_size="Events that the last checkpoint covers: those up to it are signed.",
        signing_failed="1 if the log could not be signed when that was last tried; not told by nodes "
        "that follow it.",
    ),
    *_counters(
        events_appended_total="Events that this process has appended to the log.",
        commits_failed_total="Batches of commands that the log did not store.",
    ),
    _histogram("commit_duration_seconds", "Time to decide and store a batch of commands."),
    _histogram("commit_commands", "Commands in a batch that was stored.", (), SIZES),
    _histogram("write_wait_seconds", "Time that commands wait before they are decided."),
    *_gauges(
        write_queue_requests="Requests that wait to be written, those under way included.",
        write_queue_bytes="Bytes of these requests.",
    ),
    *_counters(
        ("operation", "method", "status"),
        http_requests_total="Answered requests by address, method and class of status.",
    ),
    _histogram(
        "http_request_duration_seconds",
        "Time from a request to the end of its answer; streams are left out.",
        ("operation", "method"),
    ),
    *_counters(
        ("code",),
        refusals_total="Requests and lines of imports that were answered with a problem, by its code.",
    ),
    *_gauges(
        streams_open="Open streams of events and replays.",
        questions_running="Questions that are being answered in threads.",
        questions_waiting="Questions that wait for a thread.",
        imports_running="Imports that are under way.",
    ),
    *_counters(
        projector_events_total="Events that the projector has applied since it started.",
        projector_restarts_total="How often the projector had to be started again.",
    ),
    _histogram("projector_batch_duration_seconds", "Time to apply a batch of events to the views."),
    *_gauges(
        rebuild_running="1 while the views are rebuilt.",
        rebuild_done_events="Events that the last rebuild has applied.",
        rebuild_total_events="Events that the last rebuild is to apply.",
        rebuild_failed="1 if the last rebuild or roll back failed.",
        rebuild_differing_projections="Projections of which the views that the last rebuild replaced "
        "had other rows than the log gives.",
    ),
    *_gauges(
        log_bytes="Size of the log's files, where the log is in the data directory.",
        views_bytes="Size of the view files.",
        views_kept_bytes="Size of those among them that are kept for a roll back.",
        evidence_bytes="Size of the stored evidence, counted once a minute.",
        disk_free_bytes="Free space where the data directory is.",
        disk_size_bytes="Size of the file system where the data directory is.",
    ),
    *_gauges(("state",), webhooks="Webhooks, by how they stand: active, failing, gone, unattended."),
    *_gauges(
        webhook_backlog_events="Events that the active or failing webhook which is furthest behind has "
        "not passed yet.",
    ),
    *_counters(
        webhook_delivered_total="Messages that targets of webhooks have taken.",
        webhook_failures_total="Attempts to deliver a message that failed.",
    ),
    *_counters(
        ("kind",),
        attestations_total="Checkpoints that others have attested: by a time stamp or a cosignature.",
        attestation_failures_total="Attempts to have a checkpoint attested that failed.",
    ),
    *_gauges(
        ("kind",),
        attested_size="Entries of the newest checkpoint that others have attested, by kind.",
    ),
    *_gauges(("version",), build_info="1, with the version of the program."),
    *_process("process_", "the server"),
    *_process("intellog_projector_process_", "the projector"),
)
BY_NAME: Mapping[str, Metric] = {each.name: each for each in TABLE}
