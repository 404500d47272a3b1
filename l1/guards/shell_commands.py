"""What may be typed or run on a call: a short list of forms that only read or are harmless, and nothing else.

None of them needs administrator rights or takes an option that is not written here. What is left of a text when they
are taken out may have nothing in it that a shell, a registry or a database would understand.
"""

import re

from l1.guards.folding import plain, readings

DETAIL = (
    "It has a command, path, script, option or system setting in it that L1 may not use. Describe the way through "
    "menus and settings instead. Only plain ipconfig, ping, nslookup, hostname, whoami, winver, systeminfo, net "
    "use, msinfo32, ncpa.cpl, control printers or outlook /safe may be typed."
)

_HOST = r"(?:\d{1,3}(?:\.\d{1,3}){3}|(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*)"
_ALLOWED = re.compile(
    rf"(?<![\w./\\%$-])(?:"
    rf"ipconfig(?:\.exe)?(?: /(?:all|flushdns|release|renew)(?![\w/]))?"
    rf"|(?:ping|nslookup|tracert)(?: (?>{_HOST}))?"
    rf"|dsregcmd /status|gpresult /r"
    rf"|net use(?=[\"'.,;:!?)]|$| and\b)"
    rf"|(?:outlook|winword|excel|powerpnt)(?:\.exe)? /safe"
    rf"|(?:ncpa|appwiz|mmsys|main|desk|timedate|inetcpl|powercfg|sysdm|intl)\.cpl"
    rf"|control (?:printers|panel)|(?:hostname|whoami|winver|systeminfo|msinfo32|taskmgr|explorer|mstsc|"
    rf"dxdiag)(?:\.exe)?"
    rf")(?![\w\\]|/\w)",
    re.IGNORECASE,
)
_DONE = " allowedform "

