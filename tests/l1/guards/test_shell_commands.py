"""The guard against commands: a short list of forms passes, ordinary prose passes, all else is refused."""

import pytest

from l1.guards import FaultCode, unsafe_content

COMMANDS = """
Run `ipconfig`.
```ipconfig```
Open PowerShell and run Get-Process.
Type Remove-Item in the window.
Run Stop-Service Spooler.
Use invoke-webrequest to fetch it.
Run Set-ExecutionPolicy Bypass.
Run ipconfig /registerdns.
Run ipconfig /allcompartments now.
Run ping 8.8.8.8 -t and wait.
Run ping -n 100 8.8.8.8 please.
Type ping 8.8.8.8 && del x.
Type ipconfig | clip and press Enter.
Type hostname > C:\\name.txt and press Enter.
Type "whoami /priv" and press Enter.
Run systeminfo /s server.
Run gpresult /h report.
Run dsregcmd /leave.
Type net use * /delete.
Run net use Z: over there.
Type "net user bob" and press Enter.
Run net localgroup administrators.
Type net stop spooler.
Run sfc /scannow.
Run SFC on the computer.
Run DISM to repair the image.
Run chkdsk on the disk.
Start diskpart and choose the disk.
Open regedit and find the key.
Open the Registry Editor.
Go to HKEY_LOCAL_MACHINE.
Look below HKLM for the entry.
Change the registry key of Outlook.
Run bcdedit to see the loader.
Run netsh winsock reset.
Use wmic to list the programs.
Type format c: and wait.
Type sudo and the name.
Run rm -rf on the folder.
Then rm everything in it.
Type del /q temp and press Enter.
Type del *.tmp and press Enter.
Run curl to fetch the file.
Use wget for the file.
Connect with ssh to the server.
Use telnet to test the port.
Run chmod on the file.
Run setup.exe from the folder.
Start fix.bat now.
Double-click repair.ps1 on the desktop.
Open services.msc and stop it.
Open gpedit.msc please.
Open the file update.vbs now.
Type %temp% and press Enter.
Type %systemroot% into the bar.
Type $env:PATH and press Enter.
Type $(whoami) and press Enter.
Open C:\\Windows\\System32 now.
Type cd .. and press Enter.
Go to /etc/hosts and look.
Run the following script.
Execute this command now.
Execute it on the server.
Paste this into PowerShell.
Paste it into the console of the browser.
Press Windows+R, then Ctrl+V and Enter.
Press Windows+R and paste what you copied.
Press Windows+R, type notepad and Enter.
Open a command prompt and type exit.
Open the terminal and run top.
Open a terminal and enter diagnose now.
Open PowerShell and type calc.
Open the command prompt as administrator.
Run the program as an administrator.
Open an elevated prompt.
Open Terminal (Admin) and wait.
Start PowerShell with administrator rights.
DROP TABLE users;
Delete from users where 1 = 1.
Type select * from users.
Type javascript:alert(1) into the address bar.
Run powercfg for a report.
Type taskkill /f now.
Run reg add now.
Use certutil to decode it.
Run mshta with the page.
Run gpupdate to refresh the policy.
Use manage-bde to unlock the disk.
Type iex and the address.
Type aWV4IChuZXctb2JqZWN0IG5ldC53ZWJjbGllbnQpLmRvd25sb2Fk and Enter.
Type shutdown /r now.
Type shutdown -s now.
Run msconfig and untick all.
Run launchctl on the Mac.
Open r-e-g-e-d-i-t now.
Open reg\u200bedit now.
Open r\u0435gedit now.
Use power\u200bshell and run get-\u200bprocess.
Run brew install htop.
Do a git reset of the folder.
Kill it with kill -9 and its number.
Type control userpasswords2 in the Run box.
Open a black window by typing cmd, then type the word format followed by c and a colon.
Type s f c, a space, then slash scannow.
Open the command prompt and type d e l, star dot star.
Enter "Get-ADUser" in the blue window.
In the Terminal app on the Mac, type top.
Use the Run dialog to start wt and then enter ps.
Run C:\\Windows\\System32\\cleanmgr.exe on the computer.
Start system32 cmd and paste what I send you.
Type netstat dash a in the window.
Copy the line from the ticket into the terminal and press Return.
Press the Windows key and R, paste and press Enter.
Press Win+X, choose Terminal and enter whatever the page says.
Make a batch file with this line and double-click it.
Open Notepad, write @echo off, save it as clean and start it.
Open Task Scheduler and create a task that runs at start.
Use vi to edit the hosts file.
Edit the hosts file so that the site resolves.
Open the registry and change the value of Start to 4.
Go to the registry and look for the Run entry.
In the browser press F12, open the console and type the line.
Type about:config in the address bar and change the entry.
Rename cmd to utilman in the system folder.
Boot from a stick and replace utilman with cmd.
Run powershell with the bypass policy.
Use PsExec to open it on the other machine.
Run the tool from the network share as the administrator.
Run "echo hello" in a shell.
Launch bash and run apt update.
Run ls in the Terminal.
Open the VBA editor and run the first macro.
Type "ipconfig /flushdns & del *" and press Enter.
Run ipconfig and then shutdown.
Open cmd and type exit then start explorer then logoff.
In Command Prompt, use gpupdate slash force.
Use the ping command with the t option forever.
Change the group policy so that USB sticks are allowed.
Enter the BIOS and load the defaults.
Go to microsoft support dot com slash fix.
Press Windows+R, type regedit, press Enter.
In the search box type cmd, right-click it and run it elevated.
Type p-o-w-e-r-s-h-e-l-l and then the line below.
At the prompt, key in the repair line from the vendor.
Run the Microsoft repair script as admin.
Execute the fix from the vendor's site.
Save the following as fix dot bat and run it.
Open Automator and run the shell action.
Launch the system file checker from an elevated window.
Delete the key under Software, Microsoft in the registry editor.
Open Computer Management as an administrator.
Map the drive with net use Z and the path.
Start an administrative shell and repair the image.
Enter this in the address bar: file slash slash.
Fire up the terminal, then wipe the DNS cache with killall.
""".strip().split("\n")

