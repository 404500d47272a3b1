"""What is told without leave is on a list of plain acts; what nobody thought of waits for a yes."""

import pytest

from l1.domain.building import Brief, ProposedNode
from l1.domain.playbook import Asked
from l1.domain.tree import NodeKind
from l1.guards import FaultCode, review

UNKNOWN = """
Evict the other users from the terminal server.
Demagnetise the old disk.
Scrub the mailbox of everything older than June.
Prune the shared folder until it fits.
Sever the link between the laptop and the domain.
Zap the printer's memory.
Strip the profile of all its settings.
Smash the old SIM card.
Drain the print queue.
Void the pending orders in the system.
Obliterate the temporary profile.
Bump everyone from the Wi-Fi.
Toggle the main switch of the rack.
Dismantle the laptop and look at the battery.
Unscrew the back cover of the laptop.
Shrink the partition to make room.
Defragment the server's disk during the day.
Expunge the deleted mails for good.
Squash all versions of the file into one.
Open the queue, then scuttle every job in it.
Go to Settings and axe the old account.
Could you nix the mapped drive?
Is the light still red? Cycle the rack's power strip.
Wind the server back to last Monday.
Hose the cache folder.
Have the caller rip the cable from the switch.
Let the caller ditch the old phone from the account.
Withdraw the licence from the caller and assign it anew.
The next step is simple: crash the program on purpose.
Bypass the UPS and feed the server from the wall.
Degauss the backup tapes.
Evacuate the mailboxes to another server.
Please sanitise the drive before going on.
Cancel out the licence and hand it to somebody else.
In the admin centre, offboard the user.
Truncate the log files on the server.
Ask the caller to unscrew the laptop.
Once the window opens, decommission the old server.
On the server, orphan the old share.
Hibernate the server during the call.
Detonate the cache.
Click Start and downsize the partition.
Have the caller crack open the power supply.
Flatten and rebuild the machine.
Could you yank the memory out?
Is the drive full? Torch the temp folder.
Wait a minute, then amputate the second mailbox.
Expire all sessions of the user.
Deprovision the phone.
Pry the keys off the keyboard.
"Hose the cache folder."
Click "OK." Hose the cache folder.
Security settings, then hose the cache folder.
""".strip().split("\n")

PLAIN = """
Walk to the printer and look at its display.
Drag the window to the other screen.
Hover over the icon and read what it says.
Expand the folder list on the left.
Lift the lid of the scanner and check the glass.
Zoom out with Ctrl and the minus key.
Sort the messages by date and look for the newest.
Maximise the window and see whether the button appears.
Speak into the microphone and watch the level meter.
Adjust the brightness with the keys at the top of the keyboard.
Type the name of the colleague into the search box.
Tilt the screen back a little and check whether the flicker changes.
Highlight the text and copy it into a new document.
Write down which lights are on and in what colour.
Drop the file into the Documents folder and wait for the tick.
Go back to the first page and check the spelling of the address.
Attach the file to a new message and send it to yourself.
Refresh the page with F5.
In the meeting, click the three dots and choose Device settings.
If the printer has a display, read the message on it.
With the cable still plugged in, check the light next to the port.
Gently push the connector all the way in.
Keep the program open and wait for five minutes.
Charge the headset for ten minutes and try again.
Unmute the microphone in the meeting and speak.
Once the page has loaded, scroll to the bottom.
Make a note of the name on the label.
Record a short voice memo and play it back.
Ask a colleague at the next desk to open the same file.
Open Task Manager and look which program is at the top.
Have the caller join a test meeting and say a few words.
Count the beeps that the computer makes when it starts.
Click the speaker icon and move the slider to the right.
Print a test page from the printer's own menu.
Let the colleague at the next desk try the same link.
Scroll down to Notifications and check whether they are on for Outlook.
Look under the desk whether the cable sits firmly in the dock.
Lay the phone flat on the table and put it on its charger.
Hold the laptop's lid open and look at the hinge.
In Outlook, open the calendar and switch to the week view.
Take the headset off and listen whether sound comes from the speakers.
Send a test mail to yourself and watch the outbox.
Make the window larger by dragging its corner.
Compare the date on the screen with the one on your phone.
Insert fresh paper in the tray and slide it in until it clicks.
Close the other tabs and reload the page.
Connect the monitor with a different cable, if one is at hand.
Ask the caller which floor the printer is on and note its name.
""".strip().split("\n")


def judged(text: str, *asked: Asked, kind: NodeKind = NodeKind.INSTRUCTION) -> set[FaultCode]:
    answers = () if kind.is_terminal else ("It works", "No change")
    brief = Brief("software", "The program is slow.", asked)
    return {fault.code for fault in review(ProposedNode(kind, text, answers), brief, [0.0] * len(asked))}


def asked(text: str, answer: str = "Yes") -> Asked:
    return Asked("n1", text, answer, NodeKind.QUESTION)


@pytest.mark.parametrize("text", UNKNOWN)
def test_an_act_that_is_not_known_needs_leave(text: str) -> None:
    assert FaultCode.DISRUPTIVE in judged(text)


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_act_needs_none(text: str) -> None:
    assert judged(text) == set()


@pytest.mark.parametrize("kind", NodeKind)
def test_an_unknown_act_is_seen_in_every_kind_of_node(kind: NodeKind) -> None:
    text = "It is slow because of its cache. Hose the cache folder."
    assert FaultCode.DISRUPTIVE in judged(text, asked("Is it slow since today?"), kind=kind)


def test_an_unknown_act_passes_right_after_leave_for_it() -> None:
    leave = asked("May the print queue of this printer be drained now?")
    assert judged("Drain the print queue, then print one page.", leave) == set()


@pytest.mark.parametrize(
    "before",
    [
        asked("May the print queue of this printer be drained now?", "No"),
        asked("May the print queue of this printer be drained now?", "Yes, but later"),
        asked("May the computer be restarted now?"),
        asked("Was the print queue drained before?"),
    ],
)
def test_no_other_answer_is_leave_for_an_unknown_act(before: Asked) -> None:
    assert FaultCode.DISRUPTIVE in judged("Drain the queue and print one page.", before)


@pytest.mark.parametrize(
    "text",
    [
        "On a Mac or laptop, under Accounts, choose the account.",
        "Mac: System Settings, Network, then choose the connection.",
        'Choose "Scrub the mailbox" only if an engineer is with you.',
        "Do not scrub the mailbox. Look at its size.",
        "Outlook may take a minute. Wait until it is there.",
    ],
)
def test_names_places_quotes_and_warnings_are_no_acts(text: str) -> None:
    assert judged(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Engineers should scrub the mailbox.",
        "An engineer has to purge the queue, revoke the sessions and prune the disk.",
    ],
)
def test_what_an_engineer_will_do_needs_no_leave(text: str) -> None:
    assert judged(text, kind=NodeKind.ESCALATION) == set()
