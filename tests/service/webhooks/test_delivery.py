"""Delivery: signed, in order, repeated until it is taken, and never in anybody's way."""

from pathlib import Path

from service.service import opened
from service.settings import Settings
from service.webhooks.deliverer import delivering
from service.webhooks.messages import AT_ONCE
from service.webhooks.webhook import Owner, WebhookFilter
from tests.http_spec import Ask, Body, Server, claim, indicator, post, problem, report
from tests.service.webhooks.conftest import Delivering
from tests.service.webhooks.receiver import Received, Receiver, receiving, shown, until
from tests.work import calls

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CHANGED = {"kinds": ["estimate.changed"]}


def hook(receiver: Receiver, name: str = "desk", /, **filter: object) -> Ask:
    """Set a webhook to a receiver."""
    return Ask(
        "PUT",
        f"/v1/webhooks/{name}",
        {"url": receiver.url, "secret": SECRET, "filter": filter or CHANGED},
    )


def figures(*bests: int) -> list[Ask]:
    """Reports of as many as the day of the month: each changes the figure."""
    return [report(f"r{best}", claim(best), published_at=f"2025-01-{best:02}") for best in bests]


def told(came: list[Received]) -> list[int]:
    """The figures that messages tell, in the order in which they came."""
    return [each.verified(SECRET)["data"]["after"]["best"] for each in came]


def test_a_change_is_told_signed_and_with_its_times(delivers: Delivering) -> None:
    with receiving() as receiver, delivers() as api:
        assert api.send(hook(receiver)).status_code == 201
        api.given(indicator(), report())
        [came] = receiver.wait(1)
        said = came.verified(SECRET)
        [row] = api.items("/v1/changes")

    assert said["type"] == "estimate.changed"
    assert said["timestamp"] == row["recorded_at"]
    as_of = said["data"].pop("as_of")
    assert said["data"] == row
    assert as_of["position"] == row["position"]


def test_only_what_comes_after_a_webhook_is_told_until_it_is_asked_for(delivers: Delivering) -> None:
    with receiving() as receiver, delivers() as api:
        api.given(indicator(), *figures(10, 20))
        api.set(hook(receiver))
        api.given(*figures(21))
        assert told(receiver.wait(1)) == [21]
        first = receiver.came[0].id

        again = api.send(post("/v1/webhooks/desk/redeliver", after=0))
        assert again.status_code == 200 and again.json()["state"] == "active"
        came = receiver.wait(4)

    assert told(came) == [21, 10, 20, 21]
    assert came[3].id == first
    assert len({each.id for each in came}) == 3


def test_a_flag_is_told_by_itself_if_it_is_asked_for(delivers: Delivering) -> None:
    with receiving() as receiver, delivers() as api:
        api.set(hook(receiver, kinds=["flag.raised"]))
        api.given(indicator(), report("r1", claim(100)), report("r2", claim(9_000, originator="mnd")))
        [row] = [each for each in api.items("/v1/changes") if each["flags_raised"]]
        came = receiver.wait(len(row["flags_raised"]))

    said = [each.verified(SECRET) for each in came]
    assert {each["type"] for each in said} == {"flag.raised"}
    assert {each["data"]["code"] for each in said} == {flag["code"] for flag in row["flags_raised"]}
    assert {each["data"]["position"] for each in said} == {row["position"]}


def test_a_filter_narrows_what_is_told(delivers: Delivering) -> None:
    with receiving() as receiver, delivers() as api:
        api.given(indicator("troops"), indicator("guards", topics=["front"]))
        api.set(hook(receiver, "by-topic", topic="front", **CHANGED))
        api.set(hook(receiver, "by-name", indicator="guards", **CHANGED))
        api.given(report("r1", claim(1)), report("r2", claim(2, about="guards")))
        came = receiver.wait(2)

    assert [each.said()["data"]["indicator"] for each in came] == ["guards", "guards"]
    assert came[0].id != came[1].id


