"""What has the form of a secret, a user name or a code is taken out; what tells a technical problem stays."""

import time
from collections.abc import Callable

import pytest

from l1.building.redaction import redacted
from l1.building.secrets import without_keys, without_secrets, without_user_names


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("login jsmith", "login [account]"),
        ("my login is jsmith and it fails", "my login is [account] and it fails"),
        ("logged in as jsmith on PC7", "logged in as [account] on PC7"),
        ("I typed hunter2 as my password", "I typed [secret] as my password"),
        ("I used sunshine as my password", "I used [secret] as my password"),
        ("credentials are admin / S3cret!pass", "credentials are [account] / [secret]"),
        ("the credentials are: admin/S3cret!pass", "the credentials are: [account]/[secret]"),
        ("credentials are admin and S3cret!pass", "credentials are [account] and [secret]"),
        ("login: jsmith, password: letmein", "login: [account], password: [secret]"),
        ("login admin / letmein", "login [account] / [secret]"),
        ("password should be Winter2025", "password should be [secret]"),
        ("the password must be Winter2025!", "the password must be [secret]"),
        ("passwort lautet Geheim1", "passwort lautet [secret]"),
        ("das passwort lautet sommer", "das passwort lautet [secret]"),
        ("mein Kennwort ist sommer und geht nicht", "mein Kennwort ist [secret] und geht nicht"),
        ("Wifi password for guest network is: welcome", "Wifi password for guest network is: [secret]"),
        ("wifi key for the guest network: blue-horse", "wifi key for the guest network: [secret]"),
        ("the password for the guest wifi is bluehorse", "the password for the guest wifi is [secret]"),
        ("password for Outlook is hunter2", "password for Outlook is [secret]"),
        ("Winter2025 is my password", "[secret] is my password"),
        ("S3cret!pass is the password for the portal", "[secret] is the password for the portal"),
        ("I changed my password to sunshine", "I changed my password to [secret]"),
        ("reset his password to Winter24", "reset his password to [secret]"),
        (
            "my jwt is eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            "my jwt is [secret]",
        ),
        ("the header is eyJhbGciOiJIUzI1NiJ9", "the header is [secret]"),
        ("the signature is dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", "the signature is [secret]"),
        ("Authorization: Bearer abcdef1234567890abcdef", "Authorization: [secret]"),
        ("key AKIAIOSFODNN7EXAMPLE fails", "key [secret] fails"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[secret]"),
        ("github_pat_11ABCDEFG0abcdefghijkl_xyz", "[secret]"),
        ("xoxb-123456789012-abcdefghijkl", "[secret]"),
        ("sk-proj-abc123def456ghi789", "[secret]"),
        ("sk-ant-api03-abc123DEF", "[secret]"),
        ("glpat-abc123def456ghi789jk", "[secret]"),
        ("AIzaSyA-1234567890abcdefghijklmnopqrstuv", "[secret]"),
        ("aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "[secret]"),
        ("https://jsmith:letmein@intranet.example/x", "https://[secret]@intranet.example/x"),
        ("https://x.example/cb?code=abc123&state=1", "https://x.example/cb?[secret]&state=1"),
        ("Server=db;User Id=sa;Password=letmein;", "Server=db;User Id=[account];Password=[secret]"),
        ("-----BEGIN RSA PRIVATE KEY----- MIIabc123 -----END RSA PRIVATE KEY-----", "[secret]"),
        ("\\\\server\\home\\first.last is not there", "\\\\server\\home\\[account] is not there"),
        ("\\\\\\\\server\\\\home\\\\first.last", "\\\\\\\\server\\\\home\\\\[account]"),
        ("\\\\fs01\\users$\\jsmith\\Documents", "\\\\fs01\\users$\\[account]\\Documents"),
        ("\\\\server\\data\\first.last\\x", "\\\\server\\data\\[account]\\x"),
        ("/home/jsmith/.cache and /Users/jdoe/Library", "/home/[account]/.cache and /Users/[account]/Library"),
        ("C:\\Users\\jdoe\\AppData", "C:\\Users\\[account]\\AppData"),
        ("the sms said 482913", "the sms said [secret]"),
        ("authenticator shows 482 913", "authenticator shows [secret]"),
        ("my code is G-482913", "my code is [secret]"),
        ("482913 is my code", "[secret] is my code"),
        ("verification code 482913", "verification code [secret]"),
        ("the one-time password is 482913", "the one-time password is [secret]"),
        ("they texted me 4829", "they texted me [secret]"),
        ("2FA: 482-913", "2FA: [secret]"),
        ("product key VK7JG-NPHTM-C97JM-9MPGT-3V66T", "product key [secret]"),
        ("call me on +49 (0)30 \u2013 1234567 ext. 12", "call me on [number]"),
        ("ring +44 20 7946 0958 x12", "ring [number]"),
        ("the number is 07700 900123", "the number is [number]"),
        ("user name jsmith does not work", "user name [account] does not work"),
        ("username: j.smith", "username: [account]"),
        ("the PIN should be 4711", "the PIN should be [secret]"),
        ("pin 4711", "pin [secret]"),
        ("her password was \"open sesame\"", "her password was [secret]"),
        ("the password is 'blue horse'", "the password is [secret]"),
        ("my password hunter2 does not work", "my password [secret] does not work"),
    ],
)  # fmt: skip
def test_what_has_the_form_of_a_secret_a_user_name_or_a_code_is_taken_out(text: str, told: str) -> None:
    assert redacted(text, None, None) == told


