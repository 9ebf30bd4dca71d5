"""The settings of an identity provider, and what cannot be used."""

import pytest

from service.access.provider import BadProvider, Provider, provider_from

GIVEN = {"INTELLOG_OIDC_ISSUER": "https://id.example/realm", "INTELLOG_OIDC_AUDIENCE": "intellog"}


def test_without_variables_there_is_none() -> None:
    assert provider_from({"INTELLOG_OIDC_ISSUER": "", "INTELLOG_ACTOR": "ana"}) is None


def test_issuer_and_audience_are_enough() -> None:
    assert provider_from(GIVEN) == Provider("https://id.example/realm", "intellog")


def test_every_variable_is_read() -> None:
    given = GIVEN | {
        "INTELLOG_OIDC_JWKS": "https://id.example/keys",
        "INTELLOG_OIDC_SUBJECT_CLAIM": "email",
        "INTELLOG_OIDC_ROLE_CLAIM": "groups",
        "INTELLOG_OIDC_CLEARANCE_CLAIM": "tlp",
        "INTELLOG_OIDC_ALGORITHMS": "ES256, Ed25519",
    }
    expected = Provider(
        "https://id.example/realm",
        "intellog",
        "https://id.example/keys",
        "email",
        "groups",
        "tlp",
        ("ES256", "Ed25519"),
    )
    assert provider_from(given) == expected


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"ISSUER": ""}, "INTELLOG_OIDC_AUDIENCE: set INTELLOG_OIDC_ISSUER as well"),
        ({"AUDIENCE": ""}, "INTELLOG_OIDC_AUDIENCE: is not set"),
        ({"ISSUER": "http://id.example"}, "INTELLOG_OIDC_ISSUER: .* must begin with https://"),
        ({"ISSUER": "id.example"}, "INTELLOG_OIDC_ISSUER: .* must begin with https://"),
        ({"ISSUER": "https://"}, "INTELLOG_OIDC_ISSUER: .* must begin with https://"),
        ({"ISSUER": "https://[::1"}, "INTELLOG_OIDC_ISSUER: .* must begin with https://"),
        ({"JWKS": "http://127.0.0.1.example/"}, "INTELLOG_OIDC_JWKS: .* must begin with https://"),
        ({"ALGORITHMS": "RS256,HS256"}, "INTELLOG_OIDC_ALGORITHMS: 'HS256' is none of RS256"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_variable(changed: dict[str, str], says: str) -> None:
    given = GIVEN | {f"INTELLOG_OIDC_{name}": value for name, value in changed.items()}
    with pytest.raises(BadProvider, match=f"^{says}"):
        provider_from(given)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost/x", "http://[::1]:80"])
def test_an_issuer_on_this_machine_needs_no_https(url: str) -> None:
    assert Provider(url, "intellog").issuer == url
