"""A token of an identity provider lets in whom it plainly names, if it is genuine and for us."""

import base64
import hashlib
import hmac
import json
import math
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, RSAKey
from joserfc.jws import JWSRegistry

from service.access.oidc import IssuerUnreachable, NotVerified, Verifier
from service.access.principal import Principal
from service.access.provider import Provider
from service.access.provider_keys import ProviderKeys
from tests.service.access.access_spec import NOW, Clock
from tests.service.access.issuer import AUDIENCE, EC, ED, NEXT, RSA, Issuer, running_issuer

SECOND = int(NOW.timestamp())


@pytest.fixture(scope="module")
def shared() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(shared: Issuer) -> Issuer:
    shared.publish(RSA)
    shared.documents.clear()
    shared.asked.clear()
    shared.status = 200
    shared.meanwhile = lambda: None
    return shared


@pytest.fixture
def clock() -> Clock:
    return Clock()


def verifier_of(issuer: Issuer, clock: Clock, **settings: Any) -> Verifier:
    provider = Provider(issuer.url, AUDIENCE, **settings)
    return Verifier(provider, clock, ProviderKeys(provider, clock.monotonic))


@pytest.fixture
def verifier(issuer: Issuer, clock: Clock) -> Verifier:
    return verifier_of(issuer, clock)


def refused(verifier: Verifier, token: str, says: str) -> None:
    with pytest.raises(NotVerified, match=says) as caught:
        verifier.verify(token)
    assert token not in str(caught.value) or not token
    assert verifier.known(token) is None


def test_a_token_names_subject_role_and_clearance(issuer: Issuer, verifier: Verifier) -> None:
    end = NOW + timedelta(seconds=660)  # with the leeway
    expected = Principal("ana@example.org", "analyst", "TLP:AMBER", None, end)

    assert verifier.verify(issuer.token()) == expected


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE]])
def test_it_may_be_for_others_too(issuer: Issuer, verifier: Verifier, audience: Any) -> None:
    assert verifier.verify(issuer.token(aud=audience))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"exp": SECOND - 60}, "has expired"),
        ({"exp": None}, "lacks the claim exp"),
        ({"exp": "tomorrow"}, "claim exp is garbled"),
        ({"exp": True}, "claim exp is garbled"),
        ({"exp": math.inf}, "claim exp is garbled"),
        ({"exp": math.nan}, "claim exp is garbled"),
        ({"exp": 1e300}, "claim exp is garbled"),
        ({"exp": 10**400}, "claim exp is garbled"),
        ({"nbf": SECOND + 61}, "not valid yet"),
        ({"nbf": "now"}, "not valid yet"),
        ({"iat": SECOND + 61}, "issued in the future"),
        ({"aud": "other"}, "for another audience"),
        ({"aud": ["other", "another"]}, "for another audience"),
        ({"aud": [[AUDIENCE]]}, "for another audience"),
        ({"aud": {AUDIENCE: 1}}, "for another audience"),
        ({"aud": []}, "for another audience"),
        ({"aud": AUDIENCE.upper()}, "for another audience"),
        ({"aud": None}, "lacks the claim aud"),
        ({"iss": "https://evil.example"}, "of another issuer"),
        ({"iss": ["https://evil.example"]}, "of another issuer"),
        ({"iss": None}, "lacks the claim iss"),
        ({"sub": None}, "claim sub names no subject"),
        ({"sub": ""}, "claim sub names no subject"),
        ({"sub": 7}, "claim sub is garbled"),
        ({"sub": "a" * 201}, "claim sub names no subject"),
        ({"sub": "ana\n"}, "claim sub names no subject"),
        ({"role": None}, "claim role holds not exactly one of feed, reader, reporter, analyst, admin"),
        ({"role": ""}, "claim role"),
        ({"role": "Admin"}, "claim role"),
        ({"role": "admin "}, "claim role"),
        ({"role": []}, "claim role"),
        ({"role": ["offline_access"]}, "claim role"),
        ({"role": ["reader", "admin"]}, "claim role"),
        ({"role": [["admin"]]}, "claim role"),
        ({"role": {"admin": True}}, "claim role"),
        ({"role": True}, "claim role"),
        ({"clearance": None}, "claim clearance holds not exactly one of TLP:CLEAR, TLP:GREEN"),
        ({"clearance": "RED"}, "claim clearance"),
        ({"clearance": 4}, "claim clearance"),
        ({"clearance": ["TLP:RED", "TLP:CLEAR"]}, "claim clearance"),
    ],
)
def test_what_a_token_does_not_plainly_say_is_refused(
    issuer: Issuer, verifier: Verifier, changed: dict[str, Any], says: str
) -> None:
    refused(verifier, issuer.token(**changed), says)


