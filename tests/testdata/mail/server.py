"""A real mail server (aiosmtpd) for stories: prints each letter that it takes as a line of JSON, and ends with its standard input."""

import argparse
import asyncio
import json
import ssl
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

arguments = argparse.ArgumentParser()
arguments.add_argument("--port", type=int, required=True)
arguments.add_argument("--certificate", required=True)
arguments.add_argument("--key", required=True)
arguments.add_argument("--at-once", action="store_true", help="TLS from the first byte")
arguments.add_argument("--user", required=True)
arguments.add_argument("--password", required=True)
arguments.add_argument("--behaviour", type=Path, required=True, help="a file with a word in it, read at each letter")
options = arguments.parse_args()

context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(options.certificate, options.key)


def authenticate(server, session, envelope, mechanism, data):
    is_right = (data.login, data.password) == (options.user.encode(), options.password.encode())
    return AuthResult(success=is_right and is_encrypted(session), handled=is_right, auth_data=data)


def is_encrypted(session):
    # Of TLS from the first byte aiosmtpd knows nothing.
    return options.at_once or session.ssl is not None


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if options.behaviour.read_text().strip() == "unknown":
            return "550 5.1.1 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        behaviour = options.behaviour.read_text().strip()
        if behaviour == "slow":
            await asyncio.sleep(60)
        if behaviour == "later":
            return "451 4.3.0 come back later"
        if behaviour == "full":
            return "552 5.2.2 the box is full"
        if behaviour == "cut":
            server.transport.abort()
            return "421 gone"
        taken = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "user": session.auth_data.login.decode(),
            "tls": is_encrypted(session),
            "raw": envelope.content.decode("ascii").replace("\r\n", "\n"),
        }
        print(json.dumps(taken), flush=True)
        return "250 OK"


class Server(Controller):
    def factory(self):
        return SMTP(
            self.handler,
            hostname="mail.localhost",
            tls_context=None if options.at_once else context,
            require_starttls=not options.at_once,
            auth_required=True,
            auth_require_tls=not options.at_once,
            authenticator=authenticate,
        )


server = Server(
    Handler(), hostname="127.0.0.1", port=options.port, ssl_context=context if options.at_once else None
)
server.start()
print("ready", flush=True)
sys.stdin.read()
server.stop()