def whole(rows: list[Body]) -> bool:
    """Whether all of three messages were taken."""
    return len(rows) == 3 and all(each["delivered"] for each in rows)


def test_what_fails_waits_and_keeps_the_order(delivers: Delivering) -> None:
    refusing = Receiver(lambda n: 503 if n in (0, 1, 4) else 200)
    with receiving(refusing) as receiver, delivers() as api:
        api.set(hook(receiver))
        api.given(indicator(), *figures(1, 2, 3))
        came = receiver.wait(6)
        assert told(came) == [1, 1, 1, 2, 3, 3]
        rows = until(lambda: shown(api, "/v1/webhooks/desk/deliveries")["items"], whole)

    assert [(row["attempts"], row["status"]) for row in rows] == [(2, 200), (1, 200), (3, 200)]
    assert [row["message"] for row in rows] == [came[n].id for n in (5, 3, 2)]


def test_a_target_that_stalls_holds_up_nothing_but_itself(delivers: Delivering) -> None:
    with (
        receiving(stalls=True) as stalled,
        receiving() as other,
        delivers(webhook_seconds=0.2) as api,
    ):
        api.set(hook(stalled, "slow"))
        api.set(hook(other, "quick"))
        api.given(indicator(), *figures(1, 2))
        assert told(other.wait(2)) == [1, 2]
        assert told(stalled.wait(2)) == [1, 1]
        state = shown(api, "/v1/webhooks/slow")
        [row] = shown(api, "/v1/webhooks/slow/deliveries")["items"]
        assert (state["state"], row["status"], row["delivered"]) == ("failing", None, False)
        assert row["error"] == "no answer within 0.2 seconds"
        stalled.stalling.set()
        until(lambda: told(stalled.wait(1)), lambda figures: figures[-1] == 2)


def test_a_receiver_that_restarts_misses_nothing(delivers: Delivering) -> None:
    receiver = Receiver()
    with delivers() as api:
        with receiving(receiver):
            api.set(hook(receiver))
            api.given(indicator(), *figures(1))
            receiver.wait(1)
        api.given(*figures(2, 3))
        with receiving(receiver):
            came = receiver.wait(3)

    assert told(came) == [1, 2, 3]


def test_a_service_that_restarts_goes_on_where_it_stopped(delivers: Delivering) -> None:
    receiver = Receiver(lambda n: 200 if n < 1 else 500)
    with receiving(receiver):
        with delivers() as api:
            api.set(hook(receiver))
            api.given(indicator(), *figures(1, 2, 3))
            receiver.wait(3)
        before = len(receiver.came)
        receiver.answers = lambda n: 200
        with delivers() as api:
            api.given(*figures(4))
            came = receiver.wait(before + 3)

    assert told(came[:2]) == [1, 2]
    assert told(came[before:]) == [2, 3, 4]
    by_id = {each.id: best for each, best in zip(came, told(came), strict=True)}
    assert sorted(by_id.values()) == [1, 2, 3, 4]


def test_a_target_that_is_gone_ends_the_webhook_until_it_is_set_again(delivers: Delivering) -> None:
    receiver = Receiver(lambda n: 410 if n == 0 else 200)
    with receiving(receiver), delivers() as api:
        api.set(hook(receiver))
        api.given(indicator(), *figures(1))
        receiver.wait(1)
        until(lambda: shown(api, "/v1/webhooks/desk"), lambda found: found["state"] == "gone")
        api.given(*figures(2))
        assert shown(api, "/v1/webhooks/desk")["state"] == "gone"
        assert len(receiver.came) == 1
        assert api.send(hook(receiver)).status_code == 200
        came = receiver.wait(3)
        kinds = [each["type"] for each in api.events() if each["type"].startswith("Webhook")]

    assert told(came) == [1, 1, 2]
    assert kinds == ["WebhookSet", "WebhookEnded", "WebhookSet"]