@pytest.mark.parametrize("changed", [{"exp": SECOND - 59}, {"nbf": SECOND + 60}, {"iat": SECOND + 60}])
def test_clocks_may_differ_by_a_minute(
    issuer: Issuer, verifier: Verifier, changed: dict[str, Any]
) -> None:
    principal = verifier.verify(issuer.token(**changed))

    assert principal.expires_at and principal.expires_at > NOW


def test_a_role_may_stand_in_a_list_with_what_is_none(issuer: Issuer, verifier: Verifier) -> None:
    token = issuer.token(role=["offline_access", "reader"], clearance=["x", "TLP:RED", 7])

    principal = verifier.verify(token)

    assert (principal.role, principal.clearance) == ("reader", "TLP:RED")


def test_the_settings_name_the_claims(issuer: Issuer, clock: Clock) -> None:
    names = {"subject_claim": "email", "role_claim": "https://x.example/role", "clearance_claim": "tlp"}
    verifier = verifier_of(issuer, clock, **names)
    claims: dict[str, Any] = {
        "email": "ana@x.example",
        "https://x.example/role": "admin",
        "tlp": "TLP:RED",
    }

    principal = verifier.verify(issuer.token(role="reader", clearance="TLP:CLEAR", **claims))

    assert principal.subject == "ana@x.example"
    assert (principal.role, principal.clearance) == ("admin", "TLP:RED")
    refused(verifier, issuer.token(), "claim email")


# Signatures.


def encoded(value: object) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def hand_made(issuer: Issuer, header: dict[str, Any], secret: bytes | None = None) -> str:
    text = f"{encoded(header)}.{encoded(issuer.claims())}"
    signed = b"" if secret is None else hmac.digest(secret, text.encode(), hashlib.sha256)
    return f"{text}.{encoded(signed)}"


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", ""])
def test_an_unsigned_token_is_refused(issuer: Issuer, verifier: Verifier, name: str) -> None:
    refused(verifier, hand_made(issuer, {"alg": name, "kid": "rsa-1"}), "algorithm|no JSON Web Token")


@pytest.mark.parametrize("form", ["PEM", "DER"])
def test_a_public_key_is_no_secret(issuer: Issuer, verifier: Verifier, form: Any) -> None:
    secret = RSA.as_pem(private=False) if form == "PEM" else RSA.as_der(private=False)
    token = hand_made(issuer, {"alg": "HS256", "kid": "rsa-1"}, secret)

    refused(verifier, token, "algorithm that is not accepted")


@pytest.mark.parametrize("algorithm", ["HS256", "none", "EdDSA"])
def test_the_settings_cannot_allow_a_shared_secret(algorithm: str) -> None:
    with pytest.raises(ValueError, match=f"INTELLOG_OIDC_ALGORITHMS: '{algorithm}' is none of"):
        Provider("https://id.example", AUDIENCE, algorithms=(algorithm,))


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256")])
def test_the_usual_algorithms_are_accepted(
    issuer: Issuer, verifier: Verifier, key: Key, algorithm: str
) -> None:
    issuer.publish(RSA, EC)

    assert verifier.verify(issuer.token(key, algorithm))


