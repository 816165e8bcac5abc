"""A real SMTP server (aiosmtpd) for tests: TLS by STARTTLS and AUTH on request, failures on demand.

Prints one JSON object a line: {"port": n} once it listens, then {"from", "to", "subject", "body", "headers", ...} for
every message that it accepted. Ends when its standard input closes, so that it cannot outlive the test.

    smtp-sink.py [--tls CERT KEY] [--auth USER PASSWORD] [--hang GREETING|DATA] [--refuse SENDER|DATA]
"""

import argparse
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def say(**what):
    print(json.dumps(what), flush=True)


class Handler:
    def __init__(self, options):
        self.options = options

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        if self.options.refuse == "SENDER":
            return "550 5.7.1 no such sender"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("unknown@"):
            return "550 5.1.1 no such user"
        if address.startswith("busy@"):
            return "451 4.2.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.options.refuse == "DATA":
            return "554 5.6.0 not wanted"
        if self.options.hang == "DATA":
            say(received=True)
            await asyncio.Event().wait()
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say(
            **{"from": envelope.mail_from, "to": envelope.rcpt_tos},
            subject=message["subject"],
            body=message.get_content(),
            headers={name.lower(): str(value) for name, value in message.items()},
            names=message.keys(),
            tls=session.ssl is not None,
            user=session.auth_data,
            helo=session.host_name,
        )
        return "250 OK"


def authenticator(user, password):
    def check(server, session, envelope, mechanism, auth_data):
        given = isinstance(auth_data, LoginPassword) and (auth_data.login.decode(), auth_data.password.decode())
        if given != (user, password):
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=user)

    return check


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--auth", nargs=2)
    parser.add_argument("--hang")
    parser.add_argument("--refuse")
    return parser.parse_args()


async def silent(reader, writer):
    """Takes the connection and never greets."""
    say(received=True)
    await asyncio.Event().wait()


async def main():
    options = arguments()
    settings = {}
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        settings.update(tls_context=context, require_starttls=True)
    if options.auth:
        settings.update(authenticator=authenticator(*options.auth), auth_required=True)
        settings.update(auth_require_tls=bool(options.tls))
    loop = asyncio.get_running_loop()
    if options.hang == "GREETING":
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
    else:
        factory = lambda: SMTP(Handler(options), hostname="sink.test", **settings)
        server = await loop.create_server(factory, "127.0.0.1", 0)
    say(port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