def test_a_redirect_is_a_failure_and_is_not_followed(delivers: Delivering) -> None:
    with receiving() as elsewhere, receiving(Receiver(lambda n: 307)) as receiver, delivers() as api:
        receiver.location = elsewhere.url
        api.set(hook(receiver))
        api.given(indicator(), *figures(1))
        receiver.wait(2)
        [row] = shown(api, "/v1/webhooks/desk/deliveries")["items"]

    assert (row["status"], row["error"]) == (307, "a redirect, which is not followed")
    assert elsewhere.came == []


def test_many_changes_of_one_event_are_told_once_each_and_in_order(delivers: Delivering) -> None:
    names = [f"i{n:02}" for n in range(AT_ONCE + 5)]
    refusing = Receiver(lambda n: 500 if n == AT_ONCE else 200)
    with receiving(refusing) as receiver, delivers() as api:
        api.given(*map(indicator, names))
        api.set(hook(receiver))
        api.given(report("r1", *(claim(5, about=name) for name in names)))
        came = receiver.wait(len(names) + 1)

    told_of = [each.said()["data"]["indicator"] for each in came]
    assert told_of == [*names[: AT_ONCE + 1], *names[AT_ONCE:]]


def test_what_the_log_was_not_told_before_a_stop_it_is_told_after(
    server: Server, delivers: Delivering, tmp_path: Path
) -> None:
    with server.over(tmp_path / "log") as api:  # nothing delivers, so nothing tells the log
        file = api.service.webhooks
        owner = Owner("local", None, "TLP:RED")
        file.set("desk", "https://hooks.example/", SECRET, WebhookFilter(), owner, 0)
        assert api.facts() == []
    with delivers() as api:
        found = until(api.facts, bool)

    assert [(kind, data["webhook"]) for _, kind, data in found] == [("WebhookSet", "desk")]


def test_what_is_deleted_is_told_nothing_more(delivers: Delivering) -> None:
    with receiving() as receiver, delivers() as api:
        api.set(hook(receiver))
        api.given(indicator(), *figures(1))
        receiver.wait(1)
        assert api.send(Ask("DELETE", "/v1/webhooks/desk")).status_code == 200
        problem(api.send(Ask("GET", "/v1/webhooks/desk")), 404, "not-found")
        api.set(hook(receiver, "next"))
        api.given(*figures(2))
        assert told(receiver.wait(2)) == [1, 2]
        assert shown(api, "/v1/webhooks")["items"][0]["id"] == "next"


def test_a_cited_figure_that_moved_is_told_with_its_correction(delivers: Delivering) -> None:
    with receiving() as receiver, delivers() as api:
        api.set(hook(receiver, kinds=["citation.moved"]))
        api.given(
            indicator(),
            report("r1", claim(600)),
            post("/v1/citations", id="story", indicator="troops", where="https://example.org/story"),
            report("r2", claim(2_000), published_at="2025-01-12"),
        )
        [came] = receiver.wait(1)
        [row] = api.items("/v1/citations", state="moved")
        api.given(report("r3", claim(3_000), published_at="2025-01-13"))
        api.set(hook(receiver, kinds=["citation.moved", "estimate.changed"]))
        kinds = [each.verified(SECRET)["type"] for each in receiver.wait(2)]

    said = came.verified(SECRET)
    assert said["type"] == "citation.moved" and said["timestamp"] == row["moved"]["recorded_at"]
    assert said["data"]["correction"] == row["correction"] != ""
    assert kinds.count("citation.moved") == 1


def test_where_there_is_no_webhook_nobody_is_woken_when_the_views_advance(tmp_path: Path) -> None:
    with opened(Settings(data=tmp_path)) as service, delivering(service), calls() as counted:
        service.follower.notify()
    assert counted["Deliverer._advanced"] == 1
    assert not [name for name in counted if name.endswith("call_soon_threadsafe")]
