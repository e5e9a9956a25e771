"""What protocol.md fixes, as data: the verbs with their own codes, the codes, the rows. The client checks every line against it."""

LINE_BYTES = 8192
MESSAGE_BYTES = 4096

# A command that says too little, one that says too much: both may come from any verb.
CODES_OF_ANY_VERB = {
    "NEED_MORE_PARAMS", "INVALID_PARAMS", "LOGIN_REQUIRED", "TEXT_TOO_LONG", "TEMPORARILY_UNAVAILABLE",
    "INPUT_TOO_LONG", "INVALID_UTF8", "INVALID_CHARACTER",
}
CODES_WITH_A_ROOM = {"NO_ROOM", "NO_SUCH_ROOM", "NOT_A_MEMBER"}
CODES_WITH_A_NUMBER = {"TEXT_TOO_LONG", "RATE_LIMITED", "QUOTA_EXCEEDED", "IMAGE_TOO_LARGE"}

_ROOM = CODES_WITH_A_ROOM
_ROLE = {"FORBIDDEN"}

# The verbs in the order of section 4, each with the codes that only some verbs give.
OWN_CODES = {
    "HELP": {"UNKNOWN_COMMAND"},
    "SIGNUP": {"ALREADY_LOGGED_IN", "INVALID_USERNAME", "USERNAME_TAKEN", "INVALID_EMAIL", "WEAK_PASSWORD",
               "RATE_LIMITED"},
    "VERIFY": {"ALREADY_LOGGED_IN", "INVALID_TOKEN", "EXPIRED_TOKEN", "USERNAME_TAKEN", "RATE_LIMITED"},
    "LOGIN": {"ALREADY_LOGGED_IN", "INVALID_CREDENTIALS", "RATE_LIMITED", "QUOTA_EXCEEDED"},
    "RESUME": {"ALREADY_LOGGED_IN", "INVALID_TOKEN", "EXPIRED_TOKEN", "RATE_LIMITED", "QUOTA_EXCEEDED"},
    "TOKEN": {"QUOTA_EXCEEDED", "INVALID_TOKEN", "EXPIRED_TOKEN", "RATE_LIMITED"} | _ROLE,
    "PASSWD": {"INVALID_CREDENTIALS", "WEAK_PASSWORD", "RATE_LIMITED"},
    "RESET": {"ALREADY_LOGGED_IN", "INVALID_TOKEN", "EXPIRED_TOKEN", "WEAK_PASSWORD", "RATE_LIMITED"},
    "WHOAMI": set(),
    "SET": {"INVALID_ZONE", "INVALID_EMAIL", "RATE_LIMITED"} | _ROLE,
    "EXPORT": {"RATE_LIMITED"},
    "ACCOUNT": {"INVALID_CREDENTIALS", "RATE_LIMITED"},
    "PING": set(),
    "QUIT": set(),
    "CREATE": {"INVALID_ROOM", "ROOM_EXISTS", "QUOTA_EXCEEDED"},
    "GROUPS": set(),
    "INFO": _ROOM,
    "JOIN": _ROOM | _ROLE | {"QUOTA_EXCEEDED", "RATE_LIMITED"},
    "LEAVE": _ROOM,
    "RESIGN": _ROOM,
    "INVITE": _ROOM | {"NO_SUCH_USER", "RATE_LIMITED", "QUOTA_EXCEEDED"},
    "MEMBERS": _ROOM,
    "TOPIC": _ROOM | _ROLE,
    "KICK": _ROOM | _ROLE | {"NO_SUCH_USER"},
    "ROLE": _ROOM | _ROLE | {"NO_SUCH_USER"},
    "ACCESS": _ROOM | _ROLE,
    "RENAME": _ROOM | _ROLE | {"INVALID_ROOM", "ROOM_EXISTS"},
    "DELETE": _ROOM | _ROLE,
    "MSG": _ROOM,
    "HISTORY": _ROOM,
    "MOOD": _ROOM,
    "BUDGET": _ROOM | {"INVALID_BUDGET"},
    "DISTANCE": _ROOM | {"INVALID_DISTANCE"},
    "AVAIL": _ROOM | {"INVALID_TIME", "INVALID_DURATION", "QUOTA_EXCEEDED", "NO_SUCH_USER"},
    "WHEN": _ROOM | {"INVALID_DURATION", "INVALID_TIME", "NO_SUCH_USER"},
    "STATS": _ROOM | {"NO_SUCH_USER"},
    "AVATAR": {"IMAGE_TOO_LARGE", "RATE_LIMITED", "NO_UPLOAD", "CHECKSUM_MISMATCH", "UNSUPPORTED_IMAGE",
               "NO_SUCH_USER"},
}

CODES_WITHOUT_A_VERB = {"INPUT_TOO_LONG", "INVALID_UTF8", "INVALID_CHARACTER", "UNKNOWN_COMMAND"}

# Verbs of two words: the second stands in their OK, and only there.
TWO_WORD_VERBS = {"TOKEN", "SET", "ACCOUNT", "AVATAR"}

ROW_KINDS = {"HELP", "ACCOUNT", "GROUP", "MEMBER", "HISTORY", "AVAIL", "WHEN", "BEST", "STATS", "TOKEN", "AVATAR"}

EVENT_VERBS = {
    "MSG", "JOIN", "LEAVE", "RESIGN", "KICK", "ROLE", "TOPIC", "ACCESS", "CREATE", "RENAME", "DELETE", "INVITE",
    "MOOD", "BUDGET", "DISTANCE", "AVAIL", "AVATAR", "NAME", "NOTICE",
}

# Cc but TAB, and the characters that turn a terminal's direction of writing.
FORBIDDEN_CHARACTERS = (
    [chr(code) for code in range(0x00, 0x20) if code not in (0x09, 0x0A)]
    + [chr(0x7F)]
    + [chr(code) for code in range(0x80, 0xA0)]
    + ["\u2028", "\u2029"]
    + [chr(code) for code in range(0x202A, 0x202F)]
    + [chr(code) for code in range(0x2066, 0x206A)]
)


def codes_allowed(verb: str) -> set[str]:
    """The codes that a FAIL of this verb may carry."""
    if verb == "*":
        return CODES_WITHOUT_A_VERB
    if verb not in OWN_CODES:
        return {"UNKNOWN_COMMAND"}
    return CODES_OF_ANY_VERB | OWN_CODES[verb]
