"""The guard against acts that disrupt: only right after leave was asked for just that, and given."""

import pytest

from l1.domain.building import Brief, ProposedNode
from l1.domain.playbook import Asked
from l1.domain.tree import NodeKind
from l1.guards import FaultCode, review
from l1.guards.disruption import Act, asks_leave, granted, urges

URGES = """
Restart the computer.
Restart the computer now. Does it work?
Please restart the printer.
Save your work and restart the computer.
Save your work, then reboot.
Try restarting the computer.
Try to restart it.
You should restart the computer.
You need to restart the computer.
Can you restart the computer?
Can the caller restart the computer?
Could you please reboot the router?
The computer must be restarted.
It needs to be rebooted.
Ask the caller to restart the computer.
Have the caller restart the phone.
Let the caller delete the file.
Choose Restart, not Shut down.
Click "Delete" and confirm.
Perform a factory reset.
Do a hard reset of the phone.
Turn the computer off and on again.
Turn off the router for ten seconds.
Switch the printer off.
Power cycle the modem.
Hold the power button for ten seconds.
Shut down the computer.
Shut the laptop down completely.
Delete the profile and add it again.
Remove the account from Outlook.
Uninstall the program.
Reinstall Office from the portal.
Clear the cache of the browser.
Empty the recycle bin.
Cancel all print jobs.
Unplug the router.
Pull out the network cable.
Disconnect the VPN.
Turn off Wi-Fi and use the cable.
Turn off the firewall for a moment.
Disable the add-in.
Sign out and in again.
Sign out of Teams.
Log off from Windows.
Close all programs.
End the task in Task Manager.
Force quit the program.
Reset the password.
Restore the computer to an earlier day.
Roll back the driver.
Update the firmware of the router.
Wipe the phone.
Format the stick.
Forget the network and join it again.
Unpair the headset.
Does the error stay? Then restart the computer.
What happens if you restart the computer?
Is it fine to restart the computer? If so, do it.
Why not restart the computer?
Don't forget to delete the old file.
Restart once a week.
Proceed with deleting the profile.
Unlink the account in OneDrive.
Eject the disk.
Now re-start it.
Is the light red? Press reset on the back.
Go ahead and reboot.
Kindly power the machine down.
I suggest rebooting the laptop.
Give the router a restart.
A restart is needed.
Take the network cable out and put it back in.
Unplugging the router for 30 seconds should fix it.
Have you tried restarting it? Please do so.
When you are ready, restart the computer.
Make sure you delete the old account.
Start msedge with the option disable web security.
Take the computer down and bring it back up.
Give the PC a fresh start.
Bounce the router.
Cut the power to the rack for a minute.
Flip the breaker off and on.
Get rid of the old profile.
Throw away the files in the Downloads folder.
Dump the cache of the browser.
Trash the local copy of the mailbox.
Drag the folder to the bin.
Nuke the profile and start again.
Start over with a clean Windows.
Put the phone back to how it left the factory.
Set everything back to default.
Take the laptop off the domain.
Leave the domain and join it again.
Kick the user out of all sessions.
Throw the other users off the server.
Boot everyone off the server and see.
Bring the server down for a moment.
Put the server into maintenance mode.
Hold the button on the front until it goes dark.
Press and hold the power key until the screen goes black.
Yank the network cable.
Detach the external drive without ejecting it.
Pop the battery out and put it back in.
Swap the hard disk with the one of the other laptop.
Replace the file with last week's version.
Move all mail older than a year to the bin.
Merge the two mailboxes.
Overwrite the file on the server with your copy.
Encrypt the drive again from scratch.
Let Windows repair the disk at the next start.
Refresh this PC and keep nothing.
Recreate the Outlook profile.
Rebuild the search index of the server.
Detach the phone from management.
Retire the device in the portal.
Block the user's account in the portal.
Lock the device from the portal.
Stop OneDrive for good and take its folder away.
Drop the VPN and start it again.
Switch to airplane mode and back.
Hit the reset pin with a paper clip.
Blow away the temp files.
Remove the Authenticator from the account so that no code is needed.
Open the Services console and stop Print Spooler.
Use Device Manager to roll the driver back.
Clear the ARP table from the prompt.
Do a full power drain on the machine.
Pull the plug, count to thirty, plug it in.
Unseat the memory and put it back.
Let the computer reboot itself now.
Just turn everything off and on.
Close the lid, take the battery out and wait.
Remove and re-add the account.
Set up the mailbox from zero after taking out the old one.
Clear out the Downloads folder.
Wipe away all cookies.
Reset network settings on the phone.
Hard-reset the docking station.
Reseat the network card.
Interrupt the update by pressing the power button.
Abort the running backup.
Log everybody off and reboot the terminal server.
Archive all mails older than a month and purge the rest.
Factory reset it from the settings.
Release the IP, drop off the network, and come back.
Terminate the session of the other user.
Remove the PIN requirement on the phone.
Uninstall the security update from last week.
Roll the update back.
Shut off the machine.
Hit the power switch on the back.
Lift the phone's back cover and take the battery out.
Purge the mailbox.
Have Windows forget this Wi-Fi.
Log out of every session everywhere.
Set the printer back to factory defaults.
Turn the protection off with the slider.
""".strip().split("\n")

