"""OAU: whose account a person from a provider enters, and what ties the two together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orchestrator.attack.browser import Browser, somebody
from orchestrator.attack.judging.proving import check, expect, proves, same_answer
from orchestrator.attack.judging.timing import same_time
from orchestrator.attack.probes.oauth import refused, shared
from orchestrator.attack.rig import FULL_COST, Rig
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.surroundings.provider import Person
from orchestrator.attack.tokens import ABSENT
from orchestrator.attack.trying import rotated
from orchestrator.attack.wire import Reply

_STALE = 660
_AT_ONCE = 6
_PAIRS = 15


@proves("OAU-12")
def an_address_nobody_vouches_for_links_nothing(rig: Rig) -> None:
    service, browser = shared(rig)
    victim = service.user()
    for verified in (False, ABSENT, "false", None):
        if not rig.provider.speaks_openid and verified is not False:
            continue
        thief = somebody(service, email=victim.email, verified=verified)
        _is_not(browser, thief, victim)
        stranger = somebody(service, verified=verified)
        _never_verified(service, browser, stranger)
    listed = expect(service.get("/identities", token=victim.access), 200, "the identities")
    check(listed.data == [], "an identity was linked to the victim's account")
    expect(browser.enter(somebody(service)), 302, "a person with a verified address")


def _is_not(browser: Browser, thief: Person, victim: User) -> None:
    reply = expect(browser.enter(thief), {302, 400, 403, 409}, "an address that is not verified")
    if reply.status == 302:
        entered = browser.user(reply, thief)
        check(entered.id != victim.id, "an unverified address opened the account that has it")


def _never_verified(service: Service, browser: Browser, stranger: Person) -> None:
    reply = expect(browser.enter(stranger), {302, 400, 403}, "an address that is not verified")
    if reply.status == 302:
        shown = _me(service, browser.user(reply, stranger))
        check(shown["is_verified"] is False, "an unverified address counts as verified")


def _me(service: Service, user: User) -> Any:
    return expect(service.me(user.access), 200, "the token of that login").data


@proves("OAU-13")
def what_an_attacker_prepared_does_not_survive(rig: Rig) -> None:
    """An attacker registers the victim's address; the victim comes in by a provider later."""
    service, browser = shared(rig)
    attacker = User(service.email(), service.password())
    expect(service.register(attacker.email, attacker.password), {201, 202}, "a registration")
    before = service.login(attacker)
    reply = browser.enter(somebody(service, email=attacker.email))
    expect(service.login(attacker), 401, "the attacker's password", code="invalid_credentials")
    if before.status == 200:
        access, refresh = service.pair(before)
        expect(service.me(access), 401, "the attacker's access token")
        expect(service.refresh(refresh), 401, "the attacker's refresh token")
    owner = browser.user(expect(reply, 302, "the owner of the address"), Person("", attacker.email))
    check(_me(service, owner)["is_verified"] is True, "the owner's address is not verified")


@proves("OAU-14")
def issuer_and_subject_are_the_person(rig: Rig) -> None:
    with rig.fresh(**rig.provider.settings) as service:
        browser, person = Browser(service, rig.provider), somebody(service)
        first = browser.login(person)
        renamed = browser.login(Person(person.subject, service.email()))
        check(renamed.id == first.id, "a new address at the provider made another account")
        other = rig.own_provider()
        database = service.server.settings["AUTH_DATABASE_URL"]
        elsewhere = rig.handle(rig.start(**other.settings, database_url=database))
        namesake = Browser(elsewhere, other).login(Person(person.subject, service.email()))
        check(namesake.id != first.id, "the same subject at another issuer entered the account")
        taken = Person(str(int(person.subject) + 1), renamed.email)
        check(browser.login(taken).id != first.id, "the provider's new address opened the account")
        check(browser.login(person).id == first.id, "the person's own account is another now")
        elsewhere.server.stop()


@proves("OAU-15")
def linking_is_for_who_has_just_logged_in(rig: Rig) -> None:
    with rig.alone(**rig.provider.settings) as service:
        link = f"/oauth/{rig.provider.name}/link"
        expect(service.post(link), 401, "a link without a login")
        user, other, person = service.user(), service.user(), somebody(service)
        expect(_linked(rig, service, user, person), 302, "a link after a fresh login")
        listed = expect(service.get("/identities", token=user.access), 200, "the identities").data
        check(len(listed) == 1, f"one link made {len(listed)} identities")
        check(
            Browser(service, rig.provider).login(person).id == user.id, "the link leads elsewhere"
        )
        taken = _linked(rig, service, other, person)
        expect(taken, 409, "a link of an identity that is somebody else's")
        theirs = service.delete(f"/identities/{listed[0]['id']}", token=other.access)
        expect(theirs, 404, "the end of another user's identity")
        _link_in_another_browser(rig, service, other)
        service.advance(_STALE)
        access, _ = rotated(service, user.refresh)
        stale = service.post(link, token=access)
        expect(stale, 401, "a link by an old login", code="fresh_login_required")


