"""Secrets and user names in a caller's words, as far as they have a form.

A form is a phrase that states them ("the password is …", "logged in as …"), a place where they stand (a home folder, a
part of an address), or their own make-up (the prefix of a known key). Where a phrase states something, a word that
tells how things are ("is wrong") is left; any other word is taken for the secret: what is lost is little, what is told
cannot be taken back. Every repetition in these patterns is bounded, so that the work grows with the text and no faster.
"""

import re

SECRET = "[secret]"  # noqa: S105 - what stands in a secret's place
ACCOUNT = "[account]"

# --- keys and tokens, known by their make-up ---------------------------------------------------------------------

_KEYS = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,4000}(?:-----END [A-Z ]{0,40}-----)?"
    r"|\beyJ[\w-]{5,}(?:\.[\w-]*){0,4}"  # a JSON Web Token, or its first part
    r"|\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}"  # AWS
    r"|\b(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-|hf_|dop_v1_|shp(?:at|ca|pa|ss)_|xox[a-z]-|xapp-|sk-|[spr]k_live_|"
    r"[spr]k_test_|whsec_|dckr_pat_|AIza|ya29\.|SG\.|EAACEdEose0cBA|lin_api_|nfp_|pat-)(?=[\w.-]{0,200}\d)[\w.-]{8,}"
    r"|\bhttps://hooks\.slack\.com/services/[\w/]{8,}"
    r"|(?<=://)[^\s/:@]{1,200}:[^\s/@]{1,200}(?=@)"
    r"|(?<=[?&;])(?:access_token|api_?key|auth|client_secret|code|key|pass(?:word|wd)?|pwd|secret|sig|signature|token)="
    r"[^\s&;\"']{3,}"
    r"|\b(?:AccountKey|SharedAccessKey|client_secret|aws_secret_access_key)=[^\s;\"']{3,}"
    r"|\b(?:Bearer|Basic) (?=[\w.~+/=-]{0,300}[\dA-Z])[\w.~+/=-]{16,}"
    r"|\b(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}\b"  # a product key
    r"|\b(?=[0-9a-f]{0,200}\d)[0-9a-f]{32,}\b|\b(?=[0-9A-F]{0,200}\d)[0-9A-F]{32,}\b"
    r"|(?<![\w/\\.-])(?=[\w-]{0,200}\d)(?=[\w-]{0,200}[a-z])(?=[\w-]{0,200}[A-Z])[\w-]{20,}(?![\w/\\])"
    r"|(?<![\w+/])(?=[\w+/]{0,200}\d)(?:[A-Za-z0-9+/]{20,}={1,2}(?!\w)|(?=[\w+/]{0,200}[a-z])[A-Za-z0-9+/]{40}(?![\w+/]))"
)

# --- secrets that a phrase states --------------------------------------------------------------------------------

_WORD_FOR = (
    r"(?:pass\s?words?|passwd|pass\s?codes?|pass\s?phrases?|pass|pwd?|pins?|pin\scodes?|otps?|"
    r"(?:one[- ]time|access|api|security|session|bearer)\s(?:codes?|tokens?|keys?)|tokens?|"
    r"(?:recovery|bitlocker|wi-?fi|wlan|network|wpa2?|pre-?shared|licen[cs]e|product|private|shared)\skeys?|psk|"
    r"secrets?|credentials?|creds|kennw(?:ort|\u00f6rter)|passw(?:ort|\u00f6rter)|wachtwoord|mot de passe|"
    r"contrase\u00f1a|senha)"
)
_OF_WHAT = (
    r"(?:\s(?:for|of|on|in|at|to|from|by|that|which|i|we|you|he|she|they|f\u00fcr|von|vom|zum|zur|pour|para|voor)"
    r"(?:\s[\w.'-]{1,40}){0,6}?)?"
)
_WHOSE = r"(?:(?:my|our|his|her|their|your|the|a|an|its|this|that)\s)?(?:[\w-]{1,20}\s){0,2}?"
_QUOTED = r"\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|\u201c[^\u201d\n]{1,200}\u201d"
_ANY = rf"(?P<secret>{_QUOTED}|[^\s\"']\S{{0,199}})"
_MIXED = (
    r"(?P<secret>(?:(?=\S{0,200}\d)(?=\S{0,200}[^\W\d_])|(?=\S{1,200}[!@#$%^&*+=~]\w))"
    r"[^\s\"',;]{3,200})"
)
"""A word with letters and digits, or with a sign inside: no word of a sentence."""

