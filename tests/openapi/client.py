"""Uses the client that openapi-python-client has made from the document: creates, changes, lists and is refused.

    API_TOKEN=... PYTHONPATH=<folder of `generated`> client.py http://127.0.0.1:8080/api/v1
"""

import os
import sys
import uuid

from generated.api.caller import get_me
from generated.api.groups import add_group_member, create_group, get_group, list_group_members, list_groups, update_group
from generated.api.people import create_user
from generated.client import AuthenticatedClient
from generated.models import GroupPatch, NewGroup, NewUser, Problem

client = AuthenticatedClient(base_url=sys.argv[1], token=os.environ["API_TOKEN"], raise_on_unexpected_status=True)

assert get_me.sync(client=client).principal == "client:machine"

made = create_group.sync_detailed(client=client, body=NewGroup(name="staff"), idempotency_key=str(uuid.uuid4()))
assert made.status_code == 201, made
group = made.parsed

version = made.headers["etag"]
patch = GroupPatch(description="Made by a generated client")
changed = update_group.sync_detailed(group.id, client=client, body=patch, if_match=version)
assert changed.status_code == 200, changed
stale = update_group.sync_detailed(group.id, client=client, body=patch, if_match=version)
assert stale.status_code == 412 and stale.parsed.code == "changed_meanwhile", stale

person = create_user.sync(client=client, body=NewUser(username="ada")).user
add_group_member.sync_detailed(group.id, person.id, client=client)
assert [member.username for member in list_group_members.sync(group.id, client=client).items] == ["ada"]
assert [item.name for item in list_groups.sync(client=client, limit=10).items] == ["staff"]

missing = get_group.sync(uuid.uuid4(), client=client)
assert isinstance(missing, Problem) and missing.code == "not_found", missing
