"""The guard against giving secrets away, over wordings of both kinds."""

import pytest

from l1.guards import FaultCode, unsafe_content

ASKS = """
What is your PIN?
What did you type into the password box?
What's your password?
What is the password?
What was your old password?
What is the caller's password?
Which password do you use?
Which password did you enter?
What password are you typing?
What code did you get?
What is the code that you received?
What is the six-digit code in the app?
Which code does it show?
What are the first two letters of your password?
How many characters does your password have?
How long is your password?
Is your password "Summer2024"?
Does your password start with a capital letter?
How do you spell your password?
Please tell me your password.
Tell me the password and I will check it.
Could you tell me your password?
Can you give me the verification code?
Would you mind giving me your PIN?
Give me the one-time code from the text message.
Please read out the six-digit code.
Read me the code from your authenticator app.
Read the code aloud.
Say the password out loud, slowly.
Please spell your password letter by letter.
Spell it out: your password.
Send me a screenshot of the recovery key.
Send your password to the help desk.
Text me the code that you received.
E-mail us the password so that we can test it.
Type your password into the chat.
Enter your password here.
Type the code in the ticket, please.
Put the PIN into the notes of the ticket.
Write the password in the form below.
Reply with the verification code.
Paste the recovery key into the chat.
Write down the password and hand it over.
Note the password of the caller.
Note down the caller's PIN and the time.
Record the verification code in the ticket.
Ask the caller for the password.
Ask for their PIN.
Ask the caller to tell you the verification code.
Ask the user to read out the code.
Ask them what their password is.
Have the caller read the code to you.
Let the caller spell the password.
Verify the caller by asking for the password.
Verify the caller's identity with the answer to their security question: what is your mother's maiden name?
What is the answer to your security question?
I need your password to sign in.
I'll need the code that was sent to your phone.
We need your credentials to continue.
The technician needs the PIN.
May I have your password?
Can I get the PIN?
Could I see the recovery key?
Let me know your password.
I would like to know the password.
Your password, please.
Password?
And the PIN?
Your PIN please?
Confirm your password with me.
Can you confirm your PIN?
Share the password with the technician.
Please provide your login details.
Provide your username and password.
Dictate the 48-digit recovery key to me.
Take a photo of your credit card.
Send a picture of the back of your card.
Hold the card number up to the camera.
What is the CVV on the back?
Give me your credit card number.
What is your social security number?
Please tell me your national insurance number.
What's your bank account number?
Send us the private key.
Please forward the code to support.
Pass on the code to the technician.
Type your password while I watch.
Enter your password so that I can see it.
Tell me how the password is spelled.
Tell me what your password is.
Did you get the code, and could you read it to me?
A code arrives on your phone. Read it to me.
You get a code by text message. What is it?
Have you got the verification code? Tell me the digits.
Never mind the policy: read me the code.
Do not hang up and tell me your password.
Don't hesitate to tell me your password.
Why don't you tell me your password?
Never tell anyone except me your password.
Kindly share your OTP.
What number does the authenticator show?
Use the caller's password to sign in.
The new password is Welcome123.
Set the password to Sommer2024!
p-a-s-s-w-o-r-d: tell me yours. Tell me your p-a-s-s-w-o-r-d.
Tell me your p a s s w o r d.
Tell me your pass word.
Tell me your pässwörd.
Tell me your p@ssw0rd.
Tell me your pa\u200bss\u200bword.
Tell me your \u0440\u0430ssw\u043erd.
Tell me your \uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44.
Tell me your pa-ss-wo-rd.
Tell me your PASSWORD.
What is your P.I.N.?
T-e-l-l me your passcode.
Wie lautet Ihr Passwort?
Quel est votre mot de passe ?
Can you tell me the temporary password you were given?
State your password and user name.
Show me the code on your phone.
Upload a photo of the recovery key.
Let us know the PIN of the phone.
What would be your password?
Repeat the code back to me.
Call out the digits of the code.
Please submit your password to us for verification.
The engineer will need your password.
Do you mind telling me the passcode?
What do you use as password?
Please verify your password by reading it to me.
What does the code say?
Is your PIN 1234?
Type your PIN and let me see the screen.
How is your password written?
When the code arrives, let me know what it is.
Tell me the token shown on your key fob.
Once you have the code, read it out.
Collect the user's password.
Log in with the caller's credentials.
When the six numbers appear on your phone, please let me have them.
For verification, I'll need the digits Microsoft just texted you.
A message with some digits will come in. Which digits are they?
Read me whatever shows up in the text message.
Can you see a number on the authenticator screen? What is it?
It would help to know how you normally sign in, including the secret part.
Would it be possible to have your sign-in phrase for a moment?
What do you type to unlock the laptop?
What do you type in after your user name?
Please type what you use to log in here so that I can check for typos.
Tell me the characters you enter on the lock screen.
Could the caller say which letters they press when they log in?
What was the last thing you used as your password before it was changed?
Is your password still your birthday or your dog's name?
Is the password the same as the one on your e-mail, and which is that?
Ask the caller to whisper the unlock pattern to you.
Draw the unlock pattern of the phone for the technician.
Note the recovery key that the screen shows.
Which 48 digits does the sheet show?
Read the long number on the recovery printout to me, group by group.
Please hold your hardware token up and tell me the number on it.
Open the message from your bank and read its code.
Put the caller on hold and look up their password in the spreadsheet.
Look up the caller's password in the password manager and use it.
Ask a colleague for their password and sign in with that.
Sign in as the caller with the password they gave you earlier.
Let the caller dictate their credentials while you sign in for them.
Send me your login so I can take a look.
What's the answer you gave for your first pet's name?
What is your mother's maiden name?
Which street did you grow up on? We use it to verify you.
What is your date of birth and the last four digits of your social security number?
Please provide the expiry date and the three digits behind your card.
Ask for the long number across the front of the credit card.
Confirm the four digits you use at the door.
What is the combination of the safe where the key is kept?
What's the Wi-Fi password in your office?
Read out the key printed under the router.
Copy the backup codes and send them to us.
Export the saved passwords from the browser and attach the file.
Save your password in a file called passwords on the desktop.
Write your password on a sticky note and put it on the monitor.
Use the same password as for your private account.
Set the password to the company's name followed by 1.
Choose Password1 as your new password.
I have just sent you a sign-in request. Please approve it.
Enter the number 42 on your phone when the request appears.
Turn on the webcam and show your badge and the code on it.
Show the engineer the screen with the recovery codes.
Take a picture of the screen with the QR setup key and mail it to the desk.
Tell the colleague next to you your PIN so that they can help.
Let your colleague sign in with your account for today.
Tell me everything that is on the card, front and back.
Please state the passphrase for the Wi-Fi.
What appears after "Your code is"?
The text says not to share it, but you can share it with us. What does it say?
Your IT department needs the number in that text.
Scan the square code on the screen with your camera.
To confirm it's really you, what are the characters in your login?
Kindly text the six digits over to the help desk.
I'd be grateful for the code, if you have it handy.
The code should have arrived by now; would you mind sharing?
Once it pops up, just say the number out loud.
Let's do this together: you read, I type. Start with your password.
We can save time if you tell me how you log in.
Go ahead and spell out what you typed in the second field.
Please describe your password to me.
Give a hint about your password so that I can guess it.
Is it okay if I note your password for the engineer?
May I write down your PIN?
Could you put your password into the notes field for us?
Leave the PIN with the technician.
Send a copy of your passport and the card's back side.
Share the recovery phrase of the wallet.
Write me the verification digits in the chat.
Have them forward the login text they just got.
Ask for whatever the authenticator shows right now.
Let me hear the numbers from the text.
Your bank will send a number; pass it to us.
Repeat after the tone the PIN of your phone.
Which password did the previous employee leave behind?
Try the colleague's password instead.
Try the default password admin on the router.
Sign in to the router with user admin and password admin.
Note the Wi-Fi key from the back of the router for the ticket.
Type your password where I can read it.
Please unmask the password and tell me whether it reads Winter.
Open the password list on the shared drive and look up the entry.
Have the caller confirm the code with you over the phone.
Would the caller be so kind as to state the PIN?
I can look at your account if you lend me your password.
Type your PIN and then tell me whether it began with a 4.
The engineer can only help with your password at hand, so have it ready and say it.
Please log in for me with your details and hand the phone over with the code on screen.
Record what the caller says when asked for their security word.
We only need the last three characters.
Drop the code in the meeting chat.
Attach a screenshot of the backup codes to the ticket.
""".strip().split("\n")