def _linked(rig: Rig, service: Service, user: User, person: Person) -> Reply:
    browser = Browser(service, rig.provider)
    location = _link_location(browser, user)
    return browser.come_back(rig.provider.approve(location, person, service.now()))


def _link_location(browser: Browser, user: User) -> str:
    origin = browser.service.same_origin
    reply = browser.send("POST", f"{browser.routes}/link", token=user.access, headers=origin)
    return str(expect(reply, 200, "a link after a fresh login").data["location"])


def _link_in_another_browser(rig: Rig, service: Service, attacker: User) -> None:
    """The attacker's link, finished in the victim's browser, would share the victim's identity."""
    location = _link_location(Browser(service, rig.provider), attacker)
    answer = rig.provider.approve(location, somebody(service), service.now())
    refused(Browser(service, rig.provider).come_back(answer), "a link in another browser")


@proves("OAU-16")
def the_last_way_in_stays(rig: Rig) -> None:
    service, browser = shared(rig)
    alone = browser.login(somebody(service))
    expect(_unlinked(service, alone), 409, "the end of the only way in")
    expect(service.me(alone.access), 200, "the user after that")
    user = service.user()
    expect(_linked(rig, service, user, somebody(service)), 302, "a link")
    expect(_unlinked(service, user), 204, "the end of an identity beside a password")
    expect(service.login(user), 200, "the password after that")


def _unlinked(service: Service, user: User) -> Reply:
    listed = expect(service.get("/identities", token=user.access), 200, "the identities").data
    check(len(listed) == 1, f"there are {len(listed)} identities, not one")
    path = f"/identities/{listed[0]['id']}"
    return service.delete(path, token=user.access, headers=service.same_origin)


@proves("OAU-20")
def a_disabled_user_stays_out(rig: Rig) -> None:
    with rig.fresh(**rig.provider.settings) as service:
        browser, person = Browser(service, rig.provider), somebody(service)
        user = browser.login(person)
        waiting = expect(browser.enter(person), 302, "a login before that")
        service.write("UPDATE auth_users SET is_active = FALSE WHERE id = ?", user.id)
        expect(browser.enter(person), {400, 401, 403}, "a disabled user")
        late = waiting.header("Location").partition("auth_code=")[2]
        expect(browser.exchange(late), {400, 401, 403}, "the code of a user disabled meanwhile")
        service.write("UPDATE auth_users SET is_active = TRUE WHERE id = ?", user.id)
        check(browser.login(person).id == user.id, "the user who is active again is another")


@proves("OAU-21")
def parallel_first_logins_make_one_account(rig: Rig) -> None:
    with rig.fresh(workers=2, **rig.provider.settings) as service:
        person = somebody(service)
        browsers = [Browser(service, rig.provider) for _ in range(_AT_ONCE)]
        answers = [one.approved(person) for one in browsers]
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            replies = list(threads.map(lambda b, a: b.come_back(a), browsers, answers))
        for reply in replies:
            expect(reply, {302, 400, 409}, "one of several first logins")
        users = {b.user(r, person).id for b, r in zip(browsers, replies, strict=True)
                 if r.status == 302}  # fmt: skip
        check(len(users) == 1, f"parallel first logins entered {len(users)} accounts")
        check(browsers[0].login(person).id in users, "a later login entered another account")


@proves("LOG-05", quiet=True)
def an_account_without_password_looks_like_none(rig: Rig) -> None:
    """Compared with a wrong password; the time that it takes is left to the full run."""
    cost = FULL_COST if rig.full else {}
    service = rig.service(**rig.provider.settings, **cost)
    person, user = somebody(service), service.account()
    Browser(service, rig.provider).login(person)
    guess = service.password()
    without = service.login(User(person.email, guess))
    wrong = service.login(User(user.email, guess))
    expect(without, 401, "a login without a password to match", code="invalid_credentials")
    same_answer(without, wrong, "an account without password and a wrong password")
    expect(service.login(user), 200, "the right password")
    if rig.full:
        same_time(
            lambda: service.login(User(person.email, guess)),
            lambda: service.login(User(user.email, guess)),
            "a login without a password to match and one with a wrong one",
            _PAIRS,
        )


@proves("PWC-05")
def a_first_password_needs_a_fresh_login(rig: Rig) -> None:
    with rig.alone(**rig.provider.settings) as service:
        browser, person = Browser(service, rig.provider), somebody(service)
        old = browser.login(person)
        body = {"new_password": service.password()}
        service.advance(_STALE)
        access, _ = rotated(service, old.refresh)
        stale = service.post("/set-password", body, token=access)
        expect(stale, 401, "a first password by an old login", code="fresh_login_required")
        fresh = browser.login(person)
        expect(service.post("/set-password", body, token=fresh.access), 204, "a first password")
        again = {"new_password": service.password()}
        expect(service.post("/set-password", again, token=fresh.access), 409, "a second one")
        user = User(person.email, body["new_password"])
        expect(service.login(user), 200, "the first password")
