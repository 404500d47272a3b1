"""The guard of what protects: nothing is lowered, nobody let in, nothing fetched from anywhere, leave or none."""

import pytest

from l1.domain.building import Brief, ProposedNode
from l1.domain.playbook import Asked
from l1.domain.tree import NodeKind
from l1.guards import FaultCode, review, unsafe_content

LOWERS = """
Approve the request that comes to your phone now, even if you did not start it.
Press Yes on the prompt on your phone so that I can get in.
Enable macros in the document and run the macro called Fix.
Click Enable Content in the workbook that came by mail.
Change the BIOS setting Secure Boot to off.
Install TeamViewer on the caller's computer.
Download AnyDesk and tell me the number it shows.
Open Quick Assist and enter the code that I give you.
Let me connect to the computer with remote control.
Give the technician control of the screen.
Allow the remote access request that appears.
Share your screen and give control to the presenter.
Accept the remote control request on the screen.
Install Google Chrome Remote Desktop.
Download the driver from the maker's website and install it.
Search the internet for a driver and install the first result.
Download and install CCleaner.
Get the free tool Malwarebytes from the internet and run it.
Install the browser extension that fixes this.
Install the app from outside the store.
Allow installation of apps from unknown sources.
Open the attachment from the unknown sender and see what it does.
Click the link in the message to see where it goes.
Turn off the antivirus for ten minutes and try again.
Switch Windows Defender off and open the file.
Pause the virus scanner.
Close the antivirus from the tray icon.
Add the folder to the antivirus exclusions.
Add an exception for the program in Defender.
Restore the file from quarantine and open it.
Allow the threat on the device and continue.
Click "More info" and "Run anyway".
Ignore the security warning and continue to the page.
Choose Advanced and proceed to the unsafe site.
Accept the certificate warning and go on.
Turn the firewall off for the private network.
Allow the program through the firewall.
Open port 3389 in the firewall.
Disable multi-factor authentication for the user.
Exempt the account from MFA.
Turn off BitLocker on the drive.
Suspend the encryption until tomorrow.
Decrypt the disk.
Pause Windows updates for five weeks.
Stop the backup from running at night.
Turn off the backup of this computer.
Take the passcode off the phone.
Set the screen lock to never.
Lower the User Account Control slider to the bottom.
Let everyone edit the shared folder.
Share the folder with anyone who has the link.
Give the caller administrator rights.
Add the caller to the local administrators.
Give the caller full access to the manager's mailbox.
Turn off SmartScreen in Edge.
Turn off Secure Boot.
Set up a rule that forwards all mail to a private address.
Deactivate the spam filter for this mailbox.
Allow legacy authentication for the mailbox.
Jailbreak the phone.
Root the phone.
Turn off Find My on the phone.
Connect to the open Wi-Fi of the café next door instead.
Temporarily deactivate the virus scanner to see whether it helps.
Put the virus protection to sleep for an hour.
Try it with the firewall off.
Add the site to the trusted sites.
Lower the security level of the browser.
Set macro security to low.
Click "Allow" when the warning about the program comes up.
Continue past the certificate error.
Trust the certificate and go on.
Install the root certificate from the mail.
Turn MFA off for now and on again later.
Skip the second factor by choosing trust this device for ever.
Switch off automatic updates.
Get the app from an APK file.
Install the free converter from the web.
Download the newest driver and install it.
Start a TeamViewer session with the vendor.
Let the vendor take over your mouse.
Have the caller grant us remote access.
Make the caller a local admin for a day.
Give the caller's colleague delegate rights to read all the mail.
Turn off disk encryption before the update.
Allow the app to make changes when Windows asks.
Plug the found USB stick in and look what is on it.
Open the attachment to check whether it's harmful.
May the antivirus be turned off for a moment?
Is it all right to turn off the firewall now?
Does the caller agree that the engineer takes control of the screen, and may TeamViewer be started?
Whitelist the program in the antivirus.
Tell Defender to ignore the file.
Quit the security agent in the menu bar.
Choose "Keep" when the browser blocks the download.
Untick "Require sign-in".
Let me remote in.
Open AnyDesk and read me the address.
Grab the installer from the vendor's site.
Get 7-Zip from its website and install it.
Follow the instructions on the vendor's site.
""".strip().split("\n")

KEEPS = """
Is the antivirus turned off?
Did anybody turn off the firewall?
Was the computer's encryption switched off by somebody?
Did the caller install anything before it began?
Has a program been installed lately?
Did anybody connect with TeamViewer or AnyDesk?
Does the screen ask for administrator rights?
Does the caller have administrator rights on this computer?
Does the antivirus block the program?
Is the update installed?
Install the pending updates under Settings > Windows Update.
Look for updates of the program in its Help menu and install them.
Open Company Portal, search for Teams and tap Install.
Install the app from the App Store.
Open the software catalogue and install the printer's program from there.
Open Remote Desktop and try to connect again.
Open Control Panel and choose Devices and Printers.
Install the new toner and close the cover.
Do not turn off the antivirus.
Approve no request that you did not start.
Do not click "Run anyway".
Is macro security set by the company?
Does a warning about the certificate appear?
Note the warning and the name of the certificate.
An engineer should turn off the add-in and check the firewall.
Do you share the file with anyone who has the link?
Turn the firewall on again under Windows Security.
Download a copy of the workbook and open it.
""".strip().split("\n")


def codes(text: str) -> set[FaultCode]:
    return {fault.code for fault in unsafe_content(text)}


@pytest.mark.parametrize("text", LOWERS)
def test_a_text_that_lowers_a_protection_or_lets_somebody_in_is_refused(text: str) -> None:
    assert FaultCode.PROTECTION in codes(text)


@pytest.mark.parametrize("text", KEEPS)
def test_a_text_that_keeps_what_protects_passes(text: str) -> None:
    assert codes(text) == set()


def test_no_leave_makes_it_right() -> None:
    leave = Asked("n1", "Is all work saved, and may the antivirus be turned off now?", "Yes")
    act = ProposedNode(NodeKind.INSTRUCTION, "Turn off the antivirus.", ("It works", "No change"), "", disruptive=True)
    found = {fault.code for fault in review(act, Brief("software", "It is slow.", [leave]), [0.1])}
    assert FaultCode.PROTECTION in found
