#!/usr/bin/python3
"""Asks an X11 window to close, as the button of a window manager does.

usage: close.py WINDOW
"""

import sys

from Xlib import X, display
from Xlib.protocol import event


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    screen = display.Display()
    window = screen.create_resource_object("window", int(sys.argv[1], 0))
    message = [screen.intern_atom("WM_DELETE_WINDOW"), X.CurrentTime, 0, 0, 0]
    protocols = screen.intern_atom("WM_PROTOCOLS")
    window.send_event(event.ClientMessage(window=window, client_type=protocols, data=(32, message)))
    screen.sync()


main()