_STATED = re.compile(
    rf"(?P<before>\b{_WORD_FOR}{_OF_WHAT}\s{{0,3}}(?:(?<!\d):=?|=|->|\b(?:is|was|reads|lautet|lautete|ist|war|hei(?:\u00df|ss)t|"
    rf"est|es|\u00e9)\b)\s{{0,3}}(?::|=|now\s)?\s{{0,3}}){_ANY}",
    re.IGNORECASE,
)
_STATED_MIXED = re.compile(
    rf"(?P<before>\b{_WORD_FOR}{_OF_WHAT}\s(?:(?:(?:should|must|would|will|may|might|can|could|has|have|had|needs|ought|"
    rf"used)\s(?:not\s)?(?:to\s)?(?:be|been)|are|were|to|be|sind|waren|soll\ssein)\s(?:[^\W\d_]{{1,20}}\s){{0,4}}?)?[\"']?|"
    rf"\b{_WORD_FOR}(?:\s[^\W\d_]{{1,20}}){{0,5}}\s(?:is|was|to)\s[\"']?){_MIXED}",
    re.IGNORECASE,
)
_CHANGED_TO = re.compile(
    rf"(?P<before>\b(?:changed?|reset|set|ge\u00e4ndert)\s(?:[\w'-]{{1,20}}\s){{0,3}}?{_WORD_FOR}\s(?:[\w-]{{1,20}}\s){{0,2}}?"
    rf"(?:to|auf)\s){_ANY}",
    re.IGNORECASE,
)
_TYPED = re.compile(
    r"(?P<before>\b(?:typed?|typing|entered|enter|used?|using|put(?:\sin)?|tried|try|gave|chose|choose|picked|set|took|"
    rf"wrote|have|had)\s){_ANY}(?P<after>\s(?:as|for)\s{_WHOSE}{_WORD_FOR}\b)",
    re.IGNORECASE,
)
_IS_THE = re.compile(
    rf"(?<![^\s\"'(]){_MIXED}(?P<after>\s(?:is|was|ist|war)\s(?:my|our|his|her|their|your|the|das|mein)\s(?:[\w-]{{1,20}}\s){{0,2}}?"
    rf"{_WORD_FOR}\b)",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"(?P<before>\b(?:credentials?|creds|log-?ins?(?:\s(?:details|data))?|log-?ons?|sign-?ins?|zugangsdaten|"
    r"anmeldedaten|account|user(?:\s?name)?)(?=[\s:=])"
    r"\s{0,3}(?::|=|\bis\b|\bare\b|\bwas\b|\bwere\b|\bwith\b|\bas\b|\bsind\b|\blauten\b)?\s{0,3}[:=]?\s{0,3}[\"']?)"
    r"(?P<user>[^\s\"',;:/|]{1,80})[\"']?"
    r"(?P<between>\s?[/|]\s?|\s?[,;:]\s(?=\S{0,80}[\d!@#$%^&*])|\s(?:and|und|with)\s(?=\S{0,80}[\d!@#$%^&*]))"
    r"(?P<secret>[^\s\"',;]{3,200})",
    re.IGNORECASE,
)

# --- codes that are good for once --------------------------------------------------------------------------------

_NO_CODE = (
    "error", "stop", "exit", "status", "event", "country", "area", "post", "zip", "product", "return", "result",
    "fault", "beep", "failure", "bar", "qr", "source", "model", "part", "colour", "color", "with", "reason", "problem",
    "response", "vendor", "device", "blink", "hex",
)  # fmt: skip
_CODE = "".join(rf"(?<!\b{word} )" for word in _NO_CODE) + r"\b(?:best\u00e4tigungs|sicherheits|einmal)?codes?"
_FIGURES = r"(?:[A-Z]{1,3}-)?(?:\d{3}[\s-]\d{3}(?:[\s-]\d{2,3})?|\d{4,8})(?![\w.:/-]*\w)"
_STATED_CODE = re.compile(
    rf"(?P<before>(?:{_CODE}|\bpins?\b|\botps?\b|\bcv[vc]2?\b|\btan\b)"
    r"(?:'s|\s(?:[^\W\d_]{1,20}\s){0,4}?"
    r"(?:is|was|ist|war|lautet|says|shows|reads|(?:should|must|would|will|has to) be))?\s{0,3}[:=]?\s{0,3}[\"']?)"
    r"(?P<secret>(?!0x)(?:[A-Z]{1,3}-)?(?=[A-Z0-9-]{0,40}\d)[A-Z0-9]{3,40}(?:[\s-]\d{2,10}){0,8})(?!\w)",
    re.IGNORECASE,
)
_SENT_CODE = re.compile(
    r"(?P<before>\b(?:one-time|otp|2fa|mfa|totp|authenticator|verification|verify|text message|texted|sms|tan|token|"
    rf"passcode|einmal\w{{0,20}})\b[^.;!?\n\d]{{0,40}}?)(?P<secret>{_FIGURES})",
    re.IGNORECASE,
)
_CODE_BEFORE = re.compile(
    rf"(?<![\w.:/-])(?P<secret>{_FIGURES})(?P<after>\s(?:is|was|as|for)\s{_WHOSE}"
    r"(?:code|pin|otp|tan|token|passcode|2fa|mfa)\b)",
    re.IGNORECASE,
)