@pytest.mark.parametrize(("key", "algorithm"), [(ED, "Ed25519"), (RSA, "RS512")])
def test_others_are_accepted_where_the_settings_say_so(
    issuer: Issuer, verifier: Verifier, clock: Clock, key: Key, algorithm: str
) -> None:
    issuer.publish(RSA, ED)
    token = issuer.token(key, algorithm)

    refused(verifier, token, "algorithm that is not accepted")
    assert verifier_of(issuer, clock, algorithms=(algorithm,)).verify(token)


def test_a_key_that_is_published_for_one_algorithm_is_not_used_for_another(
    issuer: Issuer, verifier: Verifier
) -> None:
    issuer.publish(RSA, alg="RS256")

    assert verifier.verify(issuer.token(RSA, "RS256"))
    with pytest.raises(NotVerified):
        verifier.verify(issuer.token(RSA, "PS256"))


def test_a_key_of_another_type_under_the_same_id_is_not_used(
    issuer: Issuer, verifier: Verifier
) -> None:
    other = ECKey.generate_key("P-256", {"kid": "rsa-1"})
    issuer.publish(other)

    refused(verifier, issuer.token(), "key that the provider does not publish")


def test_a_changed_token_is_refused(issuer: Issuer, verifier: Verifier) -> None:
    head, _, signature = issuer.token().split(".")
    forged = f"{head}.{encoded(issuer.claims(role='admin'))}.{signature}"

    refused(verifier, forged, "signature")


def test_a_token_signed_by_another_under_our_key_id_is_refused(
    issuer: Issuer, verifier: Verifier
) -> None:
    impostor = RSAKey.generate_key(2048, {"kid": "rsa-1"})

    refused(verifier, issuer.token(impostor), "signature")


def test_a_key_in_the_token_itself_is_not_believed(issuer: Issuer, verifier: Verifier) -> None:
    impostor = RSAKey.generate_key(2048, {"kid": "rsa-1"})
    header = {"jku": "https://evil.example/keys", "x5u": "https://evil.example/chain"}
    refused(verifier, issuer.token(impostor, header=header), "signature")
    assert set(issuer.asked) == {"/.well-known/openid-configuration", "/keys"}


@pytest.mark.parametrize("typ", ["logout+jwt", "secevent+jwt", ["JWT"]])
def test_a_token_for_another_end_is_refused(issuer: Issuer, verifier: Verifier, typ: Any) -> None:
    head = {"alg": "RS256", "kid": "rsa-1", "typ": typ}
    text = f"{encoded(head)}.{encoded(issuer.claims())}"
    signature = JWSRegistry.algorithms["RS256"].sign(text.encode(), RSA)
    refused(verifier, f"{text}.{encoded(signature)}", "type|no JSON Web Token")


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "é.é.é",
        "a.b.c.d.e",
        "x" * 100_000,
        f"{encoded([])}.e30.eA",
        f"{encoded({'alg': ['RS256']})}.e30.eA",
        f"{encoded({'alg': 'RS256', 'kid': 7})}.e30.eA",
        f"{encoded({'alg': 'RS256', 'kid': None})}.e30.eA",
        f"{encoded({'alg': 'RS256', 'kid': 'rsa-1', 'crit': ['b64'], 'b64': False})}.e30.eA",
        f"{encoded({'alg': 'RS256', 'kid': 'rsa-1'})}.e30.",
        f"{encoded(b'[' * 5_000)}.e30.eA",
    ],
)
def test_garbage_is_refused(verifier: Verifier, token: str) -> None:
    with pytest.raises(NotVerified):
        verifier.verify(token)


# Keys.


def test_keys_are_fetched_once_and_used_for_five_minutes(
    issuer: Issuer, verifier: Verifier, clock: Clock
) -> None:
    for _ in range(10):
        verifier.verify(issuer.token())
        clock.pass_(29)
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]
    clock.pass_(11)
    verifier.verify(issuer.token(exp=SECOND + 6000))
    assert len(issuer.asked) == 4