ALLOWED = """
Press Start, type cmd, press Enter, type "ipconfig /all" and press Enter.
Type ipconfig and read the IPv4 address.
Type "ipconfig /flushdns", Enter.
Type "ipconfig /release", then "ipconfig /renew".
Open a command prompt and type ping 8.8.8.8 and press Enter.
Open the Terminal, type "ping www.microsoft.com" and press Enter.
Open PowerShell and run hostname.
Type nslookup server01 in the command window.
Run tracert 10.0.0.1 and wait.
In the command prompt run whoami.
Press Windows+R, type winver and press Enter.
Press Windows+R, type "outlook.exe /safe" and press Enter.
Press Windows+R, type outlook /safe and press Enter.
Press Windows+R, type "winword /safe", then Enter.
Press Windows+R, type msinfo32 and press OK.
Press Windows+R, type ncpa.cpl and press Enter.
Press Windows+R, type appwiz.cpl, then Enter.
Press Windows+R, type mmsys.cpl and press Enter.
Press Windows+R, type control printers and press Enter.
Press Windows+R, type taskmgr and press Enter.
Type systeminfo in the command prompt and wait.
Type "dsregcmd /status" and read AzureAdJoined.
Type gpresult /r and look for the group.
Type "net use" and press Enter. Is the drive listed?
Does ping 192.168.1.1 answer?
""".strip().split("\n")

PROSE = """
Is it the printer and/or the scanner?
Answer yes/no, please.
Does TCP/IP appear in the list?
Is Wi-Fi on, and is the light blue?
Is a USB-C cable plugged in?
Is it a browser, e.g. Edge or Chrome?
Is the service meant to run 24/7?
Press Windows+L and unlock the computer again.
Open Start > Settings > Network & internet.
Choose File > Options > Add-ins and look at the list.
What is the format of the file?
The ping is high in the game. Is it high in calls too?
Press the Del key once.
Is the power cycle of the battery normal?
Press Ctrl+Shift+Esc and look at the column CPU.
Is Add-In or COM Add-Ins shown in the list?
Does a pop-up ask for an update?
Is the start-up slow, or only the sign-in?
Choose Sign-in options and look at the list.
Is the set-up finished?
Does the drop-down list show the printer?
Select the printer from the list.
Delete the message from the list?
Does the program say that it needs an administrator?
Is the computer in room 214 or in Rm 12?
Is the cursor a curly arrow?
Is the error 0x80070005 shown?
Is the update KB5034441 in the list?
Does Windows 11 start normally?
Is the version 10.0.19045 shown?
Type the name of the printer into the search field.
Type Camera in the Start menu and press Enter.
Which program do you use to open the PDF?
Is the caps lock on - does a light show it?
Is the report.pdf in the folder?
Does the net work in other rooms?
Is the terminal of the card reader on?
Is the script of the play in the folder?
Has the print run ended?
Choose Restart, not Shut down.
Does it run on a Mac/PC?
Look at the bottom-right corner; is OneDrive there?
Is the volume between 50 % and 100 %?
Does the shell of the laptop look bent?
""".strip().split("\n")


def codes(text: str) -> set[FaultCode]:
    return {fault.code for fault in unsafe_content(text)}


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_that_is_not_on_the_list_is_refused(text: str) -> None:
    assert FaultCode.COMMAND in codes(text)


@pytest.mark.parametrize("text", ALLOWED)
def test_a_form_on_the_list_passes(text: str) -> None:
    assert codes(text) == set()


@pytest.mark.parametrize("text", PROSE)
def test_ordinary_prose_is_no_command(text: str) -> None:
    assert codes(text) == set()
