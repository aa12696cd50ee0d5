"""OAU: the way to a provider of identities and back; nobody comes in by a forged or foreign one."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, parse_qsl, urlsplit

from orchestrator.attack.browser import Browser, code_in, somebody
from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import ORIGIN, Service
from orchestrator.attack.surroundings.faulty_server import OUTAGES, TRAP
from orchestrator.attack.surroundings.provider import LANDING, Lie, s256
from orchestrator.attack.wire import Reply

EVIL = "https://evil.example"
_ELEVEN_MINUTES, _NINE_MINUTES = 660, 540
_CODE_SECONDS = 60
_PAUSE = 120
_LONGEST_CALL = 18.0
_SCOPES = {"openid", "email", "profile", "user:email", "read:user"}
_UNGUESSABLE = 22
"""Characters of base64url that hold 128 bits."""


def shared(rig: Rig) -> tuple[Service, Browser]:
    """The shared service that knows the shared provider, and a new browser before it."""
    service = rig.service(**rig.provider.settings)
    return service, Browser(service, rig.provider)


@proves("OAU-01")
def the_way_there_carries_what_it_must(rig: Rig) -> None:
    _, browser = shared(rig)
    first, second = (_query(browser.leave()) for _ in range(2))
    callback = f"{ORIGIN}{browser.service.prefix}{browser.routes}/callback"
    wanted = {"response_type": "code", "client_id": rig.provider.client_id}
    wanted |= {"redirect_uri": callback, "code_challenge_method": "S256"}
    for name, value in wanted.items():
        check(first.get(name) == value, f"{name} is {first.get(name)!r}, not {value!r}")
    check(len(first.get("code_challenge", "")) == len(s256("")), "there is no S256 challenge")
    check(set(first.get("scope", "").split()) <= _SCOPES, f"too much is asked: {first['scope']}")
    fresh = ["state", "code_challenge", *(["nonce"] if rig.provider.speaks_openid else [])]
    for name in fresh:
        check(len(first.get(name, "")) >= _UNGUESSABLE, f"{name} is missing or can be guessed")
        check(first[name] != second[name], f"two logins have the same {name}")
    check(rig.provider.client_secret not in first.values(), "the client secret is in the URL")
    browser.login(somebody(browser.service))


def _query(location: str) -> Mapping[str, str]:
    return dict(parse_qsl(urlsplit(location).query))


def refused(reply: Reply, what: str) -> Reply:
    """The way back was refused: 400, no redirect and no code."""
    expect(reply, 400, what)
    check("auth_code" not in reply.header("Location"), f"{what} was given a one-time code")
    return reply


@proves("OAU-02")
def an_answer_is_for_the_browser_that_asked(rig: Rig) -> None:
    """An attacker sends the victim their own answer, to log the victim into their account."""
    service, attacker = shared(rig)
    victim, bare = Browser(service, rig.provider), Browser(service, rig.provider)
    victim.leave()
    answer = attacker.approved(somebody(service))
    refused(victim.come_back(answer), "another browser's answer")
    refused(bare.come_back(answer), "an answer in a browser without cookies")
    expect(attacker.come_back(answer), 302, "the same answer in its own browser")


@proves("OAU-03")
def a_state_is_needed_once_and_soon(rig: Rig) -> None:
    with rig.alone(**rig.provider.settings) as service:
        browser = Browser(service, rig.provider)
        answer = browser.approved(somebody(service))
        refused(browser.come_back({**answer, "state": ""}), "an answer with an empty state")
        without = {name: value for name, value in answer.items() if name != "state"}
        refused(browser.come_back(without), "an answer without a state")
        other = answer["state"][:-2] + ("AA" if answer["state"][-2:] != "AA" else "BB")
        refused(browser.come_back({**answer, "state": other}), "an altered state")
        expect(browser.come_back(answer), 302, "the state itself")
        refused(browser.come_back(answer), "a state that was used")
        late = browser.approved(somebody(service))
        service.advance(_ELEVEN_MINUTES)
        refused(browser.come_back(late), "a state eleven minutes old")
        timely = browser.approved(somebody(service))
        service.advance(_NINE_MINUTES)
        timely = {**timely, "code": _reissued(rig, timely["code"], service.now())}
        expect(browser.come_back(timely), 302, "a state nine minutes old")


def _reissued(rig: Rig, code: str, now: float) -> str:
    """The same code, whose ID token will be of now: only the state is old."""
    rig.provider.grants[code].now = now
    return code


@proves("OAU-04")
def the_verifier_goes_along(rig: Rig) -> None:
    service, browser = shared(rig)
    answer = browser.approved(somebody(service))
    expect(browser.come_back(answer), 302, "an answer")
    grant = rig.provider.grants[answer["code"]]
    verifier = grant.redeemed_with.get("code_verifier", "")
    check(43 <= len(verifier) <= 128, "the token request has no verifier of 43 to 128 characters")
    check(s256(verifier) == grant.asked["code_challenge"], "the verifier is not the challenge's")
    lie = Lie(challenge=s256("of another request"))
    refused(browser.enter(somebody(service), lie), "a code that was made for another challenge")


@proves("OAU-07")
def the_answer_of_another_issuer_is_refused(rig: Rig) -> None:
    service, browser = shared(rig)
    answer = browser.approved(somebody(service))
    refused(browser.come_back({**answer, "iss": EVIL}), "the answer of another issuer")
    check(not rig.provider.grants[answer["code"]].redeemed_with, "its code was redeemed")
    if rig.provider.speaks_openid:
        answer = browser.approved(somebody(service))
        del answer["iss"]
        refused(browser.come_back(answer), "an answer without the issuer that metadata promise")
    expect(browser.enter(somebody(service)), 302, "the answer of the right issuer")


@proves("OAU-08")
def discovery_must_name_the_issuer(rig: Rig) -> None:
    provider = rig.own_provider()
    provider.named_issuer = EVIL
    service = rig.service(**provider.settings)
    reply = expect(Browser(service, provider).begin(), {400, 502, 503}, "another issuer's metadata")
    check(EVIL.encode() not in reply.body, "the refusal repeats the provider's words")
    shared(rig)[1].leave()


@proves("OAU-09")
def no_code_counts_twice(rig: Rig) -> None:
    """Neither the provider's code under a new state, nor the one-time code of the redirect."""
    service, browser = shared(rig)
    person = somebody(service)
    answer = browser.approved(person)
    reply = expect(browser.come_back(answer), 302, "the provider's code")
    fresh = browser.approved(person)
    refused(browser.come_back({**fresh, "code": answer["code"]}), "the same code, a new state")
    user = browser.user(reply, person)
    expect(browser.exchange(code_in(reply)), 400, "a one-time code that was used")
    listed = expect(service.get("/sessions", token=user.access), 200, "the list of sessions")
    check(len(listed.data) == 1, f"one login made {len(listed.data)} sessions")


