"""A POC-02 node on python-zeroconf: an independent peer to test against.

Announces itself, listens, greets whoever it discovers, answers every line with ACK, and says goodbye
on SIGTERM. Prints one JSON object a line about everything it sees.

Unlike the first prototype it resolves with the asynchronous resolver: the blocking one refuses to
run on the event loop that browsing itself runs on.
"""

import argparse
import asyncio
import base64
import json
import signal
import socket

from nacl.signing import SigningKey
from zeroconf import IPVersion, ServiceStateChange
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

SERVICE = "_tazcom._tcp.local."
VERSION = "0.1"
LINE_LIMIT = 1024
PATIENCE_SECONDS = 5
RESOLVE_MILLISECONDS = 3000


def tell(event, **fields):
    """Prints an event for the test that started us."""
    print(json.dumps({"event": event, **fields}), flush=True)


def fresh_id():
    """A node id: the public half of a new Ed25519 key, 43 characters."""
    public = bytes(SigningKey.generate().verify_key)
    return base64.urlsafe_b64encode(public).rstrip(b"=").decode()


def txt_value(info, key):
    value = info.properties.get(key.encode())
    return value.decode() if value else ""


def parsed(line):
    """Who says HELLO in a line, if anybody does."""
    try:
        message = json.loads(line)
        return message["from"] if message["type"] == "HELLO" else None
    except (ValueError, KeyError, TypeError):
        return None


class Peer:
    """One node: a TCP server, a registration and a browser."""

    def __init__(self, address):
        self.address = address
        self.id = fresh_id()
        self.instance = f"TAZCOM Node {self.id[:8]}.{SERVICE}"
        self.known = {}
        self.tasks = set()

    async def run(self):
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)

        server = await asyncio.start_server(
            self.serve, self.address, 0, limit=LINE_LIMIT
        )
        port = server.sockets[0].getsockname()[1]
        zeroconf = AsyncZeroconf(
            interfaces=[self.address], ip_version=IPVersion.V4Only
        )
        service = self.service(port)
        await (await zeroconf.async_register_service(service))
        browser = AsyncServiceBrowser(
            zeroconf.zeroconf, SERVICE, handlers=[self.on_change]
        )
        tell("started", id=self.id, port=port)

        await stop.wait()
        await browser.async_cancel()
        await (await zeroconf.async_unregister_service(service))
        await zeroconf.async_close()
        server.close()
        tell("stopped")

    def service(self, port):
        return AsyncServiceInfo(
            SERVICE,
            self.instance,
            addresses=[socket.inet_aton(self.address)],
            port=port,
            properties={"id": self.id, "version": VERSION, "p": str(port)},
            server=f"tazcom-{self.id[:8]}.local.",
        )

    def on_change(self, zeroconf, service_type, name, state_change):
        if name == self.instance:
            return
        if state_change is ServiceStateChange.Removed:
            tell("removed", id=self.known.pop(name, ""), instance=name)
            return
        # A task that nobody holds may be collected before it has run.
        task = asyncio.ensure_future(self.meet(zeroconf, service_type, name))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def meet(self, zeroconf, service_type, name):
        info = AsyncServiceInfo(service_type, name)
        if not await info.async_request(zeroconf, RESOLVE_MILLISECONDS):
            tell("error", what="unresolved", instance=name)
            return
        peer = txt_value(info, "id")
        addresses = info.parsed_addresses(IPVersion.V4Only)
        if not peer or not addresses:
            tell("error", what="incomplete", instance=name)
            return
        self.known[name] = peer
        tell(
            "found",
            id=peer,
            addr=f"{addresses[0]}:{info.port}",
            version=txt_value(info, "version"),
            p=txt_value(info, "p"),
            server=info.server,
        )
        await self.greet(peer, addresses[0], info.port)

    async def greet(self, peer, address, port):
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                reader, writer = await asyncio.open_connection(address, port)
                hello = json.dumps({"type": "HELLO", "from": self.id})
                writer.write(hello.encode() + b"\n")
                await writer.drain()
                tell("hello_sent", id=peer)
                answer = await reader.readline()
                writer.close()
        except (OSError, TimeoutError) as error:
            tell("error", what="greeting", id=peer, details=repr(error))
            return
        if answer == b"ACK\n":
            tell("ack", id=peer)
        else:
            tell("error", what="answer", id=peer, details=repr(answer))

    async def serve(self, reader, writer):
        host, port = writer.get_extra_info("peername")[:2]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                line = await reader.readline()
                greeting = parsed(line)
                if greeting is not None:
                    tell("hello_received", **{"from": greeting}, addr=f"{host}:{port}")
                else:
                    tell("line_received", line=line.decode(errors="replace"))
                # The first prototype acknowledges whatever is a line.
                writer.write(b"ACK\n")
                await writer.drain()
        except (OSError, TimeoutError, ValueError) as error:
            tell("error", what="request", details=repr(error))
        finally:
            writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", required=True, help="IPv4 address of the interface to use")
    asyncio.run(Peer(parser.parse_args().address).run())


if __name__ == "__main__":
    main()