@pytest.mark.parametrize(
    "text",
    [
        "login page is blank",
        "login fails with error 50126",
        "the login screen hangs",
        "my login does not work",
        "login to the VPN fails",
        "I am logged in as administrator",
        "signed in as a guest",
        "logged in as another user",
        "single sign-on loops after login",
        "the login script maps drive H",
        "password reset link is broken",
        "the password prompt in Outlook is annoying",
        "the password for the shared mailbox is unknown",
        "the password field is grey",
        "password should be changed every 90 days",
        "the password must be 12 characters long",
        "password to Outlook is asked again",
        "my password has to be changed",
        "the password policy should be stricter",
        "credentials are wrong",
        "credentials are not accepted",
        "Windows asks for credentials",
        "the token expired",
        "the PIN is asked twice",
        "code 43 in Device Manager",
        "installer fails with code 1603",
        "error code 0x80070005",
        "stop code CRITICAL_PROCESS_DIED",
        "exit code 1603",
        "HTTP 503 and event ID 4625",
        "version 10.0.19045.3803 of Windows, build 22631",
        "IP 192.168.100.200, gateway 10.0.0.1, mask 255.255.255.0",
        "fe80::1ff:fe23:4567:890a and 00:1A:2B:3C:4D:5E",
        "HP LaserJet M404dn, Dell Latitude 7420, ThinkPad T14",
        "model number SM-G991B, Canon iR-ADV C5535i",
        "KB5034441 and CVE-2024-21412",
        "\\\\server\\share\\report.docx is locked",
        "\\\\server\\share and \\\\print01\\HP-2",
        "C:\\Users\\Public\\Desktop",
        "C:\\Program Files\\Microsoft Office\\root\\Office16",
        "/etc/hosts and /var/log/syslog",
        "ticket 4711 from last week, room 214",
        "port 3389 is closed, 8080 is open",
        "the screen has 1920x1080 points at 144 Hz",
        "disk is 512 GB, 12,345 files",
        "the authenticator app does not open",
        "the text message does not arrive",
        "the code does not arrive",
        "verification takes 10 minutes",
        "Teams 1.6.00.4472 hangs",
        "the licence key is not valid",
        "the wifi key is refused",
        "user profile cannot be loaded",
        "the user profile service failed",
        "the account is locked",
        "account locked out",
        "I used it as my password",
        "the problem is the password",
        "what is my password",
        "SQL error 18456 state 8",
        "GUID 12345678-1234-1234-1234-123456789abc stays",
        "Outlook asks for my password as soon as it starts",
        "https://portal.office.com/account and https://site/users/list",
        "BSOD 0x0000007E after update 23H2",
        "the printer shows 79.00FE",
        "serial number CND1234XYZ",
        "since 14:30, 3 users and 2 printers",
        "I have entered it as my pin",
        "it says password incorrect",
        "he set a new password for the wifi",
        "two-factor: the number changes too fast",
    ],
)
def test_technical_words_keep_their_meaning(text: str) -> None:
    assert redacted(text, None, None) == text


@pytest.mark.parametrize("of", [without_keys, without_secrets, without_user_names], ids=lambda of: of.__name__)
@pytest.mark.parametrize(
    "part",
    [
        "a",
        "0a",
        "a=",
        "\\\\a\\",
        "/users/",
        "1-",
        "12 ",
        "password for ",
        "token for a b c d ",
        "user a / ",
        "used x as ",
    ],
)
@pytest.mark.usefixtures("slow")
def test_the_work_grows_with_the_text_and_no_faster(part: str, of: Callable[[str], str]) -> None:
    """Four times the text takes about four times as long; sixteen times would be the square."""

    def seconds(length: int) -> float:
        text = (part * length)[:length]
        taken = []
        for _ in range(3):
            began = time.thread_time()
            of(text)
            taken.append(time.thread_time() - began)
        return min(taken)

    assert seconds(8_000) <= 10 * seconds(2_000) + 0.005