# --- user names --------------------------------------------------------------------------------------------------

_USER_NAME = re.compile(
    r"(?P<before>\b(?:(?:user|login|account|logon|sign-?in)\s?(?:name|id)|upn|samaccountname|benutzername|kennung)\b"
    r"\s?(?::|=|\bis\b|\bwas\b|\bist\b|\blautet\b)?\s{0,3}[\"']?"
    r"|\b(?:login|logon|account|user)\s?(?::|=)\s{0,3}[\"']?"
    r"|\b(?:login|account|user)\s(?=\S{0,80}[^\W\d_])(?=\S{0,80}(?:\d|[^\W\d_][._][^\W\d_]))"
    r"|\b(?:logged|signed|logging|signing|log|sign)\s(?:in|on)\sas\s[\"']?|\bangemeldet\sals\s[\"']?"
    r"|\b(?:login|logon)\s(?:is|was)\s"
    r"|(?:(?:^|[.,;:!?(]\s?)|\b(?:my|his|her|their|our|the|with|under|user|and)\s)(?:login|logon)\s(?:is\s|was\s)?)"
    r"(?P<secret>[^\s\"',;:()/|]{0,80}[^\s\"',;:.!?()/|])",
    re.IGNORECASE,
)
_NO_USER_NAME = frozenset(
    """
    a account administrator after again almost already always an and another any anybody anyone as asks at attempt
    attempts be because been before blocked box breaks broke broken but button by can can't cannot changed code
    codes comes correct crashes credentials data details dialog dialogue did didn didn't different disableddoesn
    does doesn doesn't domain don don't during each error errors every everybody everyone expired fail failed fails
    failure failures fine first flow for form freezes from gets gives guest had hangs happens has hasn her here him
    history hours how i if impossible in incorrect into invalid is isn issue issues it its itself just keeps kept
    local locked loop loops mask me message method my name names needed needs never no nobody normal normally not
    nothing now of off often ok okay on once only or our out over page pages password passwords pop-up popup portal
    possible problem problems procedure process profile prompt prompts properly quickly refused rejected required
    requires root says screen screens script scripts server servers service session sessions shown shows since slow
    slowly so somebody someone something soon still stopped stops succeeded successful system takes that the their
    them then there they this time times to today token tries try twice two types unknown until us used user users
    using very via wants was wasn we website well when where whether which while who why will window windows with
    within without won won't work worked working works wrong yesterday yet you your
    """.split()  # noqa: SIM905 - as a list, they would fill many lines
)
_HOME_FOLDER = re.compile(
    r"(?P<before>(?<![\w.:\\/])(?:[A-Z]:)?[\\/]{1,4}(?:[\w.$-]{1,80}[\\/]{1,2}){0,6}?(?:users?|homes?|home-?dirs?|"
    r"home-?drives?|userdata|userprofiles?|profiles?|redirected|benutzer|upd)\$?[\\/]{1,2})"
    r"(?P<secret>[^\s\\/\"'<>|,;:]{0,80}[^\s\\/\"'<>|,;:.!?])",
    re.IGNORECASE,
)
_DOTTED_FOLDER = re.compile(
    r"(?P<before>\\{2,4}[\w.-]{1,80}\\{1,2}(?:[\w.$-]{1,80}\\{1,2}){0,4}?)(?P<secret>[^\W\d_]{2,40}\.[^\W\d_]{2,40})"
    r"(?=[\\\s,;:!?\"']|\.?$|\.\s)",
    re.IGNORECASE,
)
_NO_USERS_FOLDER = frozenset("public default shared all %username% %userprofile%".split())  # noqa: SIM905 - as below
_FILE_TYPES = frozenset(
    """
    accdb bak bat cfg cmd com csv dat dll doc docx exe htm html ico img ini internal iso jpeg jpg js json lan link
    lnk local log mdb mp3 mp4 msi msix net org ost pdf pdfx png ppt pptx ps ps1 pst reg sql sys tif tiff tmp txt url
    vbs vhd vhdx wav xls xlsm xlsx xml zip
    """.split()  # noqa: SIM905 - as a list, they would fill many lines
)