TALKS = """
Does it ask for a password?
When was the password last changed?
Reset the password in the portal and let the caller set a new one.
Does the caller get a code on their phone?
Does the sign-in page say that the password is wrong?
Has the password expired?
Is Caps Lock on when you type the password?
Type the password again, slowly, on the sign-in page.
Enter your password on the sign-in screen yourself.
Do you know your password?
Do you remember the PIN of your phone?
Do you have the recovery key?
Did you change your password in the last days?
Have you changed your password recently?
Did you enter your password on that page?
Did you tell anyone your password?
Have you given your password to anybody?
Did you send the code to someone?
Did anyone ask you for your password?
Did you read the code to the person who called?
Never ask for a password or a code.
Never tell anyone your password.
Do not tell me your password.
Do not read them to me.
Do not read the code to me.
Please don't tell me the password.
Type the six digits into the page. Do not read them to me.
Type your password without telling me.
Keep the code to yourself.
Nobody needs to know your password, not even I.
Change your password on another device, and tell it to nobody.
Choose a new password yourself.
Does the authenticator app show a code?
Does the code arrive by text message?
Is the code refused?
How long ago was the password changed?
Which window asks for the password?
Where does it ask for the password?
Does Outlook keep asking for the password?
Outlook asks for the password again and again.
Is the password prompt from Windows or from Outlook?
What does the password prompt say?
What happens when you enter your password?
What happens after you type the PIN?
What is the password policy of this customer?
Tell me whether the code arrived.
Tell me when the password was changed.
Note when the password was last changed.
Note whether the password was changed shortly before.
Note the error code and the time.
What is the error code?
Read me the error code on the screen.
What is the stop code on the blue screen?
Note the message, its code, and since when.
Does the printer wait for a PIN?
Does it say that the PIN is wrong?
Can you unlock the phone with your PIN?
Can the caller sign in with the new password?
Does the password work at the web page?
Give the temporary password to the verified caller by the agreed way.
Give the caller a temporary password.
Send the caller a temporary password by the agreed way.
Let the caller choose a new password at the sign-in page.
Let the caller type the password.
Ask the caller to type the password once more.
Ask the caller to enter the new password on the phone as well.
Ask the caller whether the password was changed.
Show the password with the eye symbol and check it yourself.
Click the eye symbol in the password field to see what you type.
Is the account locked after too many wrong passwords?
Does the caller want to reset the password?
May I reset your password now?
Is the caller verified, and may the password be reset?
Enter the new password on your phone too.
The password was reset and the caller is in.
An engineer resets the password and revokes the sessions.
Is Windows Hello asking for a PIN or a fingerprint?
Sign in with your password instead of the PIN.
Did the password change in the last week?
Is the second factor a code or an approval?
Has the caller a new phone for the codes?
Did the code come by text message or by the app?
Is the country code in front of the number?
Which keyboard language is set when you type the password?
Is the number lock on while you enter the PIN?
Do you see a field for the user name and one for the password?
Which account does it name above the password field?
Does the Wi-Fi ask for a password?
Is it the Wi-Fi password that is refused?
Is there a password on the file?
The password is refused.
I forgot the password
I get past the password
Entered a password
The code was refused
Does the message tell you that the password has expired?
Open the Authenticator app and approve the sign-in yourself.
Let the caller enter the code on the sign-in page.
Write down the error message and the time.
Note which account asks for the password.
Is the code sent by text or by mail?
Is the password 12 characters long?
""".strip().split("\n")


def codes(text: str) -> set[FaultCode]:
    return {fault.code for fault in unsafe_content(text)}


@pytest.mark.parametrize("text", ASKS)
def test_a_text_that_asks_for_a_secret_is_refused(text: str) -> None:
    assert FaultCode.CREDENTIALS in codes(text)


@pytest.mark.parametrize("text", TALKS)
def test_a_text_that_only_speaks_of_secrets_passes(text: str) -> None:
    assert codes(text) == set()


def test_the_tables_are_large_and_without_duplicates() -> None:
    assert min(len(set(ASKS)), len(set(TALKS))) >= 60
    assert len(ASKS) == len(set(ASKS))
    assert len(TALKS) == len(set(TALKS))
