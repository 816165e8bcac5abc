"""What datamodel-code-generator made of /openapi.json, used: a checked type for each schema. Run by test_generated_clients.py."""

import json
import sys

import pydantic
import requests
from fountain_models import CreateElement, Credentials, ElementPage, ElementType, Health, Problem, Registration, SequenceNumberAssigned, Tokens

origin = sys.argv[1]
session = requests.Session()


def plain(value):
    """What a type keeps to itself: a password is not printed by chance, and has to be asked for."""
    return value.get_secret_value() if isinstance(value, pydantic.SecretStr) else value.value


def ask(method, path, answer, status, body=None, **query):
    sent = json.dumps(body.model_dump(exclude_none=True, by_alias=True), default=plain) if body else None
    headers = {"Content-Type": "application/json"} if body else {}
    got = session.request(method, origin + path, data=sent, headers=headers, params=query, timeout=30)
    assert got.status_code == status, (got.status_code, got.text)
    return answer.model_validate_json(got.text)


ask("GET", "/health", Health, 200)
ask("POST", "/kms/register", pydantic.RootModel[dict], 201, Registration(username="pia", password="secure123"))
wrong = ask("POST", "/kms/login", Problem, 401, Credentials(username="pia", password="another one"))
assert wrong.code == "bad_credentials"
tokens = ask("POST", "/kms/login", Tokens, 200, Credentials(username="pia", password="secure123"))
session.headers["Authorization"] = f"Bearer {tokens.access_token}"

for number in range(1, 8):
    element = CreateElement(elementType=ElementType.action, elementId=number, comment=f"line {number}")
    assert ask("POST", "/service_a/sequence", SequenceNumberAssigned, 201, element).sequenceNumber == number
assert ask("POST", "/service_a/sequence", Problem, 409, element).status == 409

seen, more = [], {}
while True:
    page = ask("GET", "/service_a/sequence", ElementPage, 200, elementType="action", limit=3, **more)
    seen += [element.elementId for element in page.elements]
    if not page.next:
        break
    more = {"after": page.next}
assert seen == list(range(1, 8)), seen

# What the service refuses the types refuse before it is sent.
for wrong in [{"elementId": 0}, {"elementType": "poem"}, {"comment": "x" * 10_001}, {"unknown": 1}]:
    try:
        CreateElement(**{"elementType": "action", "elementId": 9, **wrong})
        raise AssertionError(f"{wrong} is taken")
    except pydantic.ValidationError:
        pass
print("done")
