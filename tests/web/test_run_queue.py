"""Whose run is next, and how much anybody may ask for: the rules alone, without a server."""

import random
import threading

import pytest

from concurrency_lab.web import quotas
from concurrency_lab.web.quotas import Places, QuotaPassed, Rates, address_of
from concurrency_lab.web.run_queue import RunQueue
from concurrency_lab.web.tokens import Tokens, Viewer


def anybody(_viewer: str) -> bool:
    return True


def test_viewers_take_turns_however_many_runs_one_has() -> None:
    queue = RunQueue()
    for run_id, viewer in [("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("c1", "c"), ("b2", "b")]:
        queue.add(run_id, viewer)
    assert list(queue.order()) == ["a1", "b1", "c1", "a2", "b2", "a3"]
    assert queue.take(anybody) == "a1"
    queue.add("d1", "d")
    # Who came last waits for everybody who was there before to have had one turn, and not for all of a's runs.
    assert list(queue.order()) == ["b1", "c1", "a2", "d1", "b2", "a3"]
    assert queue.take(lambda viewer: viewer != "b") == "c1"
    assert queue.remove("a2")
    assert not queue.remove("a2")
    assert [queue.take(anybody) for _ in range(len(queue) + 1)] == ["b1", "a3", "d1", "b2", None]


def test_the_order_that_is_told_is_the_order_that_comes() -> None:
    dice = random.Random(6)
    queue = RunQueue()
    waiting: set[str] = set()
    for number in range(2000):
        what = dice.random()
        if what < 0.5:
            queue.add(str(number), dice.choice("abcde"))
            waiting.add(str(number))
        elif what < 0.6 and waiting:
            gone = dice.choice(sorted(waiting))
            assert queue.remove(gone)
            waiting.remove(gone)
        elif waiting:
            told = next(queue.order())
            assert queue.take(anybody) == told
            waiting.remove(told)
        assert set(queue.order()) == waiting
        assert len(queue) == len(waiting) == sum(queue.of(viewer) for viewer in "abcde")


def test_rates_count_by_viewer_by_address_and_in_all() -> None:
    rates = Rates({"runs.viewer": "2/minute", "runs.address": "3/minute", "runs.all": "5/minute"})

    def passed(viewer: str, address: str) -> str:
        try:
            rates.take("runs", viewer=viewer, address=address)
        except QuotaPassed as error:
            return error.scope
        return ""

    assert [passed("v1", "a1"), passed("v1", "a1"), passed("v1", "a1")] == ["", "", "viewer"]
    # What was refused was not counted: the address has one left.
    assert [passed("v2", "a1"), passed("v3", "a1")] == ["", "address"]
    assert [passed("v4", "a2"), passed("v5", "a2"), passed("v6", "a3")] == ["", "", "all"]
    rates.take("snippets", viewer="v1", address="a1")


def test_a_clock_that_is_set_back_locks_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 7200)
    rates = Rates({"runs.viewer": "1/minute"})
    rates.take("runs", viewer="v")
    monkeypatch.setattr(time, "time", real)
    rates.take("runs", viewer="v")
    with pytest.raises(QuotaPassed) as refusal:
        rates.take("runs", viewer="v")
    assert refusal.value.retry_s <= 60


def test_a_lecture_hall_behind_one_address_fits() -> None:
    settings = quotas.for_audience(quotas.AUDIENCE)
    rates, places = Rates(settings["RATES"]), Places(800, settings["MAX_SOCKETS_PER_ADDRESS"])
    for number in range(300):
        rates.take("handshakes", address="hall")
        assert places.take("hall")
        rates.take("runs", viewer=f"v{number}", address="hall")
    assert places.take("somebody at home")
    assert Rates(quotas.for_audience(0)["RATES"]).take("handshakes", address="x") is None


def test_no_place_is_given_twice_by_many_threads() -> None:
    places = Places(50, 30)
    taken: list[bool] = []

    def come() -> None:
        taken.extend(places.take("a") for _ in range(20))

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (taken.count(True), places.taken) == (30, 30)
    assert [places.take("b") for _ in range(21)].count(True) == 20
    for _ in range(30):
        places.give_back("a")
    assert places.take("a")


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a lie " * 1000, "unknown"),
        ("", "unknown"),
    ],
)
def test_an_address_is_that_of_one_household(given: str, address: str) -> None:
    assert address_of({"REMOTE_ADDR": given}) == address


def test_tokens_and_cookies_say_who_it_is_and_are_not_to_be_mixed_up() -> None:
    tokens, other = Tokens(b"x" * 32), Tokens(b"y" * 32)
    viewer = tokens.new_viewer()
    assert tokens.viewer(tokens.issue(viewer.id)) == viewer.id
    assert tokens.who(tokens.issue(viewer.id, is_presenter=True)) == Viewer(viewer.id, True)
    assert tokens.viewer(tokens.issue()) != tokens.viewer(tokens.issue())
    assert tokens.of_cookie(tokens.cookie(viewer)) == viewer
    # A cookie is no token: it comes by itself with what a foreign page sends.
    assert tokens.who(tokens.cookie(viewer)) is None
    assert tokens.of_cookie(tokens.issue(viewer.id)) is None
    for made_up in (None, "", 7, [], tokens.issue(viewer.id)[:-1], other.issue(viewer.id)):
        assert tokens.who(made_up) is None
    assert tokens.is_presenter_key(tokens.presenter_key)
    assert not tokens.is_presenter_key(other.presenter_key)
    assert not tokens.is_presenter_key("\udcff")
    assert Tokens(b"x" * 32).presenter_key == tokens.presenter_key