def test_a_new_key_is_fetched_when_a_token_names_it(
    issuer: Issuer, verifier: Verifier, clock: Clock
) -> None:
    verifier.verify(issuer.token())
    issuer.publish(RSA, NEXT)
    clock.pass_(30)

    assert verifier.verify(issuer.token(NEXT))


def test_a_key_that_is_published_no_longer_is_not_used_for_long(
    issuer: Issuer, verifier: Verifier, clock: Clock
) -> None:
    old = issuer.token()
    for _ in range(2):
        verifier.verify(old)
    issuer.publish(NEXT)
    clock.pass_(30)
    verifier.verify(issuer.token(NEXT))

    refused(verifier, old, "key that the provider does not publish")


def test_garbage_does_not_make_us_ask_again_and_again(
    issuer: Issuer, verifier: Verifier, clock: Clock
) -> None:
    verifier.verify(issuer.token())
    asked = len(issuer.asked)
    for n in range(59):
        unknown = issuer.token(header={"kid": f"k-{n}"})
        refused(verifier, unknown, "key that the provider does not publish")
        clock.pass_(1)
    assert len(issuer.asked) == asked + 2, "once in 30 seconds, two documents"


def test_an_algorithm_that_is_not_accepted_makes_us_ask_nothing(
    issuer: Issuer, verifier: Verifier
) -> None:
    refused(verifier, hand_made(issuer, {"alg": "HS256", "kid": "new"}, b"secret" * 10), "algorithm")
    assert issuer.asked == []


def test_a_token_without_a_key_id_is_of_the_only_key(
    issuer: Issuer, verifier: Verifier, clock: Clock
) -> None:
    token = issuer.token(header={"kid": None})
    assert verifier.verify(token)
    issuer.publish(RSA, NEXT)
    clock.pass_(300)
    refused(verifier, token, "key that the provider does not publish")


def test_many_at_once_fetch_the_keys_once(issuer: Issuer, verifier: Verifier) -> None:
    token, found = issuer.token(), list[Principal]()
    threads = [threading.Thread(target=lambda: found.append(verifier.verify(token))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8 and len(issuer.asked) == 2


def test_keys_that_are_not_for_us_are_passed_over(issuer: Issuer, verifier: Verifier) -> None:
    issuer.publish(RSA)
    odd: list[Any] = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "rsa-1"},
        {"kty": "RSA", "kid": "rsa-1", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "kid": "rsa-1"},
        {"kty": "EC", "crv": "P-0", "x": "AA", "y": "AA", "kid": "rsa-1"},
        {"kty": "LWE", "kid": "rsa-1"},
        {"kty": ["RSA"]},
        {**RSA.as_dict(private=False), "use": "enc"},
        {"kty": "RSA", "n": 7, "e": 7},
        "rsa-1",
        None,
    ]
    issuer.keys = [*odd, *issuer.keys]

    assert verifier.verify(issuer.token())


def test_a_key_that_is_too_small_is_not_used(issuer: Issuer, verifier: Verifier) -> None:
    with pytest.warns(SecurityWarning):
        small = RSAKey.generate_key(1024, {"kid": "small"})
    issuer.publish(RSA, small)

    refused(verifier, issuer.token(small), "key that the provider does not publish")


@pytest.mark.parametrize(
    ("path", "document", "says"),
    [
        ("/.well-known/openid-configuration", None, "status 404"),
        ("/.well-known/openid-configuration", {"issuer": "https://evil.example"}, "is that of"),
        ("/.well-known/openid-configuration", {}, "is that of"),
        ("/.well-known/openid-configuration", [], "no JSON object"),
        ("/keys", b"<html>", "expected value"),
        ("/keys", b" " * 2_000_000, "too much"),
        ("/keys", {}, "no key among them"),
        ("/keys", {"keys": 7}, "no key among them"),
        ("/keys", {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}, "no key among them"),
    ],
)
def test_a_provider_without_usable_documents_is_no_fault_of_the_caller(
    issuer: Issuer, verifier: Verifier, path: str, document: Any, says: str
) -> None:
    issuer.documents[path] = document
    with pytest.raises(
        IssuerUnreachable, match=f"the keys of {issuer.url} cannot be fetched: .*{says}"
    ):
        verifier.verify(issuer.token())


