"""/docs in a real browser: log in, send, see what comes; by keyboard, in the dark, at each port; nothing runs that is not ours."""

import re

import browser
import ecosystem
import pytest

FORM = "document.querySelector('form[data-path=\"{path}\"][data-method={method}]')"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("docs")


@pytest.fixture(scope="module")
def edge(place):
    services = "{service_a: {port: 0}, kms: {port: 0}, 2fa: {}}"
    topology = ecosystem.topology(place, kms="scrypt: {ln: 4, r: 1, p: 1}", services=services)
    with ecosystem.process("up", "--topology", topology, log=place / "log") as child:
        client = ecosystem.Client(ecosystem.origin(child.said))
        client.said = child.said
        client.registered("ada")
        yield client


@pytest.fixture(scope="module")
def chromium(place):
    with browser.page(place) as page:
        yield page


@pytest.fixture
def page(chromium, edge):
    chromium.errors.clear()
    chromium.asked.clear()
    chromium.open(f"{edge.origin}/docs")
    yield chromium
    assert chromium.errors == []
    assert [url for url in chromium.asked if not url.startswith(("http://127.0.0.1:", "http://localhost:"))] == []


def form(method, path):
    return FORM.format(method=method, path=path)


def fill(page, element, **fields):
    for name, value in fields.items():
        page.run(f"{element}.elements.namedItem({name!r}).value = {value!r}")


def submitted(page, element):
    """What a form shows once it has been sent."""
    page.run(f"{element}.closest('details').open = true; {element}.querySelector('[data-shows=status]').textContent = ''")
    page.run(f"{element}.requestSubmit()")
    page.wait_for(f"{element}.querySelector('[data-shows=status]').textContent")
    return page.run(f"[...{element}.querySelectorAll('[data-shows]')].map((part) => part.textContent)")


def logged_in(page):
    fill(page, "document.querySelector('#login')", username="ada", password=ecosystem.PASSWORD)
    page.run("document.querySelector('#login').requestSubmit()")
    page.wait_for("document.querySelector('#identity').textContent.startsWith('Logged in')")


def test_log_in_send_and_see_the_answer(page):
    create = form("POST", "/service_a/sequence")
    refused, told = submitted(page, create)
    assert refused.startswith("401") and '"code": "unauthenticated"' in told
    logged_in(page)
    fill(page, create, body='{"elementType": "script", "elementId": 7, "comment": "<img src=x onerror=alert(1)>"}')
    status, told = submitted(page, create)
    assert status.startswith("201") and '"sequenceNumber": 1' in told and "x-request-id:" in told
    read = form("GET", "/service_a/sequence/{elementType}/{elementId}")
    fill(page, read, elementType="script", elementId="7")
    status, told = submitted(page, read)
    assert status.startswith("200") and "<img src=x onerror=alert(1)>" in told, "as text, not as markup"
    assert page.run("document.querySelectorAll('img').length") == 0
    listed = form("GET", "/service_a/sequence")
    fill(page, listed, elementType="script", limit="0")
    status, told = submitted(page, listed)
    assert status.startswith("400") and '"invalid_request"' in told


def test_a_token_is_in_memory_only_and_gone_when_it_is_forgotten(page, edge):
    logged_in(page)
    assert page.run("[localStorage.length, sessionStorage.length, document.cookie, location.search + location.hash]") == [0, 0, "", ""]
    assert page.run("document.querySelector('#password').value") == ""
    tokens = [url for url in page.asked if re.search(r"eyJ|token=", url)]
    assert tokens == []
    page.run("document.querySelector('#forget').click()")
    status, _ = submitted(page, form("POST", "/kms/users/me/password"))
    assert status.startswith("401")
    logged_in(page)
    page.open(f"{edge.origin}/docs")
    assert page.run("document.querySelector('#identity').textContent") == "Nobody."


