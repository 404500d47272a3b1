"""Calls as a careful model would lead them: every refusal is another attempt, while the caller waits."""

from collections.abc import Iterator

import pytest

from l1.domain.building import Brief, ProposedNode
from l1.domain.categories import CATEGORIES
from l1.domain.playbook import Asked
from l1.domain.tree import NodeKind
from l1.guards import review
from l1.matching.minilm import MiniLM

# "# category: problem" begins a call. Then each line is a node: Question, Instruction, Resolution or Escalation, with !
# if it is declared disruptive; its text; and its answers, the given one with a star. Indented lines go on.
CALLS = """
# email: Outlook keeps asking for my password since this morning and never accepts it.
Q Can the caller sign in to Outlook on the web with the same password? | Yes, it works there* | No, the password is
    refused there too | Not tried
Q Has the password been changed in the last few days, for example because it had expired? | Yes* | No | Not sure
Q Does a window titled "Windows Security" appear, or does the prompt show the company's sign-in page? | Windows
    Security window* | Company sign-in page | Something else
I Close Outlook completely, wait about ten seconds and open it again. When the prompt appears, let the caller type
    the new password and tick "Remember my credentials". | Prompt is gone | Prompt comes back* | No checkbox shown
Q Does the bottom-right corner of the Outlook window say "Need Password", "Disconnected" or "Connected to Microsoft
    Exchange"? | Need Password* | Disconnected | Connected to Microsoft Exchange | Something else
I Open Control Panel, choose Credential Manager, then Windows Credentials, and look for entries that begin with
    "MicrosoftOffice16". | Entries are there* | No such entries | Could not open Credential Manager
Q Outlook stores an old password there. May the caller's saved Office credentials be removed now? Outlook will ask
    them to sign in once more. | Yes, go ahead* | No
I! In Credential Manager, remove the entries that begin with "MicrosoftOffice16", then open Outlook and have the
    caller sign in with the new password. | Signed in, no more prompts* | Still prompts | Could not remove the
    entries
R The old saved credentials were removed and Outlook now signs in with the new password.
# printing: The printer on our floor prints blank pages.
Q Which printer is it? Please note the name or number on its label. | Label noted* | No label
Q Do pages come out completely blank, or is there some faint print? | Completely blank* | Faint or streaky print |
    Only some pages are blank
Q Does a copy made directly on the printer, without a computer, also come out blank? | Copy is fine | Copy is blank
    too* | It can't copy
Q Was a toner or ink cartridge replaced recently? | Yes, in the last few days* | No | Not sure
Q Can the caller safely open the front cover and see whether the orange sealing strip is still on the cartridge? |
    Strip is still on* | No strip | Cannot open it
I Pull the orange sealing strip out of the cartridge gently and straight, put the cartridge back and close the
    cover. | Done, it prints now* | Done, still blank | The strip broke
R The sealing strip was still on the new cartridge. After it was taken off, pages print normally.
# network_vpn: My laptop says no internet when I sit in the meeting room.
Q Do other people in the same meeting room have working Wi-Fi at the moment? | Yes | No* | Nobody else is there
Q Does the laptop work on Wi-Fi in another room? | Yes, it works elsewhere* | No | Can't move right now
Q What does the Wi-Fi icon in the taskbar show in the meeting room? | No bars | One or two bars* | Full bars, "No
    internet"
Q Is there an access point on the ceiling or wall of the room, and is its light on? | Light is on | Light is off* |
    I can't find one
E The access point in the meeting room appears to have no power: its light is off, nobody in the room has Wi-Fi, and
    the laptop works elsewhere. Please have an engineer check the access point and its network cable.
# mobile: New phone - how do I get my authenticator onto it?
Q Does the caller still have the old phone with the Authenticator app on it? | Yes, and it works* | No, it is gone
    or wiped | It is broken
I On the new phone, get Microsoft Authenticator from the App Store or Google Play. Do not delete anything from the
    old phone yet. | Done* | It can't be installed
I On the computer, let the caller open their account's "Security info" page, choose "Add sign-in method" and follow
    the steps for the Authenticator app. | The new phone was added* | An error appeared | The page can't be opened
I Have the caller sign in to a work app in a private browser window and approve it on the new phone. | Approved* |
    No prompt on the new phone | Prompt comes to the old phone
Q Does the caller agree that the old phone is now removed from the sign-in methods? | Yes* | No, keep both for now
I! On the Security info page, let the caller delete the entry of the old phone. | Done* | It can't be deleted
R The new phone approves sign-ins, and the old one was removed from the account.
# telephony_meetings: People can't hear me in Teams calls.
Q Can the caller hear the others? | Yes* | No
Q Is it the same in every meeting, or only in this one? | Every meeting* | Only this one | First time
Q Which device is used for sound: a USB headset, a Bluetooth headset, or the laptop's own microphone? | USB headset
    | Bluetooth headset* | Laptop microphone
Q Is there a mute button or switch on the headset, and is its light showing that it is muted? | It was muted | It is
    not muted* | No such button
I In Teams, select the three dots next to your picture, then Settings > Devices, and check which microphone is
    selected. | The headset is selected | Another microphone was selected* | The list is empty
I Choose the headset under Microphone and make a test call from the same page. Can you hear your own voice in the
    recording? | Yes, it works* | No, silence | Test call isn't available
R The wrong microphone was selected in Teams. With the headset chosen, the test call is fine.
# files_sharing: OneDrive shows a red X on some files.
Q How many files show the red X: a few, or everything? | A few* | Everything
I Click the OneDrive cloud icon next to the clock and read the message at the top of the window. | "Sync issues"
    listed* | "Storage full" | "Sign in required" | No message
Q Which reason does OneDrive give for the first file in the list? | The name has characters that aren't allowed* |
    File is open in another program | No permission | Path too long
I Close the file in every program, then rename it in File Explorer so that it has only letters, numbers, spaces and
    hyphens. | Red X is gone* | Still there | Can't rename
Q Are there any other files left with a red X? | No* | Yes
R Files had characters in their names that OneDrive does not allow. After they were renamed everything synchronises.
# files_sharing: I deleted a folder by mistake on the team site in SharePoint
Q Roughly when was the folder deleted? | Today* | In the last 30 days | Longer ago | Unknown
Q Does the caller know which library of the site the folder was in? | Yes* | No
I On the team site, select "Recycle bin" in the menu on the left and search for the folder's name. Don't restore
    anything yet. | The folder is listed* | It isn't listed | No recycle bin in the menu
Q Has anyone made a new folder with the same name since then? | Yes | No*
Q Is it all right to restore the folder now to its old place? | Yes* | No
I! Select the folder in the recycle bin and choose Restore, then check the library. | It's back with its files* |
    It's back but empty | An error appeared
R The folder was restored from the recycle bin with its content.
# hardware: The keyboard types the wrong letters, y and z are swapped
Q Is it an external keyboard or the laptop's own? | External* | Laptop's own | Both
Q What does the language indicator next to the clock show, for example ENG or DEU? | The usual one | A different
    one* | None visible
I Press the Windows key and the space bar together until the usual language is shown, then type the letters again. |
    Letters are right* | Still swapped
R The keyboard layout had been switched by accident. It's back on the usual language.
# hardware: my laptop is very hot and the fan is loud
Q Is the laptop lying on a soft surface like a blanket or cushion, or are the vents covered? | Yes | No*
I Press Ctrl+Shift+Esc, select "More details" if it's shown, and sort by CPU. Which program is at the top? | A
    program using more than 50%* | Everything is below 50% | Task Manager didn't open
Q Is that program one the caller needs right now and has unsaved work in? | Not needed* | Needed
Q May that program be closed now? Anything not saved in it would be lost. | Yes* | No
I Close the program in the normal way with the X in its corner and listen whether the fan calms down within two
    minutes. | Fan calms down* | No change
R One program kept the processor busy. Since it was closed, the fan has been quiet.
# software: Teams is stuck at the loading screen
Q Does Teams work in the web browser? | Yes* | No | Not tried
Q Has the computer been restarted since the problem began? | Yes | No*
Q Is all work saved, and may the computer be restarted now? | Yes* | No, later
I! Restart the computer, sign in and open Teams. | Teams opens* | Still stuck loading
R After a restart of the computer Teams loads normally.
# software: I need Adobe Acrobat for editing PDFs
Q Does the caller already have Acrobat Reader or another PDF program on this computer? | Acrobat Reader | Another
    one | None* | Not sure
Q Does the caller need to edit PDFs, or only to read, sign or comment on them? | Edit* | Only read or sign
I Open the Company Portal or Software Center from the Start menu and search for "Acrobat". Is it offered there? |
    It's offered | It isn't offered* | No such program
Q Has the caller's manager approved the licence? | Yes | No* | Not asked yet
E The caller needs a PDF editor; it is not offered in the company's software catalogue and the licence hasn't been
    approved yet. Please forward for approval and installation.
# password_account: I'm locked out of Windows after too many attempts
Q Has the caller's identity been verified by the agreed procedure? | Yes* | No
Q What precisely does the sign-in screen say? | Account is locked* | Password is incorrect | Password has expired |
    Account is disabled
Q Did the caller change their password recently, and is the old one perhaps still saved on a phone or another
    computer? | Yes, changed recently* | No | Not sure
Q Does the caller remember the current password? | Yes* | No
I Look up the account in the admin console and see whether it shows as locked. | Locked* | Not locked | No access to
    the console
Q May the account be unlocked now for the caller to try again? | Yes* | No
I Unlock the account in the admin console, then let the caller sign in slowly with Caps Lock off. | Signed in* |
    Password is refused | Locked again right away
I On the caller's phone, open the mail account's settings and have the caller enter the new password there too. |
    Done* | Phone doesn't use it
R The account was unlocked; the old password saved on the phone had locked it.
# password_account: I don't get the approval prompt on my phone anymore
Q Does the phone have an internet connection, and is it out of flight mode? | Yes* | No
Q When the caller opens the Authenticator app, does the approval request show up then? | Yes, then it shows | No* |
    App won't open
Q Are notifications allowed for the Authenticator app in the phone's settings? | Yes* | No, they were off | Not sure
Q Does the sign-in page offer "I can't use my Microsoft Authenticator app right now"? | Yes* | No
Q Which other methods does the page offer: text message, call or hardware key? | Text message* | Phone call |
    Hardware key | None
I Let the caller choose the text message and type the code they receive into the sign-in page themselves. | Signed
    in* | No text arrives | Code is refused
R The caller signed in with a text message. The Authenticator app should be set up again from the Security info
    page.
# password_account: My Windows Hello PIN doesn't work since today
Q Which message appears under the PIN field? | PIN is incorrect | Something happened and your PIN isn't available* |
    PIN has been disabled
Q Is there a key symbol under "Sign-in options" so that the password can be used instead? | Yes* | No
I Select the key symbol and let the caller sign in with their password. | Signed in* | Password is refused
Q Would the caller agree to set up a new PIN? The old one will be removed. | Yes* | No
I! Open Settings > Accounts > Sign-in options > PIN (Windows Hello), choose "I forgot my PIN" and let the caller set
    a new one. | New PIN works* | An error appears
R A new PIN was set up and works.
# security: I clicked on a link in a strange email and typed my password
Q When did it happen? | Within the last hour* | Today | Earlier
Q Did the caller enter anything else on the page, such as card details, or approve a prompt on the phone? | Only the
    password* | Also approved a prompt | Other details | Nothing
Q Is the caller's identity verified, and may the password be reset straight away? | Yes* | No
I! Reset the caller's password in the admin portal now and let the caller choose a new one from a different, clean
    device. | Done* | No rights to reset it | Error in the portal
Q Did the caller open or run any file that came from the page? | No* | Yes | Not sure
E The caller typed the password on a phishing page within the last hour. The password has been reset. Security
    should revoke open sessions, check sign-in logs and mailbox rules, and find others who got the message. Keep the
    message as evidence.
# security: there's a pop-up saying my computer is infected and to call Microsoft
Q Is the pop-up inside a browser window, or does it come from the installed antivirus? | Browser window* | Installed
    antivirus | Can't tell
Q Did the caller call the number on the screen, or let anybody connect to the computer? | No* | Called the number |
    Someone connected
I Do not click anything in the pop-up. Press Alt+F4 to close the browser window. If it won't close, leave it as it
    is. | It's closed* | It won't close
I Open the browser again without restoring the previous pages. Does the pop-up come back? | No* | Yes | Asks to
    restore pages
Q Did the caller download or install anything in connection with the pop-up? | No* | Yes | Not sure
R It was a fake warning in the browser. The caller neither called nor installed anything, and it is gone.
# security: My laptop was stolen on the train
Q When and where was the laptop last seen? | Time and place noted* | Not known
Q Was the laptop locked or switched off? | Locked* | Switched off | Open and unlocked | Don't know
Q Is the password written down anywhere together with the laptop, for example on a note in the bag? | No* | Yes
Q Have the police been informed? | Yes | Not yet*
E A company laptop was stolen on a train while locked. Time and place are in the notes. An engineer should lock or
    wipe it remotely, revoke the sessions and check that the disk was encrypted.
# software: Chrome is extremely slow
Q Are other programs slow as well, or only Chrome? | Only Chrome* | Everything is slow
Q How many tabs are open? | Fewer than 10 | 10 to 30 | More than 30*
I Bookmark the tabs that are needed and close the rest. | Faster now | Still slow*
Q Is Chrome also slow in an Incognito window (Ctrl+Shift+N)? | Yes | No*
I Go to the three-dot menu > Extensions > Manage extensions and note which ones are turned on. | Noted* | None are
    on
Q May one extension after the other be turned off to find the slow one? They can be turned on again at any time. |
    Yes* | No
I! Turn off the extensions one at a time and try Chrome after each. Which one makes the difference? | Found it* |
    None of them
R One browser extension slowed Chrome down. It is switched off now and Chrome is fast.
# network_vpn: Internet in the whole branch office is down
Q Is the internet down for everybody at the site? | Yes, everyone* | Only some
Q Do desk phones work? | Yes | No*
Q Which lights are on at the router or modem, and in which colour? | All green | Some red or orange* | No lights at
    all
Q Is there power in the rest of the building? | Yes* | No
Q Has the provider announced any maintenance or an outage for the area? | Yes | No* | Can't check
Q Is somebody on site who can reach the router, and may it be power-cycled once? Everyone's connection will be
    interrupted for about five minutes. | Yes* | No
I! Switch the router off at its power switch, wait 30 seconds and switch it on again. Wait five minutes for the
    lights to settle. | Internet is back | Lights are still red* | No change
E The whole branch is offline including desk phones; the router's light stays red after a power cycle. Please
    contact the provider and check the line. Contact person on site is in the notes.
# mobile: phone has no signal at all since I came back from abroad
Q Is flight mode switched off? | Yes* | It was on
Q What appears at the top of the phone where the bars should be? | No service* | SOS only | Searching
Q Does the phone show the SIM or eSIM under Settings > Mobile data? | Yes* | No SIM
I In Settings > Mobile data, check that the line is turned on and that automatic network selection is on. | Was off,
    works now | Was already on* | Setting not found
Q Is the caller OK with a restart of the phone now? | Yes* | No
I! Turn the phone off, wait 20 seconds, turn it back on and let the caller enter their SIM PIN on the phone. |
    Signal is back* | Still no service
R The phone found the home network again after it had been turned off and on.
# files_sharing: I overwrote a Word document and need the old version
Q Is the document in OneDrive, SharePoint or on a network drive? | OneDrive or SharePoint* | Network drive | On this
    computer
I In Word, choose File > Info > Version History and look for a version from before the change. | There is one* | No
    older version
I Open that version in a separate window and compare it with the current one; don't replace anything yet. | It's the
    right one* | It's a wrong one
I Save the old version under a new name with File > Save a copy. | Done* | It can't be saved
R The old version was saved as a copy beside the current document.
# software: program is in the wrong language
Q Which language do the menus show? | English | Another one, noted*
I Open File > Options > Language, and check which display language is at the top. | The right one | A wrong one*
I Choose the right language, select "Set as Preferred" and close the options. | It asks to restart Office* | Done
Q Is everything in Office saved, and may the Office programs be closed and opened again now? | Yes* | No
I! Close all Office programs and open the one the caller was using. | Right language* | Wrong language still
R The display language had been changed. It's set back and Office shows the right one.
# security: login alert from another country
Q Was the caller or anyone using the account travelling, or using a VPN, at that time? | Yes | No*
Q Did an approval request come to the phone at that time, and was it approved? | No request* | Came, not approved |
    Approved
Q Is the caller verified, and is it all right to reset the password now? | Yes* | No
I! Reset the password in the admin portal and have the caller pick a new one that isn't used elsewhere. | Done* | It
    didn't work
E A sign-in from another country was not the caller's. The password was reset. An engineer should revoke all
    sessions and check the sign-in log.
# hardware: touchscreen stopped responding
Q Is the screen clean and dry, with no film or sticker coming off? | Yes* | No
Q Does the mouse still work? | Yes* | No
Q Is everything saved, and is it OK to restart the laptop now? | Yes* | No
I! Restart the laptop from the Start menu and try the touchscreen on the sign-in screen. | Works* | No reaction
R After a restart the touchscreen works again.
# mobile: my Android keeps asking to update
Q Which update does it offer: the system or an app? | System* | An app
Q Is the phone charged to at least half and on Wi-Fi? | Yes* | No
Q The phone will restart and can't be used for about 20 minutes. Is that all right now? | Yes* | No
I! Tap "Install now" and leave the phone on its charger until it has restarted. | Updated* | Update failed
R The system update was installed.
# files_sharing: Shared drive is very slow
Q Is it slow for colleagues as well? | Yes* | No
Q Is it slow with all files or only with big ones? | All* | Big ones
Q Since when is it slow? | Today* | Longer
E The shared drive is slow for everyone with all files since today. Please check the server.
# software: Word freezes when saving
Q Does it freeze with a new, empty document too? | Yes | No*
Q Is the document stored on a network drive? | Yes* | No
I Save a copy to the Documents folder with File > Save As and work in that copy. | Saves fast* | Freezes again
E Word freezes when a document is saved to the network drive; a local copy saves fine. Please check the drive.
"""
KINDS = {"Q": NodeKind.QUESTION, "I": NodeKind.INSTRUCTION, "R": NodeKind.RESOLUTION, "E": NodeKind.ESCALATION}


