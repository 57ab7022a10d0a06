#!/usr/bin/env python3
"""Makes the realm exports beside this file with a Keycloak of yours: people with hashes of each kind and authenticator apps,
roles, groups and clients. Passwords, secrets of apps and of clients are in `people.json` beside it.

    mvn dependency:get -Dartifact=org.keycloak:keycloak-quarkus-dist:26.7.3:zip -Dtransitive=false
    unzip ~/.m2/repository/org/keycloak/keycloak-quarkus-dist/26.7.3/keycloak-quarkus-dist-26.7.3.zip
    ./make_realm.py keycloak-26.7.3

It takes Java 17 or later, and a folder of Keycloak that has no realm yet.
"""
import base64, json, os, pathlib, shutil, subprocess, sys, time, urllib.error, urllib.parse, urllib.request

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = pathlib.Path(sys.argv[1]).resolve()
PORT = 18180
BASE = f"http://127.0.0.1:{PORT}"
ADMIN = {"KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": "admin-of-the-test"}
REALM = "old"
KNOWN = json.loads((HERE / "people.json").read_text())
token = None


def call(method, path, body=None, form=None):
    data = urllib.parse.urlencode(form).encode() if form else json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(BASE + path, data=data, method=method)
    request.add_header("Content-Type", "application/x-www-form-urlencoded" if form else "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{method} {path}: {error.code} {error.read().decode()}")


def sign_in():
    global token
    token = None
    form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": "admin-of-the-test"}
    token = call("POST", "/realms/master/protocol/openid-connect/token", form=form)["access_token"]


def realm(method, path="", body=None):
    return call(method, f"/admin/realms/{REALM}{path}", body)


def started():
    server = subprocess.Popen(
        [FOLDER / "bin/kc.sh", "start-dev", f"--http-port={PORT}", "--http-host=127.0.0.1"], env=os.environ | ADMIN,
        stdout=open(FOLDER / "start.log", "w"), stderr=subprocess.STDOUT)
    for _ in range(600):
        try:
            urllib.request.urlopen(BASE + "/realms/master").read()
            return server
        except OSError:
            time.sleep(0.5)
    raise SystemExit("Keycloak does not start; see start.log")


def mapper(name, kind, claim, **more):
    config = {"claim.name": claim, "access.token.claim": "true", "id.token.claim": "true", "userinfo.token.claim": "true"}
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": config | more}


def clients():
    site = "https://shop.example.com"
    return [
        {"clientId": "shop", "name": "The shop", "secret": KNOWN["clients"]["shop"], "rootUrl": site, "baseUrl": "/",
         "redirectUris": [f"{site}/auth/callback", "/second/callback"], "webOrigins": ["+"], "serviceAccountsEnabled": True,
         "directAccessGrantsEnabled": True, "frontchannelLogout": False,
         "attributes": {"post.logout.redirect.uris": f"{site}/auth/logged-out", "backchannel.logout.url": f"{site}/auth/backchannel-logout",
                        "backchannel.logout.session.required": "true", "access.token.lifespan": "600",
                        "pkce.code.challenge.method": "S256", "policyUri": f"{site}/privacy"},
         "protocolMappers": [
             mapper("realm roles", "oidc-usermodel-realm-role-mapper", "roles", multivalued="true"),
             mapper("own roles", "oidc-usermodel-client-role-mapper", "permissions", multivalued="true",
                    **{"usermodel.clientRoleMapping.clientId": "shop"}),
             mapper("groups", "oidc-group-membership-mapper", "groups", **{"full.path": "true"}),
             mapper("phone", "oidc-usermodel-attribute-mapper", "extension", **{"user.attribute": "extension"})]},
        {"clientId": "app", "name": "App", "publicClient": True, "redirectUris": ["com.example.app:/callback", "http://127.0.0.1/callback"],
         "attributes": {"pkce.code.challenge.method": "S256"}},
        {"clientId": "wild", "secret": KNOWN["clients"]["wild"], "redirectUris": ["https://wild.example.com/*"], "consentRequired": True},
        {"clientId": "worker", "secret": KNOWN["clients"]["worker"], "standardFlowEnabled": False, "serviceAccountsEnabled": True},
        {"clientId": "short", "secret": "too-short", "redirectUris": ["https://short.example.com/callback"]},
        {"clientId": "closed", "enabled": False, "redirectUris": ["https://closed.example.com/callback"]},
        {"clientId": "interface", "bearerOnly": True},
        {"clientId": "urn:example:saml", "protocol": "saml", "redirectUris": ["https://saml.example.com/acs"]},
    ]