def test_nothing_runs_and_nothing_is_reached_that_is_not_ours(page):
    blocked = """new Promise((resolve) => {
      addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective), { once: true });
      %s
      setTimeout(() => resolve("nothing"), 3000);
    })"""
    inline = "const script = document.createElement('script'); script.text = 'window.ran = 1'; document.body.append(script);"
    for act, directive in [
        ("fetch('http://127.0.0.1:1/').catch(() => {});", "connect-src"),
        ("const image = new Image(); image.src = 'http://127.0.0.1:1/x.png';", "img-src"),
    ]:
        assert page.run(blocked % act) == directive
    assert page.run("(() => { try { document.body.innerHTML = '<b>x</b>'; return 'taken'; } catch { return 'refused'; } })()") == "refused"
    assert page.run(f"(() => {{ try {{ {inline} }} catch {{}} return window.ran ?? 'refused'; }})()") == "refused"
    page.errors.clear()  # they were asked for


def test_everything_has_a_name_and_a_keyboard_is_enough(page):
    page.run("for (const details of document.querySelectorAll('details')) details.open = true")
    nodes = page.tell("Accessibility.getFullAXTree")["nodes"]
    parts = [node for node in nodes if node.get("role", {}).get("value") in ("textbox", "button", "form", "link", "region")]
    assert len(parts) > 50
    assert [node for node in parts if not node.get("name", {}).get("value")] == []
    assert page.run("document.documentElement.lang") == "en" and page.run("document.querySelectorAll('h1').length") == 1
    # From the top by Tab to the log-in, and through it by Enter.
    page.run("document.activeElement.blur(); scrollTo(0, 0)")
    for _ in range(20):
        page.press("Tab")
        if page.run("document.activeElement.id") == "username":
            break
    page.write("ada")
    page.press("Tab")
    page.write(ecosystem.PASSWORD)
    page.press("Enter")
    page.wait_for("document.querySelector('#identity').textContent.startsWith('Logged in')")
    assert page.run("document.querySelector('#identity').getAttribute('role')") == "status"
    page.run(f"{form('GET', '/service_a/sequences')}.closest('details').querySelector('summary').focus()")
    for _ in range(10):
        page.press("Tab")
        if page.run("document.activeElement.textContent") == "Send":
            break
    page.press("Enter")
    page.wait_for(f"{form('GET', '/service_a/sequences')}.querySelector('[data-shows=status]').textContent.startsWith('200')")
    outline = page.run("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "who has no mouse sees where it is"


def test_it_is_dark_where_the_reader_has_it_dark_and_can_be_read_in_both(page):
    def luminance(colour):
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722)))

    backs = []
    for scheme in ["light", "dark"]:
        page.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        back = luminance(page.run("getComputedStyle(document.body).backgroundColor"))
        backs.append(back)
        for part in ["body", ".note", "a", "summary", "code"]:
            text = luminance(page.run(f"getComputedStyle(document.querySelector('{part}')).color"))
            contrast = (max(back, text) + 0.05) / (min(back, text) + 0.05)
            assert contrast >= 4.5, f"{part} in {scheme}: {contrast:.1f}"
    assert backs[0] > 0.9 and backs[1] < 0.1
    page.tell("Emulation.setEmulatedMedia", features=[])


def test_at_a_service_s_own_port_its_own_operations_can_be_tried(page, edge):
    origins = dict(re.findall(r"^\s*(\S+)\s+(http://\S+)", "".join(edge.said), re.MULTILINE))
    own = {name: url for name, url in origins.items() if url != edge.origin}
    assert own, edge.said
    kms = next(url for name, url in own.items() if "kms" in name)
    page.open(f"{kms}/docs")
    logged_in(page)
    status, told = submitted(page, form("GET", "/.well-known/jwks.json"))
    assert status.startswith("200") and '"keys"' in told
    service = next(url for name, url in own.items() if "service_a" in name)
    page.open(f"{service}/docs")
    assert page.run("document.querySelector('#login')") is None
    fill(page, "document.querySelector('#credentials')", bearer=edge.logged_in("ada").token)
    page.run("document.querySelector('#credentials').requestSubmit()")
    page.wait_for("document.querySelector('#identity').textContent.includes('access token')")
    status, _ = submitted(page, form("GET", "/sequences"))
    assert status.startswith("200")