SPEAKS = """
Have you restarted the printer?
Did it restart by itself?
Did you restart the computer today?
Does the computer restart by itself?
Does it shut down suddenly?
When did you last restart the computer?
Has the computer been restarted since then?
Was the file deleted today?
Did somebody delete the file?
Who deleted the file?
Since the last restart, does it work?
Does it work after a restart?
Is all work saved, and may the computer be restarted now?
May I restart the computer now?
May we delete the profile?
Is it OK to restart the computer now?
Are you ready to restart the computer?
Do you agree that we reset the phone?
Is the caller ready for a restart of the computer?
Do not restart the computer.
Never delete the mail.
Please do not unplug anything.
Restarting the computer helped.
The computer was restarted and works.
The restart has helped.
An engineer resets the account.
An engineer reinstalls Office on this computer.
The engineer will delete the old profile.
Is the picture clear?
Is the recycle bin empty?
Press Ctrl+Alt+Delete and choose Change a password.
Do you see a Reset button?
Is the password reset link in the mail?
What is the format of the file?
Turn on the printer and wait a minute.
Turn the volume up.
Close the program and open it again.
Does the program close when you print?
Can the caller sign in on another computer?
Does the VPN disconnect after a while?
Does the printer ask to be restarted?
Does it offer to restart the computer?
Is the cable unplugged at the wall?
Is the Wi-Fi turned off on the laptop?
Is the account disabled?
Does it fail to delete the file?
Can other files be deleted?
Is the plug pulled out at the back?
Is there a Restart or Shut down entry in the menu?
Does the update need a restart?
Does the error appear when you sign out?
Does the printer keep resetting itself?
Check that the cable is not unplugged.
An engineer has to reset the account.
The old profile was removed and Outlook works again.
How long does the restart take?
Does the computer show a blue screen, or restart by itself?
The adapter hung, and the restart freed it.
Delete nothing in a hurry.
""".strip().split("\n")

LEAVE = [
    ("Is the caller's work saved, and may the computer be restarted now?", Act.RESTART),
    ("May I restart the computer now?", Act.RESTART),
    ("Is it OK to delete the old profile?", Act.DELETE),
    ("Are you ready to sign out of Windows?", Act.DISCONNECT),
    ("Do you agree that the phone is reset?", Act.RESET),
    ("Can all programs be closed? Is it fine to close all of them now?", Act.CLOSE),
    ("Would it be all right to unplug the router for a minute?", Act.DISCONNECT),
]
YES = ["Yes", "Yes, go ahead", "Saved", "OK", "Sure", "yes.", "Ready", "Go ahead", "Yes, all saved"]
NO = [
    "No",
    "Not yet",
    "Yes, but later",
    "Later",
    "Yes, in an hour",
    "I don't know",
    "Maybe",
    "No, go ahead",
    "",
    "Nothing",
]


