"""Checks: what is stored is read back byte by byte, forward, backward, by position and by stream."""

import json
from functools import partial

from service.log.conformance.events import event, events, ids, positions, read, read_back, unchanged
from service.log.conformance.findings import refused, same
from service.log.conformance.store import Store
from service.log.envelope import decode_envelope


def an_empty_log_answers_that_nothing_is_there(store: Store) -> None:
    log = store.log
    same("the head of an empty log", log.head(), 0)
    same("reading an empty log forward", log.read(), [])
    same("reading an empty log backward", log.read_back(1, 10), [])
    same("the events at positions 1 and 2 of an empty log", log.at([1, 2]), [])
    same("the events at no positions", log.at([]), [])
    same("a stream of an empty log", log.stream("report:a"), [])
    same("the head of a stream of an empty log", log.heads(["report:a"]), {"report:a": 0})
    same("a key of an empty log", log.key("m"), None)
    same("no keys of an empty log", log.stored_keys([]), {})
    same("the positions of an empty batch", log.append([]).positions, [])
    same("the head after an empty batch", log.head(), 0)


def the_bytes_are_the_envelope_and_the_data_untouched(store: Store) -> None:
    data = '{ "text":"\u00fcber \\u00e9 \u2028 \U0001f600", "x":1.10,"n":12345678901234567890}'
    quoted = event("r:\u00e4", 1, id='i"\\\t', actor="J\u00fcrgen", data=data.encode())
    [stored] = store.log.at(store.log.append([quoted]).positions)
    same(
        "the stored bytes",
        stored.body.decode(),
        '{"id":"i\\"\\\\\\t","type":"ReportFiled","v":1,"stream":"r:\u00e4","version":1,'
        '"recorded_at":"2024-05-01T12:00:00Z","actor":"J\u00fcrgen","data":' + data + "}",
    )
    same("type, stream, version", stored[1:4], ("ReportFiled", "r:\u00e4", 1))


def the_wire_form_adds_the_position_and_nothing_else(store: Store) -> None:
    store.log.append(events("report:a", 1, 2))
    for stored in read(store.log):
        front = b'{"position":%d,' % stored.position
        same("the bytes that are sent", stored.wire(), front + stored.body[1:])
        whole = {"position": stored.position, **json.loads(stored.body)}
        same("the members that are sent", json.loads(stored.wire()), whole)
        same("the envelope", decode_envelope(stored.wire()), decode_envelope(stored.body))


def lines_are_the_wire_form_of_what_is_read(store: Store) -> None:
    log = store.log
    same("the lines of an empty log", log.lines(7), (b"", 0, 7))
    log.append(events("report:a", 1, 2, 3, 4, 5))
    for after, limit, until in (0, 9, None), (1, 2, None), (1, 9, 3), (5, 9, None), (2, 9, 10**30):
        asked = f"after {after}, {limit} until {until}"
        found, last = list[bytes](), after
        while len(found) < limit and (some := log.lines(last, limit - len(found), until)).events:
            lines = some.sent.splitlines(keepends=True)
            same(f"the number of lines {asked}", some.events, len(lines))
            found, last = [*found, *lines], some.last
        stored = read(log, after, limit, (), until)
        same(f"the lines {asked}", found, [each.wire() + b"\n" for each in stored])
        same(f"their last position {asked}", last, stored[-1].position if stored else after)


def data_that_is_not_one_object_on_one_line_is_refused(store: Store) -> None:
    for data in b"", b"[1]", b'{"a":1', b'{"a":\n1}', b'{"a":\r1}', b"1":
        batch = [event(), event(version=2, data=data)]
        with unchanged(f"data {data!r} was refused", store.log):
            refused(
                ValueError, f"data {data!r}", partial(store.log.append, batch), "not one JSON object"
            )


def a_name_that_utf8_cannot_write_is_refused(store: Store) -> None:
    batch = [event(), event(version=2, actor="\ud800")]
    with unchanged("an actor was refused", store.log):
        refused(ValueError, "an actor with a lone surrogate", lambda: store.log.append(batch), "surrog")


def reading_forward_stops_at_limit_until_and_types(store: Store) -> None:
    log = store.log
    for n in range(1, 8):
        log.append([event("report:a", n, type="Odd" if n % 2 else "Even")])
    same("all positions", positions(read(log)), [1, 2, 3, 4, 5, 6, 7])
    same("3 events after 2", positions(read(log, after=2, limit=3)), [3, 4, 5])
    same("events after 2 until 4", positions(read(log, after=2, until=4)), [3, 4])
    same("events of one type", positions(read(log, types=["Even"])), [2, 4, 6])
    same("2 events of two types", positions(read(log, 2, 2, ["Odd", "Even"], 6)), [3, 4])
    same("events of a type until 6", positions(read(log, 2, 9, ["Odd"], 6)), [3, 5])
    same("events of an unknown type", log.read(types=["Other"]), [])
    same("events after the last", log.read(after=7), [])


def reading_backward_gives_the_newest_first(store: Store) -> None:
    log = store.log
    log.append(events("report:a", 1, 2, 3, 4, 5))
    same("2 events before 5", positions(read_back(log, 5, 2)), [4, 3])
    same("2 events before 99", positions(read_back(log, 99, 2)), [5, 4])
    same("events before 2", positions(read_back(log, 2, 9)), [1])
    same("events before 1", log.read_back(1, 9), [])


def reading_at_positions_keeps_the_order_asked(store: Store) -> None:
    log = store.log
    log.append(events("report:a", *range(1, 1502)))
    same("events at positions, some missing", positions(log.at([3, 1, 9999, 3, 0, -1])), [3, 1, 3])
    backward = list(range(1501, 0, -1))
    same("1,501 events, last first", positions(log.at(backward)), backward)


def a_stream_is_read_by_version(store: Store) -> None:
    log = store.log
    log.append([event("a", 1), event("b", 1), event("a", 2)])
    log.append([event("b", 2), event("a", 3)])
    same("stream a", ids(log.stream("a")), ["a/1", "a/2", "a/3"])
    same("its positions", positions(log.stream("a")), [1, 3, 5])
    same("stream a after version 2", ids(log.stream("a", after_version=2)), ["a/3"])
    same("stream a after version 3", log.stream("a", after_version=3), [])
    same("a stream whose name differs by case", log.stream("A"), [])
    same("the heads of streams", log.heads(["a", "b", "A"]), {"a": 3, "b": 2, "A": 0})


def positions_that_no_log_reaches_are_no_error(store: Store) -> None:
    log, far = store.log, 10**30
    log.append([event()])
    same(f"events after {far}", log.read(after=far), [])
    same(f"the event at {far}", log.at([far]), [])
    same(f"events until {far}", positions(log.read(until=far)), [1])
    same(f"events after -{far}", positions(log.read(after=-far)), [1])
    same(f"events before {far}", positions(log.read_back(far, 5)), [1])
    same(f"events before -{far}", log.read_back(-far, 5), [])
    same(f"a stream after version {far}", log.stream("report:a", far), [])
