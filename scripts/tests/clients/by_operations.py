"""What openapi-python-client made of /openapi.json, used: a function for each operation. Run by test_generated_clients.py."""

import sys

from fountain_client import AuthenticatedClient, Client
from fountain_client.api.gateway import gateway_health
from fountain_client.api.kms import kms_login, kms_register
from fountain_client.api.service_a import service_a_sequence, service_a_sequence_list, service_a_sequence_read
from fountain_client.models import CreateElement, Credentials, ElementPage, ElementType, Health, Message, Problem, Registration, Tokens

origin = sys.argv[1]
anybody = Client(base_url=origin)
assert isinstance(gateway_health.sync(client=anybody), Health)

account = Registration(username="olivia", password="secure123")
assert isinstance(kms_register.sync(client=anybody, body=account), Message)
twice = kms_register.sync_detailed(client=anybody, body=account)
assert twice.status_code == 409 and isinstance(twice.parsed, Problem) and twice.parsed.code == "conflict"
wrong = kms_login.sync(client=anybody, body=Credentials(username="olivia", password="another one"))
assert isinstance(wrong, Problem) and wrong.code == "bad_credentials" and wrong.trace_id
tokens = kms_login.sync(client=anybody, body=Credentials(username="olivia", password="secure123"))
assert isinstance(tokens, Tokens)

user = AuthenticatedClient(base_url=origin, token=tokens.access_token)
for number in range(1, 8):
    body = CreateElement(element_type=ElementType.SCRIPT, element_id=number, comment=f"line {number}")
    made = service_a_sequence.sync_detailed(client=user, body=body, idempotency_key=f"key-{number}")
    assert made.status_code == 201 and made.parsed.sequence_number == number and made.headers["ETag"]
again = service_a_sequence.sync_detailed(client=user, body=body, idempotency_key="key-7")
assert again.status_code == 201 and again.headers["Idempotency-Replayed"] == "true"

seen, more = [], {}
while True:
    page = service_a_sequence_list.sync(client=user, element_type=ElementType.SCRIPT, limit=3, **more)
    assert isinstance(page, ElementPage)
    seen += [element.element_id for element in page.elements]
    if not page.next_:
        break
    more = {"after": page.next_}
assert seen == list(range(1, 8)), seen

element = service_a_sequence_read.sync_detailed(ElementType.SCRIPT, 3, client=user)
assert element.parsed.comment == "line 3"
known = service_a_sequence_read.sync_detailed(ElementType.SCRIPT, 3, client=user, if_none_match=element.headers["ETag"])
assert known.status_code == 304
missing = service_a_sequence_read.sync(ElementType.SCRIPT, 99, client=user)
assert isinstance(missing, Problem) and missing.status == 404
refused = service_a_sequence_list.sync(client=anybody, element_type=ElementType.SCRIPT)
assert isinstance(refused, Problem) and refused.code == "unauthenticated"
invalid = service_a_sequence_list.sync(client=user, element_type=ElementType.SCRIPT, limit=0)
assert isinstance(invalid, Problem) and [field.field for field in invalid.errors] == ["limit"]
print("done")