def judged(text: str, *asked: Asked, disruptive: bool = False, kind: NodeKind = NodeKind.INSTRUCTION) -> set[FaultCode]:
    answers = () if kind.is_terminal else ("It works", "No change")
    brief = Brief("software", "The program is slow.", asked)
    return {
        fault.code for fault in review(ProposedNode(kind, text, answers, "", disruptive), brief, [0.0] * len(asked))
    }


def question(text: str, answer: str = "Yes") -> Asked:
    return Asked("n1", text, answer, NodeKind.QUESTION)


@pytest.mark.parametrize("text", URGES)
def test_an_act_is_seen_however_it_is_dressed(text: str) -> None:
    assert urges(text)


@pytest.mark.parametrize("text", SPEAKS)
def test_speaking_of_an_act_is_not_urging_it(text: str) -> None:
    assert urges(text) == set()


@pytest.mark.parametrize(("text", "act"), LEAVE)
@pytest.mark.parametrize("answer", YES)
def test_leave_is_given_by_a_plain_yes_to_a_question_that_names_the_act(text: str, act: Act, answer: str) -> None:
    assert act in granted([question(text, answer)])


@pytest.mark.parametrize("answer", NO)
def test_no_other_answer_gives_leave(answer: str) -> None:
    assert not granted([question("May the computer be restarted now?", answer)])


@pytest.mark.parametrize(
    "text",
    [
        "Have you restarted the computer?",
        "Do you mind if we restart the computer?",
        "Should we not restart the computer?",
        "Could it be that the computer restarted?",
        "Restart the computer.",
        "May I look at the screen?",
        "Is your work saved?",
        "Can it restart by itself?",
    ],
)
def test_a_question_whose_yes_is_no_leave_for_an_act_asks_for_none(text: str) -> None:
    assert not asks_leave(text)


MAY_RESTART = question("Is all work saved, and may the computer be restarted now?")


def test_an_act_passes_right_after_leave_for_it() -> None:
    assert judged("Restart the computer and try once more.", MAY_RESTART, disruptive=True) == set()
    assert judged("Restart the computer and try once more.", MAY_RESTART) == set()


def test_an_act_is_refused_without_leave_whether_it_is_declared_or_not() -> None:
    for declared in (True, False):
        assert judged("Restart the computer and try once more.", disruptive=declared) == {FaultCode.DISRUPTIVE}


def test_leave_for_one_act_is_none_for_another() -> None:
    assert judged("Delete the profile and sign in anew.", MAY_RESTART) == {FaultCode.DISRUPTIVE}
    assert judged("Restart the computer and delete the profile.", MAY_RESTART) == {FaultCode.DISRUPTIVE}


def test_leave_is_used_up_by_the_node_after_it() -> None:
    after = Asked("n2", "Open the mail program and look.", "No change", NodeKind.INSTRUCTION)
    assert judged("Restart the computer and try once more.", MAY_RESTART, after) == {FaultCode.DISRUPTIVE}


def test_an_instruction_cannot_give_leave() -> None:
    told = Asked("n1", "May the computer be restarted now?", "Yes", NodeKind.INSTRUCTION)
    assert judged("Restart the computer and try once more.", told) == {FaultCode.DISRUPTIVE}


@pytest.mark.parametrize("kind", [NodeKind.QUESTION, NodeKind.RESOLUTION, NodeKind.ESCALATION])
def test_an_act_is_refused_in_whatever_kind_of_node_it_hides(kind: NodeKind) -> None:
    before = question("Is the light on the front green?")
    assert judged("Restart the computer now. Does it work?", before, kind=kind) == {FaultCode.DISRUPTIVE}


def test_the_question_for_leave_may_be_declared_disruptive() -> None:
    assert judged("May the computer be restarted now?", kind=NodeKind.QUESTION, disruptive=True) == set()


def test_what_is_declared_disruptive_needs_leave_whatever_its_words_are() -> None:
    assert judged("Press the green button on the back.", disruptive=True) == {FaultCode.DISRUPTIVE}
    assert judged("Press the green button on the back.", MAY_RESTART, disruptive=True) == set()
