"""On whose behalf: a webhook tells what its owner may see at the moment, and no more."""

from domain.vocabulary import Marking
from service.access.principal import ROLES
from tests.http_spec import Ask, claim, indicator, post, problem, report
from tests.service.http.team import bearer, id_of, issued
from tests.service.webhooks.conftest import Delivering
from tests.service.webhooks.receiver import Receiver, receiving, until
from tests.service.webhooks.test_delivery import SECRET, told

HIDDEN: Marking = "TLP:RED"
ONLY_CHANGES = {"kinds": ["estimate.changed"]}


def by(token: str, ask: Ask) -> Ask:
    return Ask(ask.method, ask.path, ask.body, {**ask.headers, **bearer(token)})


def hook(receiver: Receiver, token: str, name: str = "desk") -> Ask:
    body = {"url": receiver.url, "secret": SECRET, "filter": ONLY_CHANGES}
    return by(token, Ask("PUT", f"/v1/webhooks/{name}", body))


def test_what_is_above_the_owner_is_not_told(delivers: Delivering) -> None:
    with receiving() as low, receiving() as high, delivers() as api:
        red = issued(api, "analyst", "root", HIDDEN)
        ana = issued(api, "analyst", "ana", "TLP:GREEN")
        assert api.send(hook(low, ana, "low")).status_code == 201
        assert api.send(hook(high, red, "high")).status_code == 201
        for ask in (
            indicator(),
            report("open", claim(10)),
            report("secret", claim(9_731), published_at="2025-01-20", title="vqred", marking=HIDDEN),
            report("later", claim(12), published_at="2025-01-21"),
        ):
            assert api.send(by(red, ask)).is_success
        assert told(high.wait(3)) == [10, 9_731, 12]
        assert told(low.wait(2)) == [10, 12]

    assert not any(b"9731" in each.body or b"secret" in each.body for each in low.came)
    assert low.came[1].said()["data"]["before"]["best"] == 10


def test_a_marking_that_is_raised_counts_for_what_still_waits(delivers: Delivering) -> None:
    refusing = Receiver(lambda n: 503)
    with receiving(refusing) as low, delivers() as api:
        red = issued(api, "analyst", "root", HIDDEN)
        ana = issued(api, "analyst", "ana", "TLP:GREEN")
        api.set(hook(low, ana))
        for ask in (indicator(), report("open", claim(10))):
            assert api.send(by(red, ask)).is_success
        low.wait(2)
        raised = api.send(by(red, post("/v1/reports/open/marking", marking=HIDDEN, reason="raised")))
        assert raised.is_success
        assert api.service.follower.wait(api.service.log.head(), 30)
        low.answers = lambda n: 200
        shown_at = by(red, report("later", claim(12), published_at="2025-01-21"))
        assert api.send(shown_at).is_success
        came = until(lambda: told(low.wait(1)), lambda figures: figures[-1] == 12)
        last = low.came[-1].said()["data"]

    assert set(came) == {10, 12}
    assert last["before"] is None, "what was hidden in the meantime is not even there before"


def test_a_webhook_ends_with_the_token_of_its_owner_and_goes_on_with_another(
    delivers: Delivering,
) -> None:
    with receiving() as receiver, delivers() as api:
        root = issued(api, "admin", "root")
        ana = issued(api, "analyst", "ana")
        api.set(hook(receiver, ana))
        for ask in (indicator(), report("one", claim(1), published_at="2025-01-01")):
            assert api.send(by(root, ask)).is_success
        assert told(receiver.wait(1)) == [1]
        api.service.access.tokens.revoke(id_of(ana), "root")
        assert api.send(by(root, report("two", claim(2), published_at="2025-01-02"))).is_success
        state = api.send(by(root, Ask("GET", "/v1/webhooks/desk"))).json()
        assert (state["state"], state["url"], state["host"]) == ("unattended", None, "127.0.0.1")
        again = issued(api, "analyst", "ana")
        assert api.send(hook(receiver, again)).status_code == 200
        assert told(receiver.wait(2)) == [1, 2]


def test_what_was_set_without_a_token_ends_once_callers_need_one(delivers: Delivering) -> None:
    with receiving() as receiver, delivers() as api:
        set_ = api.send(Ask("PUT", "/v1/webhooks/desk", {"url": receiver.url, "secret": SECRET}))
        assert set_.json()["state"] == "active"
        root = issued(api, "admin", "root")
        found = api.send(by(root, Ask("GET", "/v1/webhooks/desk"))).json()

    assert found["state"] == "unattended"


def test_each_sees_his_own_and_admins_those_that_are_no_higher(delivers: Delivering) -> None:
    with receiving() as receiver, delivers() as api:
        ana, ben = issued(api, "analyst", "ana", HIDDEN), issued(api, "analyst", "ben", "TLP:GREEN")
        root, low_root = issued(api, "admin", "root", HIDDEN), issued(api, "admin", "low", "TLP:GREEN")
        low_ana = issued(api, "analyst", "ana", "TLP:GREEN")
        api.set(hook(receiver, ana, "of-ana"))
        api.set(hook(receiver, ben, "of-ben"))
        seen = {
            name: [
                each["id"] for each in api.send(by(token, Ask("GET", "/v1/webhooks"))).json()["items"]
            ]
            for name, token in {"ana": ana, "ben": ben, "root": root, "low": low_root}.items()
        }
        for token in (ben, low_root, low_ana):
            for ask in (
                Ask("GET", "/v1/webhooks/of-ana"),
                Ask("DELETE", "/v1/webhooks/of-ana"),
                Ask("GET", "/v1/webhooks/of-ana/deliveries"),
                Ask("POST", "/v1/webhooks/of-ana/redeliver"),
            ):
                problem(api.send(by(token, ask)), 404, "not-found")
            problem(api.send(hook(receiver, token, "of-ana")), 409, "id-taken")
        assert api.send(by(root, Ask("DELETE", "/v1/webhooks/of-ana"))).status_code == 200

    own = {"ana": ["of-ana"], "ben": ["of-ben"]}
    assert seen == {**own, "root": ["of-ana", "of-ben"], "low": ["of-ben"]}


def test_it_takes_an_analyst(delivers: Delivering) -> None:
    with receiving() as receiver, delivers() as api:
        issued(api, "admin", "root")
        for role in ROLES[:2]:
            problem(api.send(hook(receiver, issued(api, role))), 403, "forbidden")
        shown_to = issued(api, "analyst", "ana")
        assert api.send(by(shown_to, Ask("GET", "/v1/webhooks"))).json() == {"items": []}


def test_a_name_that_is_hidden_is_no_name_in_a_filter(delivers: Delivering) -> None:
    with receiving() as receiver, delivers() as api:
        red, ana = issued(api, "analyst", "root", HIDDEN), issued(api, "analyst", "ana", "TLP:GREEN")
        assert api.send(by(red, indicator("vqred-depot", marking=HIDDEN))).is_success
        assert api.service.follower.wait(api.service.log.head(), 30)
        body = {"url": receiver.url, "filter": {"indicator": "vqred-depot"}}
        assert api.send(by(red, Ask("PUT", "/v1/webhooks/a", body))).status_code == 201
        problem(api.send(by(ana, Ask("PUT", "/v1/webhooks/b", body))), 404, "not-found")
