#!/usr/bin/python3
"""Prints what a screen reader finds in a program, a line each: the role, a tab, the name and, after a colon, the value.

usage: accessible.py PROGRAM

Says on the session's bus that a screen reader is there, as one does when it starts; programs answer from then on.
Exits 1 when the program does not show up.
"""

import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

PATIENCE_S = 30  # A window drawn in software on a busy machine answers late.


def announce():
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    for name in ("IsEnabled", "ScreenReaderEnabled"):
        arguments = GLib.Variant("(ssv)", ("org.a11y.Status", name, GLib.Variant("b", True)))
        bus.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.freedesktop.DBus.Properties", "Set", arguments, None,
                      Gio.DBusCallFlags.NONE, -1, None)


def find(program):
    """The program, once it has a window with something in it."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            found = desktop.get_child_at_index(i)
            if found is not None and found.get_name() == program and found.get_child_count() > 0:
                return found
        time.sleep(0.1)
    sys.exit(f"accessible: no program {program} on the bus in {PATIENCE_S} s")


def text_of(node):
    if "Text" not in node.get_interfaces():
        return ""
    return Atspi.Text.get_text(node, 0, Atspi.Text.get_character_count(node))


def walk(top):
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if node is None:
            continue
        try:
            value = text_of(node)
            name = node.get_name() or ""
            print(node.get_role_name(), f"{name}: {value}" if value else name, sep="\t")
            waiting.extend(node.get_child_at_index(i) for i in reversed(range(node.get_child_count())))
        except GLib.Error:
            pass  # It is gone since it was listed.


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    announce()
    walk(find(sys.argv[1]))


main()
