#!/usr/bin/python3
"""Drops files onto an X11 window as a file manager would, by the XDND protocol.

usage: xdnd.py WINDOW FILE...

WINDOW is a window's number as xdotool and xwininfo print it. The files are dropped on its middle. Exits 0 only when
the window says that it has accepted them, 1 when it refuses them or does not answer, 2 on wrong use.
"""

import os
import sys
import time
from urllib.parse import quote

from Xlib import X, Xatom, display, error
from Xlib.protocol import event

VERSION = 5  # The only one in use since 2002.
PATIENCE_S = 20  # A window drawn in software on a busy machine answers late.


class Source:
    """The side of a drag that owns the files."""

    def __init__(self, window, files):
        self.display = display.Display()
        self.root = self.display.screen().root
        self.target = self.display.create_resource_object("window", window)
        self.uri_list = "".join(f"file://{quote(os.path.abspath(f))}\r\n" for f in files).encode()
        self.own = self.root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        self.own.set_selection_owner(self.atom("XdndSelection"), X.CurrentTime)

    def atom(self, name):
        return self.display.intern_atom(name)

    def tell(self, name, *values):
        """Sends one message of the protocol; the first of its five values is always our window."""
        data = [self.own.id, *values] + [0] * (4 - len(values))
        self.target.send_event(event.ClientMessage(window=self.target, client_type=self.atom(name), data=(32, data)))
        self.display.flush()

    def answer(self, request):
        """Hands over the files, or the list of what they can be had as."""
        kinds = {self.atom("text/uri-list"): (self.atom("text/uri-list"), 8, self.uri_list)}
        kinds[self.atom("TARGETS")] = (Xatom.ATOM, 32, list(kinds))
        place = request.property or request.target
        if request.target in kinds:
            request.requestor.change_property(place, *kinds[request.target])
        else:
            place = X.NONE
        request.requestor.send_event(event.SelectionNotify(
            time=request.time, requestor=request.requestor, selection=request.selection, target=request.target, property=place))
        self.display.flush()

    def wait_for(self, name):
        """The five values of the next message with this name; hands over the files meanwhile."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            while self.display.pending_events():
                got = self.display.next_event()
                if got.type == X.SelectionRequest:
                    self.answer(got)
                elif got.type == X.ClientMessage and got.client_type == self.atom(name):
                    return got.data[1]
            time.sleep(0.01)
        sys.exit(f"xdnd: no {name} from the window in {PATIENCE_S} s")

    def drop(self):
        aware = self.target.get_full_property(self.atom("XdndAware"), X.AnyPropertyType)
        if aware is None:
            sys.exit("xdnd: the window takes no drops: it has no XdndAware")
        size = self.target.get_geometry()
        corner = self.root.translate_coords(self.target, 0, 0)
        x, y = corner.x + size.width // 2, corner.y + size.height // 2
        self.tell("XdndEnter", min(VERSION, aware.value[0]) << 24, self.atom("text/uri-list"))
        self.tell("XdndPosition", 0, x << 16 | y, X.CurrentTime, self.atom("XdndActionCopy"))
        if not self.wait_for("XdndStatus")[1] & 1:
            self.tell("XdndLeave")
            sys.exit("xdnd: the window refuses the files")
        self.tell("XdndDrop", 0, X.CurrentTime)
        if not self.wait_for("XdndFinished")[1] & 1:
            sys.exit("xdnd: the window did not accept the files")


def main():
    try:
        window = int(sys.argv[1], 0)
        files = sys.argv[2:]
        assert files
    except (AssertionError, IndexError, ValueError):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        Source(window, files).drop()
    except (error.DisplayError, error.XError) as problem:
        sys.exit(f"xdnd: {problem}")


main()
