"""What the document cannot say, for the cases that fit it: these get a value that fits the rule as well. The cases that break the
document stay as they were made.
"""

import base64
import random
import string

import schemathesis
from schemathesis.generation.meta import TestPhase

# One pixel.
PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f00050001ff56c72f0d0000000049454e44ae426082"
    )
).decode()

# The run's own client.
OURS = "suite"

# `next` of the last page of each list.
places = {}

# What each list is a list of: the parameter that names one of them elsewhere, and where its value stands.
LISTS = {
    "GET /users": ("user", "id"),
    "GET /groups": ("group", "id"),
    "GET /roles": ("role", "id"),
    "GET /attributes": ("attribute", "id"),
    "GET /clients": ("client", "client_id"),
    "GET /invitations": ("invitation", "id"),
    "GET /mails": ("mail", "id"),
    "GET /keys": ("kid", "kid"),
    "GET /users/{user}/addresses": ("address", "id"),
    "GET /users/{user}/sessions": ("session", "id"),
    "GET /clients/{client}/secrets": ("fingerprint", None),
}

# The values that were seen last, and which path they stood under.
known = {}

chance = random.Random(1)


def a_secret():
    return "".join(chance.choices(string.ascii_letters + string.digits, k=32))


def an_address():
    return f"{a_secret()[:8].lower()}@example.com"


# Half of the cases are about something that is there.
def fit_path(case):
    for name in case.path_parameters:
        if name in known and chance.random() < 0.5:
            case.path_parameters.update(known[name])


# A key is for one request; most changes are of the version that is there.
def fit_headers(headers):
    if "If-Match" in headers and chance.random() < 0.8:
        headers["If-Match"] = "*"
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = a_secret()


def fit_query(case):
    query = case.query
    # A page goes on where one before it ended.
    if "after" in query:
        place = places.get(case.operation.label)
        if place is None:
            del query["after"]
        else:
            query["after"] = place
    # Words have a letter or a digit.
    if "q" in query:
        query["q"] = a_name(str(query["q"]))
    # A search, and some filters, have an order of their own.
    if "sort" in query and any(name in query for name in ("q", "group", "role", "status")):
        del query["sort"]
    # One who signs in with a name is looked for by that alone.
    query.pop("name", None)
    if "address" in query:
        query["address"] = "192.0.2.7"


# A name is visible, and is measured in bytes.
def a_name(made_up):
    return "".join(letter for letter in made_up if letter.isascii() and letter.isalnum()) or "x"


def names(made_up):
    return [a_name(name) for name in made_up]


# Of each member, where it stands by this name, a value that fits.
MEMBERS = {
    "password": a_secret,
    "client_secret": a_secret,
    "address": an_address,
    "base64": lambda: PNG,
    "password_hash": lambda: None,
    "language": lambda: "en",
    "redirect_uris": lambda: ["https://site.example/auth/callback"],
    "post_logout_redirect_uris": lambda: ["https://site.example/"],
    "backchannel_logout_uri": lambda: "https://site.example/auth/backchannel-logout",
    "client_uri": lambda: "https://site.example/",
    "policy_uri": lambda: "https://site.example/privacy",
    "tos_uri": lambda: "https://site.example/terms",
    "allowed_roles": lambda: [],
    "allowed_groups": lambda: [],
    "allowed_networks": lambda: ["192.0.2.0/24"],
    "required_acr": lambda: None,
    "id_token_encryption_key": lambda: None,
    "claims": lambda: {"given_name": "Ada"},
    "claim": lambda: f"x_{a_secret()[:6].lower()}",
    "address_changes": lambda: [],
    "attributes": lambda: {},
    "choices": lambda: [],
    "audience": lambda: "https://api.site.example",
    "scope": lambda: "openid profile",
    "description": lambda: "What it is for",
}


# What is a name, or a list of some.
NAMES = ("name", "username")


def fit_mapping(mapping):
    """Of roles or groups: no attribute is defined."""
    mapping.pop("attribute", None)
    if mapping.get("source") == "attribute":
        mapping["source"] = "roles"


def fit_attribute(method, body):
    """A string, whose name is no claim's. A definition that is there may be of another type."""
    if "label" in body:
        body["label"] = "A label"
    if "name" in body:
        body["name"] = "x_" + a_secret()[:6].lower()
    for member in ("type", "choices", "multiple", "max_length"):
        if method == "PATCH" or member != "max_length":
            body.pop(member, None)


def fit_body(body):
    if isinstance(body, list):
        return [fit_body(item) for item in body]
    if not isinstance(body, dict):
        return body
    fitted = {name: fit_body(value) for name, value in body.items()}
    for name, value in fitted.items():
        if value is not None and name in MEMBERS:
            fitted[name] = MEMBERS[name]()
        # Each takes its part of the budget of tokens.
        elif name == "claims_mapping" and value:
            fitted[name] = value[:1]
            fit_mapping(value[0])
        elif value is not None and name in NAMES:
            fitted[name] = names(value) if isinstance(value, list) else a_name(value)
    return fitted


@schemathesis.hook
def before_call(context, case, kwargs):
    if not case.meta.generation.mode.is_positive:
        return
    if case.meta.phase.name != TestPhase.STATEFUL:
        fit_path(case)
    fit_headers(case.headers)
    fit_query(case)
    if isinstance(case.body, dict):
        case.body = fit_body(case.body)
        if "/attributes" in case.operation.path:
            fit_attribute(case.method, case.body)
        if case.operation.label == "POST /clients":
            # Codes are sent somewhere, and a program that keeps no secret gets no token of its own.
            case.body["public"] = False
            case.body.setdefault("redirect_uris", MEMBERS["redirect_uris"]())
        if "backchannel_logout_uri" in case.body and case.body["backchannel_logout_uri"] is None:
            case.body["backchannel_logout_session_required"] = False
        # The session is told where something is told at all.
        if case.body.get("backchannel_logout_session_required") and not case.body.get("backchannel_logout_uri"):
            case.body["backchannel_logout_uri"] = MEMBERS["backchannel_logout_uri"]()


@schemathesis.hook
def after_call(context, case, response):
    label = case.operation.label
    if label not in LISTS and "after" not in case.query or response.status_code != 200:
        return
    answer = response.json()
    if label == "GET /users/{user}/sessions":
        answer["items"] = answer["open"]
    places[label] = answer.get("next")
    name, member = LISTS.get(label, (None, None))
    for item in answer["items"] if name else ():
        value = item[member] if member else item
        if value != OURS:
            known[name] = {**case.path_parameters, name: value}