@proves("OAU-10")
def the_host_header_decides_nothing(rig: Rig) -> None:
    _, browser = shared(rig)
    names = ("Host", "X-Forwarded-Host", "Forwarded", "X-Forwarded-Proto", "Origin")
    honest = _query(browser.leave())["redirect_uri"]
    for name in names:
        value = "host=evil.example" if name == "Forwarded" else "evil.example"
        found = _query(browser.leave(headers=[(name, value)]))["redirect_uri"]
        check(found == honest, f"{name} changed the redirect URI")


_PAGES = (
    "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
    "https:/evil.example", "https://evil.example", "javascript:alert(1)", "%2f%2fevil.example",
    "/%2f/evil.example", "https://app.example.com@evil.example/in",
    "https://app.example.com.evil.example/in", "https://evil.example/https://app.example.com/in",
    "http://app.example.com/in", "https://app.example.com:8443/in", "\thttps://evil.example",
    "https://app.example.com/in/../../evil", "data:text/html,x", "//app.example.com@evil.example",
    "https://app.example.com/other", "https://app.example.com\\@evil.example/in",
)  # fmt: skip


@proves("OAU-11")
def no_redirect_leads_away(rig: Rig) -> None:
    """A page that is not listed is refused, or the browser ends on the listed one all the same."""
    service, browser = shared(rig)
    for page in _PAGES:
        reply = expect(browser.begin(page), {302, 400, 422}, f"the page {page!r}")
        if reply.status == 302:
            location = reply.header("Location")
            answer = rig.provider.approve(location, somebody(service), service.now())
            _ends_at_home(browser.come_back(answer), page)
    _ends_at_home(browser.enter(somebody(service)), LANDING)


