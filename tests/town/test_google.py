"""Google Docs: the token for a service account, reading a document, and inserting text."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tocsin.town import Town
from town.conftest import NOON
from town.specs import check_google_docs

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "https://www.googleapis.com/auth/documents"


def part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def claim(town: Town, *, at: datetime = NOON, life: int = 3600, pem: str = "", **other: Any) -> str:
    """A signed claim for a token; `other` replaces what it says."""
    account = json.loads(town.google.service_account_json())
    key = serialization.load_pem_private_key((pem or account["private_key"]).encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    issued = int(at.timestamp())
    claims = {
        "iss": account["client_email"],
        "scope": SCOPE,
        "aud": account["token_uri"],
        "iat": issued,
        "exp": issued + life,
    }
    header = json.dumps({"alg": "RS256", "typ": "JWT"})
    signed = f"{part(header.encode())}.{part(json.dumps(claims | other).encode())}"
    return f"{signed}.{part(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def foreign_pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, kind, none).decode()


async def ask_token(web: httpx2.AsyncClient, assertion: str) -> httpx2.Response:
    return await web.post("/google/token", data={"grant_type": GRANT, "assertion": assertion})


@pytest.fixture
async def headers(town: Town, web: httpx2.AsyncClient) -> dict[str, str]:
    answer = (await ask_token(web, claim(town))).json()
    return {"Authorization": f"{answer['token_type']} {answer['access_token']}"}


def at_end(text: str, revision: str = "") -> dict[str, Any]:
    control = {"writeControl": {"requiredRevisionId": revision}} if revision else {}
    return {"requests": [{"insertText": {"text": text, "endOfSegmentLocation": {}}}], **control}


async def test_a_signed_claim_gets_a_token_for_an_hour(town: Town, web: httpx2.AsyncClient) -> None:
    answer = await ask_token(web, claim(town))

    assert answer.status_code == 200
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 3599)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"iss": "mallory@acme-town.iam.gserviceaccount.com"}, "invalid_grant", "account not found"),
    ({"scope": "https://www.googleapis.com/auth/drive"}, "invalid_scope", "scope"),
    ({"aud": "https://elsewhere.example/token"}, "invalid_grant", "audience"),
    ({"life": 3601}, "invalid_grant", "short-lived"),
    ({"at": NOON - timedelta(hours=2)}, "invalid_grant", "reasonable timeframe"),
    ({"at": NOON + timedelta(hours=2)}, "invalid_grant", "reasonable timeframe"),
    ({"pem": foreign_pem()}, "invalid_grant", "Signature"),
]


@pytest.mark.parametrize(("other", "error", "says"), WRONG, ids=[f"{w[2]} {i}" for i, w in enumerate(WRONG)])
async def test_a_wrong_claim_gets_none(
    town: Town, web: httpx2.AsyncClient, other: dict[str, Any], error: str, says: str
) -> None:
    answer = await ask_token(web, claim(town, **other))

    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert says in answer.json()["error_description"]


async def test_text_goes_to_the_end_of_the_document(
    town: Town, web: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    id = town.google.add_document("Ops log")
    path = f"/google/v1/documents/{id}"

    await web.post(f"{path}:batchUpdate", json=at_end("first 🚨"), headers=headers)
    await web.post(f"{path}:batchUpdate", json=at_end("\nsecond"), headers=headers)
    document = (await web.get(path, headers=headers)).json()
    page = await web.get("/google")

    paragraphs = [part["paragraph"] for part in document["body"]["content"][1:]]
    assert town.google.text(id) == "first 🚨\nsecond\n"
    assert [p["elements"][0]["textRun"]["content"] for p in paragraphs] == ["first 🚨\n", "second\n"]
    assert paragraphs[1]["elements"][0]["startIndex"] == 10
    assert "second" in page.text


async def test_text_goes_before_an_index(
    town: Town, web: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    id = town.google.add_document("Ops log")
    town.google.type(id, "🚨 down")
    insert = {"insertText": {"text": "all ", "location": {"index": 4}}}

    await web.post(f"/google/v1/documents/{id}:batchUpdate", json={"requests": [insert]}, headers=headers)

    assert town.google.text(id) == "🚨 all down\n"


async def test_what_was_read_before_somebody_wrote_can_not_be_built_on(
    town: Town, web: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    id = town.google.add_document("Ops log")
    path = f"/google/v1/documents/{id}"
    revision = (await web.get(path, headers=headers)).json()["revisionId"]
    town.google.type(id, "Bob was here")

    refused = await web.post(f"{path}:batchUpdate", json=at_end("x", revision), headers=headers)
    fresh = (await web.get(path, headers=headers)).json()["revisionId"]
    taken = await web.post(f"{path}:batchUpdate", json=at_end("\ny", fresh), headers=headers)

    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "FAILED_PRECONDITION")
    assert taken.json()["writeControl"]["requiredRevisionId"] != fresh
    assert town.google.text(id) == "Bob was here\ny\n"


async def test_a_void_token_a_strange_document_and_one_not_shared_are_refused(
    town: Town, web: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    id = town.google.add_document("Ops log", shared=False)

    closed = await web.get(f"/google/v1/documents/{id}", headers=headers)
    strange = await web.get("/google/v1/documents/nothing", headers=headers)
    town.google.forget_tokens()
    void = await web.get(f"/google/v1/documents/{id}", headers=headers)

    said = [(a.status_code, a.json()["error"]["status"]) for a in (closed, strange, void)]
    assert said == [(403, "PERMISSION_DENIED"), (404, "NOT_FOUND"), (401, "UNAUTHENTICATED")]


async def test_google_can_be_told_to_fail(
    town: Town, web: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    id = town.google.add_document("Ops log")
    town.faults.add("google", "POST /v1/documents/*", "429", retry_after=7)

    answer = await web.post(f"/google/v1/documents/{id}:batchUpdate", json=at_end("x"), headers=headers)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert town.google.text(id) == "\n"


async def test_people_write_on_the_page_and_the_town_tells_all(town: Town, web: httpx2.AsyncClient) -> None:
    id = town.google.add_document("Ops log")

    await web.post(f"/google/document/d/{id}/type", data={"text": "Hello <all>"})
    page = await web.get(town.google.link(id))

    assert "Hello &lt;all&gt;" in page.text
    assert town.as_json()["google_docs"][0]["text"] == "Hello <all>\n"


async def test_calls_and_answers_fit_googles_description(
    town: Town, web: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    id = town.google.add_document("Ops log")
    path = f"/google/v1/documents/{id}"
    await web.post(f"{path}:batchUpdate", json=at_end("x"), headers=headers)
    await web.get(path, headers=headers)
    await web.get("/google/v1/documents/nothing", headers=headers)
    await web.post(f"{path}:batchUpdate", json=at_end("x", "old"), headers=headers)

    calls = [call for call in town.requests if call.path != "/google/token"]
    assert [call.status for call in calls] == [200, 200, 404, 400]
    for call in calls:
        check_google_docs(call)


async def test_a_field_that_google_does_not_know_is_found_out(
    town: Town, web: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    id = town.google.add_document("Ops log")
    insert = {"insertText": {"txt": "x", "text": "x", "endOfSegmentLocation": {}}}
    await web.post(f"/google/v1/documents/{id}:batchUpdate", json={"requests": [insert]}, headers=headers)

    with pytest.raises(Exception, match="txt"):
        check_google_docs(town.requests[-1])