_STATES = frozenset(
    """
    a abgelaufen about accepted again all already also always an and annoying any anything asked asking at auch back
    because being blank blocked broken but by can changed checked coming complex compromised correct das default
    denied der die different disabled displayed doing due ein empty enabled enforced entered es exactly expired
    expires expiring exposed falsch fine first for forgotten from gesperrt getting going gone good green grey greyed
    guessed hacked having here hidden how ignored immer in incorrect invalid it its jetzt just known korrekt last
    leaked leer less letting linked locked long longer lost managed me mir missing misspelled mistyped mixed more my
    needed neu never new next nicht no noch none not nothing now of off ok okay old on only or otherwise out
    outdated over please prompted protected quite random red refused rejected requested required reset richtig right
    safe same saved schon secret sent set shared she short showing shown sie so somebody someone something spelt
    stale still stored strong supposed sure synced syncing temporary that the then there they this ticked to too two
    unbekannt ungültig unknown unlock unlocked unsafe up updated used valid vergessen very visible wanted weak weg
    what when where which who why wird with without working written wrong yes you your zu
    """.split()  # noqa: SIM905 - as a list, they would fill many lines
)
"""What may follow "the password is" and tells how things are, in English and German."""


def without_keys(text: str) -> str:
    """Take out keys and tokens: before names and accounts, parts of which they may hold by chance."""
    return _KEYS.sub(SECRET, text)


def without_secrets(text: str) -> str:
    """Take out what a phrase states to be a secret, and codes that are good for once."""
    said = _PAIR.sub(_hide_pair, text)
    said = _TYPED.sub(_hide_unless_state, said)
    said = _STATED_CODE.sub(rf"\g<before>{SECRET}", said)
    said = _SENT_CODE.sub(rf"\g<before>{SECRET}", said)
    said = _CODE_BEFORE.sub(rf"{SECRET}\g<after>", said)
    said = _STATED.sub(_hide_unless_state, said)
    said = _STATED_MIXED.sub(_hide_unless_state, said)
    said = _CHANGED_TO.sub(_hide_unless_state, said)
    return _IS_THE.sub(rf"{SECRET}\g<after>", said)


def without_user_names(text: str) -> str:
    """Take out user names that a phrase states, and those of home folders."""
    said = _HOME_FOLDER.sub(_hide_user_folder, text)
    said = _DOTTED_FOLDER.sub(_hide_unless_file, said)
    return _USER_NAME.sub(_hide_unless_no_user_name, said)


def _hide_unless_state(found: re.Match[str]) -> str:
    said = found["secret"].strip("\"'.,;:!?()\u201c\u201d").casefold()
    if said in _STATES or not said or said.startswith("["):
        return found.group()
    groups = found.groupdict()
    return f"{groups.get('before', '')}{SECRET}{groups.get('after', '')}"


def _hide_pair(found: re.Match[str]) -> str:
    if found["user"].casefold() in _STATES | _NO_USER_NAME:
        return found.group()
    return f"{found['before']}{ACCOUNT}{found['between']}{SECRET}"


def _hide_unless_no_user_name(found: re.Match[str]) -> str:
    said = found["secret"].casefold().replace("\u2019", "'")
    if said in _NO_USER_NAME or said in _STATES or said.startswith("["):
        return found.group()
    return f"{found['before']}{ACCOUNT}"


def _hide_user_folder(found: re.Match[str]) -> str:
    said = found["secret"].casefold()
    return found.group() if said in _NO_USERS_FOLDER or said.startswith("[") else f"{found['before']}{ACCOUNT}"


def _hide_unless_file(found: re.Match[str]) -> str:
    is_file = found["secret"].rpartition(".")[2].casefold() in _FILE_TYPES
    return found.group() if is_file else f"{found['before']}{ACCOUNT}"
