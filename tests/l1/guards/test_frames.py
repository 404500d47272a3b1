"""A secret may be named in a few known ways only: wordings that no list of bad ones had, and daily ones that pass."""

import pytest

from l1.guards import FaultCode, unsafe_content

ASKS = """
Lend me your password for a minute.
Slip the password under the door to the technician.
Ring back with the passcode once you have found it.
Have the caller sing the PIN to you.
Let the engineer borrow the caller's fingerprint reader session with the password still in it.
Swap passwords with your colleague for today.
Trust the technician with your recovery key.
Your recovery key is wanted by the engineer, so bring it along.
Hum the six-digit code while I listen.
Hang your PIN on the pinboard by the desk.
Whose password works, and how does it go?
Translate the recovery phrase into English for the technician.
Put your password and user name after one another, with a space between.
Run through the digits of the verification code with the caller.
Go over the password letter by letter with the caller.
Keep your password on a card beside the phone, so that the engineer finds it.
Mention the PIN when the engineer rings.
Compare the caller's password with the one in our list.
Pop the one-time code in the subject line.
Tick off each letter of the password as the caller goes along.
Walk me through your password.
Remind the technician of the admin password.
The engineer expects the caller's card number at the start of the call.
Verify that the caller's security answer matches the one on file.
Hand your token to the engineer.
Scan your fingerprint on the technician's laptop.
Does the technician already have your password?
Can the technician be given the PIN?
Which word do you use as the passphrase for the Wi-Fi?
Collect the CVV before you go on.
Before we go on, the caller reads their PIN to the technician.
I could do it faster if your password were known to me.
Have the caller hold their phone so that the code is seen by the technician.
Bring up the recovery key on the screen and go through it digit by digit together.
Check whether the PIN the caller says is 4711.
Is the password the caller's name with a year?
Ask what the new password is once it was changed.
After the password was changed, have it passed on to the engineer.
Let the caller enter the password, then say each letter as they type.
Have the caller type the password into the field that the technician shares.
Choose a new password together with the caller and keep it for the next call.
Set a new password for the caller and use it to look at the mailbox.
When the code arrives, the caller should hand it over to the technician.
Could the caller put the security answer in an e-mail to the desk?
The password is needed by support; have it at hand.
Enter the caller's PIN on their behalf.
Use the code that the caller received to finish the sign-in for them.
Does the caller mind if the technician sees the password?
Log the card number with the time of the call.
Was the password Winter2025 or a longer one?
""".strip().split("\n")

TALKS = """
Has the caller forgotten the PIN of the phone?
Is the password refused straight away or only after a while?
Does the caller still receive codes on the old number?
Have the caller type the password themselves, with Caps Lock off.
Let the caller set a new PIN under Sign-in options.
Does the page say why the new password is not accepted?
Where does the prompt for the PIN appear?
Did the code arrive within a minute?
How many times was the password entered before the account locked?
Did the password work yesterday?
Is the caller asked for a code after the password?
Has the recovery key been requested by the screen more than once?
Do not read the code to anyone.
When the sign-in page appears, let the caller enter the password and the code without saying them aloud.
Is the password saved in the browser?
Does the token show digits at all, or is its display blank?
Is the Wi-Fi password the same as before the router was replaced?
Was the caller's phone changed since the codes stopped coming?
Use the "Forgot password" link on the sign-in page and follow the steps.
The password had expired. The caller set a new one and is signed in.
The caller does not receive codes by text message. Please check the registered number.
Did the caller type a password or card number on that page?
Does fingerprint sign-in still work?
Does the old password still work on another computer?
Is there a message that the PIN is too short?
Does the printer ask for a PIN before it prints?
Have the caller change the password at the sign-in screen with Ctrl+Alt+Delete.
Does the caller know their password for certain?
The account was locked after an old password on the phone was tried again and again.
Can the caller sign in with the PIN, but not with the password?
Does the sign-in page refuse the password or the code?
Did the caller recently get a new phone without moving the authenticator codes?
Is the caller sure that the password was typed with the right keyboard language?
Have the caller enter the code on the page themselves and keep it to themselves.
When the prompt comes back, have the caller type the new password again and tick the box.
Does the computer accept the PIN when the network cable is unplugged?
Are there still programs that use the old password?
Does the page say how long the password must be?
Is a PIN set on the printer for this caller's jobs?
The phone kept trying the old password. It was updated there and the account stays unlocked.
The code arrives too late to be used. An engineer should check the delivery of text messages.
Does the caller have another way to receive a code?
Has the caller ever set up a PIN on this laptop?
On the sign-in page, choose "Forgot my password" and let the caller follow the steps.
Does the VPN client ask for a code after the password?
Let the caller sign in with the new password on the phone.
Which error appears after the code is entered?
Is the Wi-Fi password accepted on another device?
How often does Outlook ask for the password in an hour?
""".strip().split("\n")


@pytest.mark.parametrize("text", ASKS)
def test_a_secret_named_in_no_known_way_is_refused(text: str) -> None:
    assert FaultCode.CREDENTIALS in {fault.code for fault in unsafe_content(text)}


@pytest.mark.parametrize("text", TALKS)
def test_a_secret_named_in_a_known_way_passes(text: str) -> None:
    assert unsafe_content(text) == []


def test_each_line_has_to_be_harmless_by_itself() -> None:
    assert unsafe_content("Which of them does it ask for?\nPassword\nPIN") == []
    assert unsafe_content("Which of them does it ask for?\nLend me the password\nPIN")


@pytest.mark.parametrize("text", ["Lend them your p-a-s-s-w-o-r-d.", "Lend them your pass\u200bword."])
def test_a_disguised_secret_needs_a_known_way_as_well(text: str) -> None:
    assert FaultCode.CREDENTIALS in {fault.code for fault in unsafe_content(text)}