def _ends_at_home(reply: Reply, page: str) -> None:
    end = expect(reply, 302, f"the way back to {page!r}").header("Location")
    check(end.partition("?")[0] == LANDING, f"the page {page!r} led to {end.partition('?')[0]}")


@proves("OAU-17")
def no_token_is_in_any_redirect(rig: Rig) -> None:
    with rig.alone(**rig.provider.settings) as service:
        browser, person = Browser(service, rig.provider), somebody(service)
        reply = expect(browser.enter(person), 302, "an honest login")
        end = urlsplit(reply.header("Location"))
        check(not end.fragment, "the redirect has a fragment")
        check(set(parse_qs(end.query)) <= {"auth_code"}, f"the redirect carries {end.query[:40]}")
        check(not reply.body.strip(), "the redirect has a body")
        user = browser.user(reply, person)
        check(user.access not in end.query and user.refresh not in end.query, "a token is in it")
        late, timely = (code_in(browser.enter(somebody(service))) for _ in range(2))
        service.advance(_CODE_SECONDS - 10)
        expect(browser.exchange(timely), 200, "a one-time code 50 seconds old")
        service.advance(20)
        expect(browser.exchange(late), 400, "a one-time code 70 seconds old")


@proves("OAU-18")
def the_words_of_a_provider_are_harmless(rig: Rig) -> None:
    _, browser = shared(rig)
    markup = "<script>alert(1)</script>\r\nSet-Cookie: a=b"
    state = _query(browser.leave())["state"]
    answer = {"error": markup, "error_description": markup, "state": state}
    if rig.provider.speaks_openid:
        answer["iss"] = rig.provider.issuer
    reply = expect(
        browser.come_back(answer), 400, "an error of the provider", code="provider_error"
    )
    check("json" in reply.header("Content-Type"), "the error is no JSON")
    check(b"<script" not in reply.body, "the provider's markup is shown as it is")
    check(not reply.every("Set-Cookie") or "a=b" not in str(reply.headers), "a header was planted")
    browser.login(somebody(browser.service))


@proves("OAU-19")
def a_failing_provider_costs_little(rig: Rig) -> None:
    """At discovery and at the token endpoint; slowness is left to the full run."""
    provider = rig.own_provider()
    outages = OUTAGES if rig.full else tuple(one for one in OUTAGES if one != "slow")
    with rig.alone(**provider.settings) as service:
        for outage in outages:
            service.advance(_PAUSE)
            if provider.speaks_openid and outage == outages[0]:
                provider.outage = outage
                _failed(Browser(service, provider).begin(), f"{outage} at discovery")
                provider.outage = ""
                service.advance(_PAUSE)
            reply = Browser(service, provider).enter(somebody(service), Lie(outage=outage))
            _failed(reply, f"{outage} at the token endpoint")
        check(TRAP not in provider.requests, "a redirect of the provider was followed")
        service.advance(_PAUSE)
        Browser(service, provider).login(somebody(service))


def _failed(reply: Reply, what: str) -> None:
    expect(reply, {502, 503}, what)
    check(reply.seconds < _LONGEST_CALL, f"{what} took {reply.seconds:.0f} seconds")


@proves("OAU-22")
def a_provider_that_is_not_configured_is_not_there(rig: Rig) -> None:
    _, browser = shared(rig)
    without = rig.service()
    stranger = Browser(without, rig.provider)
    expect(stranger.begin(), 404, "a login by a provider that is not configured", code="not_found")
    answer = {"code": "a", "state": "b"}
    expect(stranger.come_back(answer), 404, "an answer of a provider that is not configured")
    note = without.server.output().lower()
    check(rig.provider.name in note, "the start says nothing of the provider")
    expect(browser.begin(), 302, "a login by a configured provider")