_SIGNS = re.compile(
    r"`|~~~|\||&&|>>|\d>|[<>]\s*\S+\.\w{1,4}\b|>\s*(?:/|[a-z]:|&|nul\b)|\$[\w({]|%\w+%|\bhk(?:ey_\w+|lm|cu|cr|u|cc)\b"
    r"|(?<=[\w\"'.)])\s+[\"']?-{1,2}[a-z?][\w-]*(?![\w-]*\s-)|(?<=[\w\"'.)])\s+[\"']?/[a-z?][\w:./-]*|(?:^|"
    r"\s)[\"']?\.{1,2}[/\\]"
    r"|\b[a-z]:[\\/]|~/\w|\w\\\w+\\|\*\.[*\w]|[;{}]\s*\w+\s*\(|\b[\w-]+\.(?:exe|bat|cmd|ps[md]?1|vb[se]|jse?|"
    r"ws[fh]|ms[ip]|msc|"
    r"scr|sh|bash|zsh|py|reg|hta|dll|jar|lnk|cpl|inf|apk|dmg|pkg|iso|command|scpt|sys|pl|rb|php|iso|img)\b(?!\.)"
    r"|\b(?:javascript|vbscript|data|ms-[a-z]+|shell|file):\S|[a-z0-9+/=]{40,}",
    re.IGNORECASE,
)
_VERB = (
    "add|clear|close|connect|copy|disable|disconnect|dismount|enable|enter|export|find|format|get|grant|"
    "import|initialize|"
    "install|invoke|mount|move|new|open|out|optimize|publish|register|remove|rename|repair|reset|resize|"
    "restart|restore|"
    "resume|revoke|save|select|send|set|show|start|stop|suspend|test|uninstall|unlock|unregister|update|wait|write"
)
_POWERSHELL = re.compile(
    rf"\b(?i:{_VERB})-(?!In\b|Ins\b|Up\b|Out\b|On\b|Off\b|Only\b|To\b|Time\b|And\b)[A-Z][A-Za-z]{{2,}}\b"
)
_POWERSHELL_SMALL = re.compile(
    rf"\b(?:{_VERB})-(?:item\w*|process|service|computer\w*|ad\w{{4,}}|local(?:user|group)\w*|net\w{{4,}}|"
    rf"appx\w*|expression|"
    r"web\w+|rest\w+|command|content|object|executionpolicy|module|volume|disk|partition|mp\w+|eventlog|"
    r"wmiobject|cim\w+|"
    r"childitem|psdrive|pssession|scheduledtask\w*|dnsclient\w*|printer\w*|windows\w+|bitlocker\w*|mailbox\w*|"
    r"mguser\w*)\b"
    r"|\binvoke-\w+|\biex\b|\birm\b|\biwr\b|\bexecutionpolicy\b|\bencodedcommand\b"
)
_NAMES = re.compile(
    r"\b(?:reg ?edit|regedt32|registry (?:editor|key|hive|value)s?|disk ?part|chkdsk|bcdedit|bootrec|netsh|"
    r"wmic|sfc|dism|"
    r"schtasks|taskkill|icacls|cacls|takeown|attrib|robocopy|xcopy|mklink|vssadmin|wbadmin|wevtutil|fsutil|"
    r"certutil|bitsadmin|"
    r"mshta|rundll32|regsvr32|cscript|wscript|gpupdate|gpedit|secpol|lusrmgr|psexec|msiexec|wusa|slmgr|nltest|"
    r"w32tm|klist|"
    r"cmdkey|manage-bde|repair-bde|powercfg|tsdiscon|sudo|curl|wget|ssh|scp|sftp|telnet|netcat|nmap|chmod|"
    r"chown|chgrp|mkfs\w*|"
    r"fdisk|killall|pkill|launchctl|systemctl|csrutil|nvram|diskutil|dscl|msconfig|sysprep|usmt|rmdir|mkdir|rasdial|"
    r"add-type|new-object|hxd|burp|metasploit|mimikatz|nc|tasklist|services\.msc|crontab|visudo|iptables|ifconfig)\b"
    r"|\bnet (?:user|localgroup|group|stop|start|share|accounts?|session|view|file|config|time|send|computer|"
    r"use)\b(?! (?:of|is|to))"
    r"|\breg (?:add|delete|import|export|query|load|save|restore)\b|\bsc (?:stop|start|delete|config|create|query)\b"
    r"|\bdefaults (?:write|delete)\b|\b(?:apt|apt-get|yum|dnf|brew|pip3?|npm|choco|winget|snap) (?:install|"
    r"remove|update|upgrade|"
    r"uninstall|purge)\b|\bgit (?:clone|reset|push|pull)\b|\bdocker (?:run|exec|rm|stop|system)\b|"
    r"\b(?:python3?|perl|ruby|php|"
    r"node|bash|zsh|sh) -\w|\bformat [a-z]:|\bdel (?:[/*\"'%\\]|\S*[\\*.]\w)|\berase (?:[*\"'%\\]|"
    r"\S*[\\*]\S*)|\brd /|\brm (?!\d)\S+"
    r"|\bcd (?:\.\.|[/\\~])|\bkill -?\d|\bdd if\b|\bshutdown [-/]|\bsu -|\broute (?:add|delete|print)\b|"
    r"\barp -|\bcipher /"
    r"|\bnetstat\b|\bset \w+ ?=|\bexport \w+=|\beval\b ?\(|\bexec\b ?\(|:\(\)|\bcopy con\b|\bcat /|"
    r"\becho \S+ ?>|\btype \S+ ?>"
    r"|\b(?:type|run|enter) [\"']?control \w"
)
_SQL = re.compile(
    r"\b(?:drop|truncate|alter|create) (?:table|database|schema|index|user|login)\b|\bdelete from \w+(?: where\b| "
    r"?;|$)"
    r"|\binsert into \w+ ?(?:values\b|\()|\bselect (?:\*|[\w, ]+ from \w+ (?:where|;))|"
    r"\bupdate \w+ set \w+ ?=|\bunion select\b"
    r"|\bor '?1'? ?= ?'?1|\bxp_cmdshell\b"
)
_AS_ADMINISTRATOR = re.compile(
    r"\b(?:run|open|start|launch|sign|log|right-click)\w*\b[^.!?]{0,60}\b(?:as|with) (?:an? |the )?(?:local |"
    r"domain )?"
    r"(?:admin(?:istrator)?s?\b(?! approv)|elevated|root\b)|\belevated (?:command|prompt|rights|terminal|powershell)|"
    r"\b(?:terminal|prompt|powershell|cmd) \(?admin|\badmin(?:istrator)? (?:command|prompt|terminal|"
    r"powershell|shell)\b|"
    r"\bas root\b|\broot shell\b"
)
_PASTED = re.compile(
    r"\bpaste\b[^.!?]*\b(?:console|developer tools|address bar|terminal|prompt|powershell|run (?:box|dialog|"
    r"window|field))|"
    r"(?:windows|win)(?: key)? ?\+ ?r\b.*\b(?:ctrl|control|command) ?\+ ?v\b|(?:windows|"
    r"win)(?: key)? ?\+ ?r\b.*\bpaste\b|"
    r"\b(?:terminal|prompt|powershell|console)\b.*\b(?:paste|(?:ctrl|control|command) ?\+ ?v\b)"
)
_A_SCRIPT = re.compile(
    r"\b(?:run|execute|paste|type|enter|launch|use|issue|input)\b (?:(?:the|this|that|a|an|following|below|next|"
    r"these|"
    r"each|of|attached) ){1,3}(?:\w+ ){0,2}?(?:commands?|scripts?|macros?|batch|quer(?:y|ies)|one-?liner|"
    r"snippet|cmdlets?)\b"
    r"(?![\"': ]{0,4}allowedform)|\bexecute\b|\b(?:run|use) (?:\w+ ){0,2}scripts?\b"
)
_SHELL = re.compile(
    r"\b(?:command (?:prompt|line|window)|terminal|power ?shell|pwsh|cmd|run (?:box|dialog|window|field)|"
    r"(?<!admin )(?<!management )(?<!administration )(?<!administrator )(?<!cloud )(?<!web )console)\b|\bin (?:a|"
    r"the) shell\b"
    r"|(?:windows|win)(?: key)? ?\+ ?r\b"
)
_SPOKEN = re.compile(
    # What a shell would read, said in words.
    r"\b(?:slash|dash|minus|hyphen) (?!(?:between|and|in|before|after|to|or|of|at|on|is|as|with|if|sign|key|there|"
    r"from|"
    r"that)\b)[a-z]+\b|\bstar dot star\b|\bd e l\b|\bs f c\b|\bc m d\b|\bpaste (?:it|this|that|what|"
    r"whatever)\b[^.!?]*\b"
    r"(?:i|we) (?:send|sent|give|gave|wrote)|\bcopy\b[^.!?]*\b(?:into|in|to) (?:the |a )?(?:console|terminal|prompt|"
    r"power ?shell|run (?:box|dialog))|\b(?:windows|win) key and (?:the )?(?:letter )?r\b[^?]*\bpaste|\brun power "
    r"?shell with\b"
    r"|\ballowedform\b(?: command)? with (?:the |an? )?(?:\w+ )?(?:option|switch|parameter|flag|argument)"
    r"|\b(?:run|type|enter|then) (?:shutdown|logoff|format c)\b"
)
_INSIDE = re.compile(
    # Places inside the system that no L1 goes to on a model's word.
    r"\belevated\b|\badministrative (?:shell|prompt|console|terminal)\b|\bat the prompt\b|\bkey in\b|\b(?:the|"
    r"this|that|repair) (?:line|one-?liner) (?:below|above|"
    r"from)\b|\bdot (?:bat|exe|"
    r"cmd|ps1|vbs|sh|reg|msi)\b|\bautomator\b|\bshell (?:scripts?|actions?|commands?)\b|\bsystem file checker\b|"
    r"\bhosts file\b|\bregistry\b|\btask scheduler\b|\bsystem32\b|\bsystem folder\b|\butilman\b|\bvba\b|\bbatch "
    r"files?\b|@echo\b"
    r"|\babout:\w|\b(?:vi|vim|nano) to\b|\bboot\b[^.!?]*\bfrom (?:a|the|an)\b[^.!?]*\b(?:stick|disc|disk|cd|dvd|usb)"
    r"|\b(?:change|edit|set|add|open|create|use)\b[^.!?]*\b(?:group|local|security) polic(?:y|ies)\b"
    r"|\b(?:enter|open|start|go|change|update|set|in|boot)(?: (?:the|your|its|into|to))* (?:bios|uefi)\b(?! "
    r"(?:screen|message|"
    r"error|logo|version))"
)
_TYPED = re.compile(
    r"\b(?:type|types|typing|run|runs|running|(?<!press )(?<!hit )enter|input|execute)\b(?: in| into (?:it|the \w+))?"
    r"(?: the)?(?: command| line)?:? [\"'(]?([^\s\"',;:!?]+)"
)
_NO_COMMAND = re.compile(
    r"^(?:allowedform|it|cmd|the|this|that|command|power|powershell|terminal|and|or|in|into|again|exactly|ok|nothing|"
    r"what|each|them|then|now|yourself|to|for|your|my|by|on|once|until|a|an|as|slowly|menu|key|there|up|box)?[.)]*$"
)


def has_command(text: str) -> bool:
    """Tell whether something in the text is to be run or typed into a machine that is not on the list."""
    left = without_allowed_forms(plain(text))
    if _SIGNS.search(left) or _POWERSHELL.search(left):
        return True
    return any(map(_has_command, readings(left)))


def without_allowed_forms(shown: str) -> str:
    return _ALLOWED.sub(_DONE, shown)


def _has_command(left: str) -> bool:
    patterns = (_POWERSHELL_SMALL, _NAMES, _SQL, _AS_ADMINISTRATOR, _PASTED, _A_SCRIPT, _SPOKEN, _INSIDE)
    if any(pattern.search(left) for pattern in patterns):
        return True
    return bool(_SHELL.search(left)) and any(not _NO_COMMAND.match(typed) for typed in _TYPED.findall(left))
