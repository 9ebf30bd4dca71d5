"""Policies: which files are one, and who must have cosigned what."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.proof.errors import BadSignature, Malformed, NoQuorum
from service.proof.judgement import Cosigned, judged, trusted
from service.proof.policy import NONE, Group, Log, Policy, Witness, trusting
from service.proof.policy_file import parse_policy
from tests.effort import examples
from tests.service.proof import logs
from tests.service.proof.logs import ORIGIN, TIME, key, witness

LOG = logs.Log(7)
LOG_LINE = f"log {LOG.keys[0].public.written()}\n"
KEYS = {name: witness(n) for n, name in enumerate(["X1", "X2", "X3", "Y1", "Y2"], 1)}
WITNESSES = "".join(f"witness {name} {each.public.written()}\n" for name, each in KEYS.items())
TWO_LEVELS = f"""# who must have seen a tree
{LOG_LINE}
{WITNESSES}
 \tgroup X-witnesses 2 X1 X2\tX3
group Y-witnesses any Y1 Y2
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def policy(text: str) -> Policy:
    return parse_policy(text.encode())


@pytest.mark.parametrize(
    ("cosigned", "missing", "met"),
    [
        ("", "X1 X2 X3 Y1 Y2", False),
        ("X1 X2", "X3 Y1 Y2", False),
        ("X1 Y1", "X2 X3 Y2", False),
        ("X1 X2 X3", "Y1 Y2", False),
        ("Y1 Y2", "X1 X2 X3", False),
        ("X3 Y2 X1", "X2 Y1", True),
        ("X1 X2 X3 Y1 Y2", "", True),
    ],
)
def test_a_quorum_of_groups_says_who_counted_and_who_is_missing(
    cosigned: str, missing: str, met: bool
) -> None:
    encoded = LOG.checkpoint(7, *(KEYS[name] for name in cosigned.split()))

    found = judged(policy(TWO_LEVELS), encoded)

    assert found.checkpoint.origin == ORIGIN
    assert found.cosigned == tuple(Cosigned(name, TIME + n) for n, name in enumerate(cosigned.split()))
    assert (found.missing, found.met) == (tuple(missing.split()), met)
    if met:
        assert trusted(policy(TWO_LEVELS), encoded) == found
    else:
        with pytest.raises(
            NoQuorum, match=f"X-and-Y is not met: .*{', '.join(missing.split())} did not"
        ):
            trusted(policy(TWO_LEVELS), encoded)


@pytest.mark.parametrize(
    ("quorum", "cosigned", "met"),
    [
        ("quorum none", "", True),
        ("quorum X1", "", False),
        ("quorum X1", "X2", False),
        ("quorum X1", "X1", True),
        ("group G 3 X1 X2 X3\nquorum G", "X1 X2", False),
        ("group G 3 X1 X2 X3\nquorum G", "X1 X2 X3", True),
        ("group G 1 X1 X2 X3\nquorum G", "X3", True),
        ("group G any X1 X2\ngroup H 2 G X3 Y1\nquorum H", "X1 X2", False),
        ("group G any X1 X2\ngroup H 2 G X3 Y1\nquorum H", "X2 Y1", True),
        ("group G any X1 X2\nquorum X3", "X1 X2", False),
    ],
)
def test_other_quorums(quorum: str, cosigned: str, met: bool) -> None:
    encoded = LOG.checkpoint(7, *(KEYS[name] for name in cosigned.split()))
    assert judged(policy(f"{LOG_LINE}{WITNESSES}{quorum}\n"), encoded).met is met


def test_the_same_witness_by_another_key_does_not_count() -> None:
    other = key("w1.example", 77, KEYS["X1"].public.kind)
    found = judged(policy(f"{LOG_LINE}{WITNESSES}quorum X1\n"), LOG.checkpoint(7, other))
    assert (found.cosigned, found.met) == ((), False)


def test_a_cosignature_that_is_not_of_this_text_refuses_the_checkpoint() -> None:
    own, other = LOG.checkpoint(6, KEYS["X1"]), LOG.checkpoint(7, KEYS["X1"])
    mixed = other[: other.rindex("— w1".encode())] + own[own.rindex("— w1".encode()) :]
    with pytest.raises(BadSignature, match=r"w1\.example"):
        judged(policy(f"{LOG_LINE}{WITNESSES}quorum none\n"), mixed)


def test_a_witness_does_not_sign_for_the_log() -> None:
    with pytest.raises(BadSignature, match="nobody signs for the log"):
        judged(policy(f"{WITNESSES}quorum X1\n"), LOG.checkpoint(7, KEYS["X1"]))