def nodes() -> Iterator[tuple[ProposedNode, Brief]]:
    category = problem = ""
    path: list[Asked] = []
    for line in CALLS.replace("\n    ", " ").strip().split("\n"):
        if line.startswith("# "):
            category, problem = line[2:].split(": ", 1)
            path = []
            continue
        head, told = line.split(" ", 1)
        text, *labels = told.split(" | ")
        kind, answers = KINDS[head[0]], tuple(label.removesuffix("*") for label in labels)
        yield (
            ProposedNode(kind, text, answers, "", disruptive=head.endswith("!")),
            Brief(category, problem, tuple(path)),
        )
        given = [label.removesuffix("*") for label in labels if label.endswith("*")]
        path += [Asked(f"n{len(path)}", text, answer, kind) for answer in given]


NODES = list(nodes())


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


def test_there_are_calls_of_every_category_and_nodes_of_every_kind() -> None:
    assert {brief.category for _, brief in NODES} == {category.slug for category in CATEGORIES}
    assert {proposed.kind for proposed, _ in NODES} == set(NodeKind)


@pytest.mark.usefixtures("slow")
def test_no_sensible_node_is_refused(model: MiniLM) -> None:
    texts = {text: index for index, text in enumerate(dict.fromkeys(proposed.text for proposed, _ in NODES))}
    vectors = model.embed(list(texts))
    refused = []
    for proposed, brief in NODES:
        mine = vectors[texts[proposed.text]]
        likeness = [float(mine @ vectors[texts[asked.text]]) for asked in brief.asked]
        refused += [(proposed.text, fault.code) for fault in review(proposed, brief, likeness)]
    assert refused == []


@pytest.mark.usefixtures("slow")
def test_no_sensible_node_is_refused_where_no_embedder_answers() -> None:
    refused = [proposed.text for proposed, brief in NODES if review(proposed, brief, [])]
    assert len(refused) <= len(NODES) / 50
