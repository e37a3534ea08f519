"""Holds the interface tun0 open, as a VPN client would: it is up and running, and leads nowhere."""

import fcntl
import json
import signal
import struct

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000

with open("/dev/net/tun", "r+b", buffering=0) as tunnel:
    fcntl.ioctl(tunnel, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
    print(json.dumps({"event": "started"}), flush=True)
    signal.pause()