@pytest.mark.parametrize("address", ["http://192.0.2.1/keys", "ftp://127.0.0.1/keys", "keys", 7])
def test_keys_are_not_fetched_where_they_could_be_replaced(
    issuer: Issuer, verifier: Verifier, address: Any
) -> None:
    found = {"issuer": issuer.url, "jwks_uri": address}
    issuer.documents["/.well-known/openid-configuration"] = found
    with pytest.raises(IssuerUnreachable, match=r"must begin with https|names no jwks_uri"):
        verifier.verify(issuer.token())


def test_no_redirect_is_followed(issuer: Issuer, verifier: Verifier) -> None:
    issuer.status = 302
    with pytest.raises(IssuerUnreachable, match="status 302"):
        verifier.verify(issuer.token())
    assert issuer.asked == ["/.well-known/openid-configuration"]


def test_after_a_failure_it_is_asked_again_a_little_later(
    issuer: Issuer, verifier: Verifier, clock: Clock
) -> None:
    issuer.status = 500
    for _ in range(5):
        with pytest.raises(IssuerUnreachable):
            verifier.verify(issuer.token())
    assert len(issuer.asked) == 1
    issuer.status = 200
    clock.pass_(5)

    assert verifier.verify(issuer.token())


def test_who_waited_while_it_failed_slowly_does_not_wait_in_turn(
    issuer: Issuer, verifier: Verifier, clock: Clock
) -> None:
    issuer.status, issuer.meanwhile = 500, lambda: clock.pass_(9)
    for _ in range(3):
        with pytest.raises(IssuerUnreachable):
            verifier.verify(issuer.token())
    assert len(issuer.asked) == 1


def test_keys_are_as_old_as_the_question_for_them(
    issuer: Issuer, verifier: Verifier, clock: Clock
) -> None:
    issuer.meanwhile = lambda: clock.pass_(4)
    verifier.verify(issuer.token())
    clock.pass_(292)
    verifier.verify(issuer.token())

    assert len(issuer.asked) == 4


def test_nobody_listens(clock: Clock) -> None:
    with running_issuer() as gone:
        token = gone.token()
    with pytest.raises(IssuerUnreachable):
        verifier_of(gone, clock).verify(token)


def test_the_settings_may_name_where_the_keys_are(issuer: Issuer, clock: Clock) -> None:
    verifier = verifier_of(issuer, clock, jwks=f"{issuer.url}/keys")

    assert verifier.verify(issuer.token())
    assert issuer.asked == ["/keys"]


# Tokens that were verified before.


def test_a_verified_token_is_known_until_it_expires(
    issuer: Issuer, verifier: Verifier, clock: Clock
) -> None:
    token = issuer.token(exp=SECOND + 60)
    assert verifier.known(token) is None
    verifier.verify(token)
    principal = verifier.verify(token)

    assert verifier.known(token) is principal
    assert verifier.known(token[:-1]) is None
    clock.pass_(119)
    assert verifier.known(token) is principal
    clock.pass_(1)
    assert verifier.known(token) is None
    refused(verifier, token, "has expired")


def test_a_verified_token_is_verified_again_with_new_keys(
    issuer: Issuer, verifier: Verifier, clock: Clock
) -> None:
    token = issuer.token()
    for _ in range(2):
        verifier.verify(token)
    clock.pass_(300)
    assert verifier.known(token) is None
    verifier.verify(issuer.token(sub="bob"))
    assert verifier.known(token) is None