def make():
    sign_in()
    policy = lambda algorithm: f"hashAlgorithm({algorithm}) and hashIterations({'5' if algorithm == 'argon2' else '20000'})"
    call("POST", "/admin/realms", {"realm": REALM, "enabled": True, "passwordPolicy": policy("argon2"),
                                   "internationalizationEnabled": True, "supportedLocales": ["en", "zh-CN"]})
    profile = realm("GET", "/users/profile")
    profile["unmanagedAttributePolicy"] = "ENABLED"
    realm("PUT", "/users/profile", profile)
    for client in clients():
        realm("POST", "/clients", {"protocol": "openid-connect", "publicClient": False} | client)
    ids = {client["clientId"]: client["id"] for client in realm("GET", "/clients")}
    for name, description in [("editor", "Edits what is for sale"), ("manager", "Manages"), ("customer", ""), ("administrator", "Of the old system")]:
        realm("POST", "/roles", {"name": name, "description": description})
    for name in ["refunds", "orders"]:
        realm("POST", f"/clients/{ids['shop']}/roles", {"name": name, "description": f"May do {name}"})
    role = lambda name: realm("GET", f"/roles/{name}")
    of_shop = lambda name: realm("GET", f"/clients/{ids['shop']}/roles/{name}")
    realm("POST", "/roles/manager/composites", [role("editor"), of_shop("refunds")])
    realm("POST", f"/roles/default-roles-{REALM}/composites", [role("customer")])
    realm("POST", "/groups", {"name": "staff", "attributes": {"floor": ["3"]}})
    realm("POST", "/groups", {"name": "everybody"})
    groups = {group["name"]: group["id"] for group in realm("GET", "/groups")}
    realm("POST", f"/groups/{groups['staff']}/children", {"name": "finance"})
    realm("POST", f"/groups/{groups['staff']}/role-mappings/realm", [role("editor")])
    finance = realm("GET", f"/groups/{groups['staff']}/children")[0]["id"]
    realm("POST", f"/groups/{finance}/role-mappings/clients/{ids['shop']}", [of_shop("orders")])
    for person in KNOWN["people"]:
        make_person(person, policy, role, of_shop, ids, {"staff": groups["staff"], "everybody": groups["everybody"], "staff/finance": finance})
    service = realm("GET", f"/clients/{ids['worker']}/service-account-user")["id"]
    realm("POST", f"/users/{service}/role-mappings/realm", [role("editor")])


def make_person(person, policy, role, of_shop, ids, groups):
    credentials = []
    for app in person.get("apps", []):
        parameters = {"subType": "totp", "digits": app["digits"], "counter": 0, "period": app["period"], "algorithm": app["algorithm"]}
        if "encoding" in app:
            parameters["secretEncoding"] = app["encoding"]
        credentials.append({"type": "otp", "userLabel": app["label"], "secretData": json.dumps({"value": app["secret"]}),
                            "credentialData": json.dumps(parameters)})
    credentials += [{"type": kind, "secretData": json.dumps(secret), "credentialData": json.dumps(data), "userLabel": label}
                    for kind, label, secret, data in person.get("others", [])]
    representation = {name: person[name] for name in ["username", "email", "emailVerified", "firstName", "lastName", "enabled", "attributes"] if name in person}
    realm("POST", "/users", {"enabled": True, "credentials": credentials} | representation)
    found = realm("GET", f"/users?exact=true&username={urllib.parse.quote(person['username'])}")[0]
    path = f"/users/{found['id']}"
    if "hash" in person:
        realm("PUT", "", {"passwordPolicy": policy(person["hash"])})
        realm("PUT", path + "/reset-password", {"type": "password", "value": person["password"], "temporary": person.get("temporary", False)})
    if person.get("requiredActions"):
        realm("PUT", path, {"requiredActions": person["requiredActions"]})
    if person.get("roles"):
        realm("POST", path + "/role-mappings/realm", [role(name) for name in person["roles"]])
    if person.get("shopRoles"):
        realm("POST", path + f"/role-mappings/clients/{ids['shop']}", [of_shop(name) for name in person["shopRoles"]])
    for group in person.get("groups", []):
        realm("PUT", f"{path}/groups/{groups[group]}")


def export():
    for name, arguments in {"file": ["--file", HERE / "realm.json"], "dir": ["--dir", HERE / "folder", "--users", "different_files", "--users-per-file", "5"]}.items():
        subprocess.run([FOLDER / "bin/kc.sh", "export", "--realm", REALM, *arguments], check=True, stdout=open(FOLDER / f"{name}.log", "w"))


server = started()
try:
    make()
finally:
    server.terminate()
    server.wait()
shutil.rmtree(HERE / "folder", ignore_errors=True)
export()
