"""Checks in what strace wrote that a purchase is on the disk before its first byte is sent.

usage: check.py TRACE JOURNAL KEY
"""

import os
import re
import sys

LINE = re.compile(r"^(\d+)\s+(.*)$")
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")
CALL = re.compile(r"^(\w+)\((.*)$", re.S)


class Call:
    """A system call: what it was given, and the lines of its beginning and its end."""

    def __init__(self, name, text, began, ended):
        self.name, self.text, self.began, self.ended = name, text, began, ended
        # The part of a long text that matters.
        self.shown = ""

    def worked(self):
        result = re.search(r"\) += (-?\d+)[^)]*$", self.text)
        return result is not None and int(result.group(1)) >= 0

    def target(self):
        """The file that the call's descriptor leads to."""
        found = re.match(r"\d+<(.*?)>(?:, |\)|$)", self.text)
        return found.group(1) if found else ""

    def __str__(self):
        text = self.text
        if len(text) > 130:
            middle = f"...{self.shown}..." if self.shown else "..."
            text = text[:80] + middle + text[-45:]
        return f"{self.began:6} {self.name}({text}"


def calls(path):
    """Reads the calls, and joins those that strace shows in two pieces."""
    found, open_calls = [], {}
    with open(path, encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            thread, rest = LINE.match(line.rstrip("\n")).groups()
            resumed = RESUMED.match(rest)
            if resumed:
                call = open_calls.pop((thread, resumed.group(1)), None)
                if call:
                    call.text += resumed.group(2)
                    call.ended = number
                continue
            call = CALL.match(rest)
            if not call:
                continue
            name, text = call.groups()
            if text.endswith("<unfinished ...>"):
                text = text.removesuffix("<unfinished ...>").rstrip()
                started = Call(name, text, number, float("inf"))
                open_calls[thread, name] = started
                found.append(started)
            else:
                found.append(Call(name, text, number, number))
    return found


def main():
    trace, journal, key = sys.argv[1:]
    folder = os.path.dirname(journal)
    log = journal + "-wal"
    every = calls(trace)
    excerpt = []

    def first(what, condition):
        for call in every:
            if condition(call):
                excerpt.append(call)
                return call
        sys.exit(f"FAILED: the trace does not have {what}")

    def synced(what, path, after, before):
        """A sync of that path that began after one line and returned before another."""
        for call in every:
            is_sync = call.name in ("fsync", "fdatasync") and call.target() == path
            if is_sync and call.worked() and call.began > after and call.ended < before:
                excerpt.append(call)
                return call
        sys.exit(f"FAILED: {what} is not on the disk before the purchase is sent")

    purchase = first(
        "the purchase",
        lambda it: it.name in ("write", "writev", "sendto", "sendmsg")
        and "TCP" in it.target()
        and re.search(r'"POST [^ ]*/orders HTTP', it.text),
    )
    before = purchase.began

    def wrote(call, path):
        return call.name in ("write", "writev", "pwrite64") and call.target() == path

    made = first("the new folder", lambda it: it.name.startswith("mkdir") and f'"{folder}"' in it.text)
    synced("the name of the new folder", os.path.dirname(folder), made.ended, before)
    created = first(
        "the new journal",
        lambda it: it.name.startswith("open") and f'"{journal}"' in it.text and "O_CREAT" in it.text,
    )
    synced("the name of the new journal", folder, created.ended, before)

    written = [it for it in every if wrote(it, log) and it.began < before]
    # A line of the entry's history, as SQLite writes it: key, time and state, without spaces.
    mark = re.compile(re.escape(key) + r"[-0-9T:.]+Zsent")
    marks = [it for it in written if mark.search(it.text)]
    if not marks:
        sys.exit("FAILED: the purchase is not marked as sent before it is sent")
    marks[-1].shown = mark.search(marks[-1].text).group()
    excerpt.append(marks[-1])
    if any(it.ended >= before for it in written):
        sys.exit("FAILED: the journal is still being written when the purchase is sent")
    last = max(it.ended for it in written)
    synced("the last change of the journal", log, last, before)

    for call in sorted(excerpt, key=lambda it: it.began):
        print(call)
    print("the journal was on the disk before the first byte of the purchase was sent")


main()
