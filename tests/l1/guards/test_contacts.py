"""The guard against leading anybody anywhere."""

import pytest

from l1.guards import FaultCode, unsafe_content

LEADS = """
Open https://example.test/fix and follow the steps.
Go to www.fix-my-pc.com now.
Go to fix-my-pc.com and sign in.
Open bit.ly/3xyz in the browser.
Visit support.microsoft.com.evil.ru now.
Go to office.com.evil.ru and sign in.
Go to office.com/login?x=1 and sign in.
Open evil dot com in the browser.
Open evil[.]com in the browser.
Open hxxp://evil in the browser.
Write to help@evil.com about it.
Write to the support at help @ gmail.com please.
Call 0800 123 4567 for help.
Call +1 (555) 010-9999 now.
Ring 555-0199-22 and ask for help.
Dial 112 and wait.
Call this number for help.
Call the number on the screen.
Please text the following number.
Call our hotline and wait.
The number is 08001234567.
Scan the QR code with your phone.
Scan this code with your phone.
Point the camera at the QR code.
Click the link below to continue.
Follow this link: it fixes all.
Open \\\\evil\\share in the Explorer.
Open ftp://files and take the tool.
Go to xn--offce-r1a.com and sign in.
Open \u043effice.c\u043em.evil.ru now.
Type chrome://flags into the address bar and switch all on.
Google the error and follow the first result.
Look up the support number on the web and call it.
Call the manufacturer at the number on the box.
Send the file to my private address at gmail.
Upload the log to a file-sharing site and send us the link.
Ask ChatGPT how to fix it.
Join our WhatsApp group for help.
Message me on Telegram.
Buy gift cards to pay for the support.
Pay the fee with your card on the page that opens.
Forward the mail to it-helpdesk at outlook dot com.
Continue this on Discord with our expert.
Look for a fix in an online forum and apply it.
Ring the vendor's hotline under the number on their homepage.
Text the engineer on his private mobile.
Mail the log to the developer's Gmail.
Post the screenshot on Reddit.
Dial the premium hotline.
""".strip().split("\n")

STAYS = """
Sign in at outlook.office.com in a private window.
Open passwordreset.microsoftonline.com and follow the steps.
Go to mysignins.microsoft.com, Security info.
Does the page office.com open?
Did you call the number on the screen?
Do not call the number on the screen.
Call the caller back on the number on file.
Verify the caller by calling back the number on file.
Is the IP address 192.168.100.200 shown?
Was it after 2024-11-02 that it began?
Is the version 10.0.19045.3803 shown?
Is the error 0x80070005 shown?
Is the update KB5034441 in the list?
Is the screen set to 1920x1080 or more?
Does the file winmail.dat come with the mail?
Did you click the link in the mail?
Is there a link in the message that you did not expect?
Does the phone ring when somebody calls?
Can others call the caller?
Is it about 14:30 or later, i.e. after the break?
Is less than 10.5 GB free on the disk?
Does a QR code appear on the screen?
Is the website slow, or all of them?
""".strip().split("\n")


def codes(text: str) -> set[FaultCode]:
    return {fault.code for fault in unsafe_content(text)}


@pytest.mark.parametrize("text", LEADS)
def test_a_text_that_leads_somewhere_is_refused(text: str) -> None:
    assert FaultCode.CONTACT in codes(text)


@pytest.mark.parametrize("text", STAYS)
def test_a_text_that_leads_nowhere_passes(text: str) -> None:
    assert codes(text) == set()
