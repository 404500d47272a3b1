"""Flows by the thousand for `bench/match.py`, made from a small grammar, and what callers say."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from l1.domain.flow_file import parse_flow
from l1.domain.tree import Flow
from l1.library import statements


@dataclass(frozen=True)
class _Thing:
    """`part` and `place` are where a technician looks."""

    name: str
    category: str
    part: str
    place: str


_THINGS = (
    _Thing("Label printer", "printing", "the print head", "the Zebra Setup Utilities"),
    _Thing("Plotter", "printing", "the paper roll", "the plotter's front panel"),
    _Thing("Receipt printer", "printing", "the paper cutter", "Devices and Printers"),
    _Thing("Barcode scanner", "hardware", "the trigger cable", "Device Manager"),
    _Thing("Docking station", "hardware", "the USB-C plug", "Display settings"),
    _Thing("Badge reader", "security", "the reader's light", "the access control console"),
    _Thing("Signature pad", "hardware", "the stylus", "the pad's control panel"),
    _Thing("Card terminal", "hardware", "the network plug", "the terminal's service menu"),
    _Thing("Payroll program", "software", "the licence file", "Services on the payroll server"),
    _Thing("Time tracking app", "software", "the sign-in token", "the app's settings"),
    _Thing("Warehouse terminal", "mobile", "the battery contacts", "the terminal's wireless menu"),
    _Thing("Tablet kiosk", "mobile", "the charging cradle", "the device management portal"),
    _Thing("Conference camera", "telephony_meetings", "the lens cover", "the room's control panel"),
    _Thing("Fax server", "telephony_meetings", "the line card", "the fax server's log"),
    _Thing("Dictation software", "software", "the microphone", "the dictation profile"),
    _Thing("CAD workstation", "hardware", "the graphics card", "the graphics driver's settings"),
    _Thing("Invoice archive", "files_sharing", "the index", "the archive's job list"),
    _Thing("Customer database", "software", "the connection string", "the database client"),
    _Thing("Site-to-site tunnel", "network_vpn", "the gateway's uplink", "the firewall's tunnel status"),
    _Thing("Guest wireless", "network_vpn", "the access point", "the controller's client list"),
    _Thing("Scanner mailbox", "email", "the sender address", "the message trace"),
    _Thing("Newsletter account", "email", "the sending limit", "the outbound connector"),
    _Thing("Password vault", "password_account", "the browser extension", "the vault's admin page"),
    _Thing("Remote app portal", "network_vpn", "the certificate", "the gateway manager"),
    _Thing("Backup drive", "files_sharing", "the power supply", "the backup job's report"),
)
_SYMPTOMS = (
    ("does not start", "Nothing happens when it is switched on or opened.", "start, dead, no reaction"),
    ("stops after a few minutes", "It works at first and then gives up without a word.", "stops, cuts out, drops"),
    ("is very slow", "Each action takes many times as long as it used to.", "slow, lag, delay"),
    ("shows an error code", "A number is shown that nobody in the office can explain.", "error code, message, number"),
    ("asks to sign in again", "It wants the name and password at every use.", "sign in, password, prompt"),
    ("cannot be found", "It is missing from the list of devices or programs.", "missing, gone, not listed"),
    ("gives wrong results", "What comes out is not what went in.", "wrong, garbled, mixed up"),
    ("refuses the user", "It says that this person has no permission.", "denied, permission, access"),
    ("freezes on one screen", "The picture stays, and no key or touch helps.", "freeze, hang, stuck"),
    ("loses its settings", "Every morning it has to be set up from the beginning.", "settings, reset, forgets"),
    ("makes a noise", "It hums, clicks or beeps as it never did before.", "noise, beep, hum"),
    ("is out of date", "A banner demands a version that does not install.", "update, version, install"),
    ("sends everything twice", "Each job or record appears a second time.", "twice, duplicate, double"),
    ("runs out of space", "It reports that its storage is full.", "full, space, storage"),
    ("has no connection", "It works by itself but does not reach the server.", "offline, connection, server"),
    ("turns itself off", "It goes dark in the middle of work and comes back later.", "shuts down, power, off"),
    ("shows someone else's data", "Names and files of a colleague appear.", "wrong user, mix-up, privacy"),
    ("ignores input", "Keys, clicks or scans have no effect.", "input, no reaction, keys"),
    ("shows nothing but black", "The light is on and the picture stays dark.", "black, blank, dark"),
    ("blocks the next step", "A button that is needed stays grey.", "grey, disabled, blocked"),
)
_OCCASIONS = (
    ("after an update", "Windows or the maker installed an update shortly before.", "Was an update installed?"),
    ("in the branch office", "Only people outside headquarters are concerned.", "Does it work at headquarters?"),
    ("for one person only", "Colleagues at the same desk have no trouble.", "Can a colleague use it here?"),
    ("since the office move", "Desks, sockets and cables were changed over a weekend.", "Is the old socket in use?"),
)
MOST = len(_THINGS) * len(_SYMPTOMS) * len(_OCCASIONS)


def made_flows(count: int) -> list[Flow]:
    """Make so many flows of 8 nodes, at most `MOST`; always the same ones."""
    everything = list(product(_THINGS, _SYMPTOMS, _OCCASIONS))
    chosen = random.Random(1).sample(everything, count)  # noqa: S311 - no secret
    return [_flow(thing, symptom, occasion) for thing, symptom, occasion in chosen]


def callers_words(count: int) -> list[str]:
    """Give so many statements of callers out of library/statements, of all categories; always the same ones."""
    everything = [text for group in statements() for texts in group.by_flow.values() for text in texts]
    return random.Random(2).sample(everything, count)  # noqa: S311 - no secret


def _flow(thing: _Thing, symptom: Sequence[str], occasion: Sequence[str]) -> Flow:
    trouble, looks_like, keywords = symptom
    when, background, question = occasion
    name = thing.name.lower()
    title = f"{thing.name} {trouble} {when}"
    return parse_flow(
        {
            "id": "-".join(word for word in "".join(c if c.isalnum() else " " for c in title.lower()).split()),
            "title": title,
            "category": thing.category,
            "description": f"The {name} {trouble} {when}. {looks_like} {background}",
            "keywords": [name, *keywords.split(", "), when],
            "start": "who",
            "nodes": {
                "who": _question(question, yes="look", no="restart"),
                "look": _question(f"Open {thing.place}. Is the {name} shown there without a warning?", "part", "reset"),
                "restart": _instruction(f"Restart the {name} and wait two minutes. {looks_like}", "part"),
                "part": _question(f"Look at {thing.part}. Is it clean, seated and undamaged?", "reset", "repair"),
                "reset": _instruction(f"In {thing.place}, remove the {name} and set it up again.", "settings"),
                "settings": _instruction(f"Compare {thing.part} and the settings with a colleague's.", "repair"),
                "fixed": {"kind": "resolution", "text": f"The {name} works again; note what helped {when}."},
                "repair": {
                    "kind": "escalation",
                    "text": f"An engineer has to see why the {name} {trouble}.",
                    "reason_category": "needs_engineer",
                },
            },
        }
    )


def _question(text: str, yes: str, no: str) -> dict[str, object]:
    return {"kind": "question", "text": text, "answers": {"Yes": yes, "No": no}}


def _instruction(text: str, otherwise: str) -> dict[str, object]:
    return {"kind": "instruction", "text": text, "answers": {"It works": "fixed", "No change": otherwise}}