def test_any_of_the_logs_is_enough() -> None:
    others = [Log(key("another.example", 8).public), Log(key(ORIGIN, 9).public, "https://log.example")]
    both = Policy((*others, *trusting(LOG.keys[0].public).logs))
    assert judged(both, LOG.checkpoint()).met


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no quorum line"),
        ("# nothing\n\n", "no quorum line"),
        (f"{LOG_LINE}", "no quorum line"),
        ("quorum none\nquorum none\n", "line 2 of the policy: there are two quorum lines"),
        ("quorum X1\n" + WITNESSES, "line 1 of the policy: no line before it defines 'X1'"),
        ("quorum\n", "neither `log"),
        ("quorum none none\n", "neither `log"),
        ("Quorum none\n", "neither `log"),
        ("log\nquorum none\n", "neither `log"),
        (f"{LOG_LINE}{LOG_LINE}quorum none\n", "line 2 .* stands there twice"),
        (f"{LOG_LINE[:-1]} https://a b\nquorum none\n", "neither `log"),
        (f"log {KEYS['X1'].public.written()[:-1]}\nquorum none\n", "a public key has the form"),
        (f"witness A {LOG.keys[0].public.written()}\nquorum A\n", "none for cosignatures"),
        (f"{WITNESSES}witness X1 {witness(9).public.written()}\n", "line 6 .* name 'X1' is taken"),
        (f"{WITNESSES}witness Z {KEYS['X1'].public.written()}\n", "stands there twice"),
        (f"witness none {KEYS['X1'].public.written()}\n", "name 'none' is taken"),
        (f"{WITNESSES}group X1 any X2\n", "name 'X1' is taken"),
        (f"{WITNESSES}group none any X2\n", "name 'none' is taken"),
        (f"{WITNESSES}group G any\n", "neither `log"),
        (f"{WITNESSES}group G 0 X1\n", "not 0"),
        (f"{WITNESSES}group G 2 X1\n", "not 2"),
        (f"{WITNESSES}group G 01 X1\n", "not 01"),
        (f"{WITNESSES}group G -1 X1\n", "not -1"),
        (f"{WITNESSES}group G some X1\n", "not some"),
        (f"{WITNESSES}group G any X1 X1\n", "'X1' cannot be a member, or is one already"),
        (f"{WITNESSES}group G any X1\ngroup H any X1\n", "cannot be a member, or is one already"),
        (f"{WITNESSES}group G any none\n", "'none' cannot be a member"),
        (f"{WITNESSES}group G any G\n", "no line before it defines 'G'"),
        (f"{WITNESSES}group G any H\ngroup H any X1\n", "no line before it defines 'H'"),
        ("quorum none\r\n", "control character at byte 11"),
        ("quorum \x7f\n", "control character"),
    ],
    ids=count(),
)
def test_what_is_no_policy_is_named_by_its_line(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        policy(text)


def test_names_are_bytes() -> None:
    name, kelvin = b"K\xff", "\u212a".encode()
    line = f" {KEYS['X1'].public.written()}\n".encode()
    read = parse_policy(b"witness " + name + line + b"quorum " + name)
    assert parse_policy(read.encode()) == read and name in read.encode()
    with pytest.raises(Malformed, match="no line before it"):
        parse_policy(b"witness K" + line + b"quorum " + kelvin)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    url = st.none() | st.just("https://a.example/prefix")
    log_keys = [Log(key(ORIGIN, n).public, draw(url)) for n in range(draw(st.integers(0, 3)))]
    names = st.lists(
        st.text("abXY-\u00fc", min_size=1, max_size=6), unique=True, min_size=2, max_size=8
    )
    given_names = draw(names)
    seen = draw(st.integers(1, len(given_names)))
    witnesses = [Witness(n, witness(i).public, draw(url)) for i, n in enumerate(given_names[:seen])]
    free, groups = given_names[:seen], list[Group]()
    for group in given_names[seen:]:
        members = draw(st.lists(st.sampled_from(free), min_size=1, unique=True))
        groups.append(Group(group, draw(st.integers(1, len(members))), tuple(members)))
        free = [*(each for each in free if each not in members), group]
    quorum = draw(st.sampled_from([NONE, *given_names]))
    return Policy(tuple(log_keys), tuple(witnesses), tuple(groups), quorum)


@examples(200)
@given(policies())
def test_every_policy_is_read_back(given_policy: Policy) -> None:
    assert parse_policy(given_policy.encode()) == given_policy


@examples(200)
@given(policies(), st.data())
def test_one_more_cosignature_never_hurts(given_policy: Policy, data: st.DataObject) -> None:
    names = [each.name for each in given_policy.witnesses]
    some = data.draw(st.sets(st.sampled_from(names)))
    more = some | data.draw(st.sets(st.sampled_from(names)))
    assert given_policy.met(more) or not given_policy.met(some)
    assert given_policy.met(set(names))
    assert replace(given_policy, quorum=NONE).met(set())
