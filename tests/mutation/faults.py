# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Finds the checks in a C source, and what may be wrong with each: tokens, conditions, operators.

The sources are ours and follow one style, so conditions are split by their tokens rather than by a compiler's tree.
"""
import hashlib
import re

TOKEN = re.compile(r"""
    (?P<skip>\s+|/\*.*?\*/|//[^\n]*|(?<![^\n])[ \t]*\#(?:[^\n\\]|\\.)*)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<word>[A-Za-z_]\w*|\d[\w.]*)
  | (?P<sign>->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\.\.\.|.)
""", re.X | re.S)
CLOSING = {"(": ")", "[": "]", "{": "}"}
COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
EDGES = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}

CLASSES = ("bounds", "mac", "verify", "phase", "window")
MAC = re.compile(r"\b(l2s_ct_equal|memcmp|l2s_rd_equals|same_icv|l2s_v1_quick_verify|l2s_chap_matches|l2s_cookie_zero)\b|"
                 r"\bproof(_len|\.left)\b")
VERIFY = re.compile(r"\w*(verify|agree|_check|prove[sn]?|matches|judge|l2s_random|random_number|random_cookie|message_open|"
                    r"pk_sign|hash_phase1|auth_response|auth_check\w*|mpi_cmp\w*|check_pubkey|payloads_check)$")
PHASE = re.compile(r"\b(\w*state|phase|done|pending|answered|authenticated|up|opened|closing|closed|leaving|proven|gone|over|"
                   r"established|ready|server|initiator|stage|retry|renew|keeping|spoke|started|ended|down|"
                   r"contact_over|aggressive|exchange|waiting|code)\b")
WINDOW = re.compile(r"\b(\w*window|top|seq|sequence|ns|nr|newest|ahead|\w*replay\w*|l2s_serial\w*|l2s_v1_used|\w*serial\w*|acked|"
                    r"in_flight|cwnd|next_ns|next_nr|ssthresh|dpd_in|dpd_seq|late)\b")
WINDOW_FILES = ("esp/replay.h", "l2tp/order.c", "l2tp/order.h", "base/serial.h")
BOUNDS = re.compile(r"\b(\w*len\w*|left|[nm](?!->|\.)|n_\w+|\w*size|count|cap|bad|sizeof|used|\w*_MAX|\w*_MIN|max\w*|min\w*|room|at|"
                    r"\w+_n|need|total|offset|tries|depth|budget|limit|\w*_HEADER|pad)\b")

# Our own words outgrowing the room made for them: no peer brings that about.
WRITER = re.compile(r"\b(w|out)(\.|->)bad\b")

# Words for people, settings of the host, what is drawn together for speed: checks, but none that a peer meets.
ASIDE = re.compile(r"(_text|/text|/words|/names|/diagnosis|/settings|/setting_words|/structs|/profile|/former|/lanes|/trace|/failure|/timers|/pages|"
                   r"/vendor|/dn|/coalesce|/segment|/errors|/history|/expect|/tap|/papers|/md4)\.[ch]$")
# Functions whose conditions decide what is fetched early, or what is said in a trace: no fault there can be seen from outside.
SILENT = re.compile(r"(^|_)(expect\w*|trace\w*|say|tap\w*|destination)$")


class Token:
    def __init__(self, kind, text, at):
        self.kind, self.text, self.at, self.end = kind, text, at, at + len(text)


class Fault:
    """One change of one stretch of a file."""

    def __init__(self, path, start, end, new, kind, how, function, line):
        self.path, self.start, self.end, self.new = path, start, end, new
        self.kind, self.how, self.function, self.line = kind, how, function, line
        self.old = self.number = None

    def name(self):
        """The same as long as the condition and its function are: unlike a number, it survives edits elsewhere."""
        said = "%s|%s|%s|%s" % (self.path, self.function, squeeze(self.whole), squeeze(self.old) + ">" + squeeze(self.new))
        return hashlib.sha256(said.encode()).hexdigest()[:10]


def squeeze(text):
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)).strip()


def tokens_of(source):
    out = []
    for found in TOKEN.finditer(source):
        if found.lastgroup != "skip":
            out.append(Token(found.lastgroup, found.group(), found.start()))
    return out


def pairs_of(tokens):
    """Index of the closing bracket by index of the opening one, and back."""
    pair, stack = {}, []
    for i, t in enumerate(tokens):
        if t.kind == "sign" and t.text in CLOSING:
            stack.append(i)
        elif t.kind == "sign" and t.text in ")]}" and stack:
            j = stack.pop()
            pair[i], pair[j] = j, i
    return pair


class Reader:
    """The checks of one file."""

    def __init__(self, path, source):
        self.path, self.source = path, source
        self.t = tokens_of(source)
        self.pair = pairs_of(self.t)
        self.faults = []
        self.function = ""
        self.whole = (0, 0)
        self.clamp = False

    def text(self, lo, hi):
        return self.source[self.t[lo].at:self.t[hi - 1].end]

    def read(self):
        i = 0
        while i < len(self.t):
            if self.t[i].text == "{" and self.t[i].kind == "sign":
                close = self.pair.get(i, len(self.t))
                if i and self.t[i - 1].text == ")" and i - 1 in self.pair:
                    head = self.pair[i - 1] - 1
                    self.function = self.t[head].text if head >= 0 else ""
                    if not SILENT.search(self.function):
                        self.body(i + 1, close)
                i = close
            i += 1
        return self.faults

    def body(self, lo, hi):
        i = lo
        while i < hi:
            word = self.t[i].text
            following = self.t[i + 1].text if i + 1 < hi else ""
            if word in ("if", "while") and following == "(":
                self.condition(i + 2, self.pair[i + 1], word == "if", loop=word == "while")
                i += 1
            elif word == "for" and following == "(":
                close = self.pair[i + 1]
                parts = self.split(i + 2, close, (";",))
                if len(parts) == 3 and parts[1][0] < parts[1][1]:
                    self.condition(*parts[1], False, loop=True)
                i += 1
            elif word == "return" or (word == "=" and self.t[i + 1].text != "{"):
                end = self.end_of(i + 1, hi)
                if end > i + 1:
                    self.value(i + 1, end)
            i += 1

    def end_of(self, lo, hi):
        i = lo
        while i < hi and self.t[i].text not in (";", ",", ")", "}"):
            i = self.pair[i] + 1 if self.t[i].text in CLOSING and i in self.pair else i + 1
        return i

    def split(self, lo, hi, at):
        parts, start, i = [], lo, lo
        while i < hi:
            if self.t[i].kind == "sign" and self.t[i].text in CLOSING and i in self.pair:
                i = self.pair[i] + 1
                continue
            if self.t[i].kind == "sign" and self.t[i].text in at:
                parts.append((start, i))
                start = i + 1
            i += 1
        return parts + [(start, hi)]

    def first(self, lo, hi, what):
        i = lo
        while i < hi:
            if self.t[i].kind == "sign" and self.t[i].text in what:
                return i
            i = self.pair[i] + 1 if self.t[i].kind == "sign" and self.t[i].text in CLOSING and i in self.pair else i + 1
        return None

    # ---- what may be wrong ---------------------------------------------------------------------------------------

    def add(self, lo, hi, new, how, about):
        kind = self.kind_of(*about)
        if not kind:
            return
        start, end = self.t[lo].at, self.t[hi - 1].end
        f = Fault(self.path, start, end, new, kind, how, self.function, self.source.count("\n", 0, start) + 1)
        f.old = self.source[start:end]
        f.whole = self.source[self.t[self.whole[0]].at:self.t[self.whole[1] - 1].end]
        if "#" not in f.old and "#" not in f.whole:
            self.faults.append(f)

    def kind_of(self, lo, hi):
        text = self.text(lo, hi)
        if MAC.search(text) and not self.path.startswith("lib/wire/"):
            return "mac"
        if self.is_result(lo, hi):
            return "verify"
        if self.path.endswith(WINDOW_FILES) or WINDOW.search(text):
            return "window"
        if PHASE.search(text):
            return "phase"
        outside = re.sub(r"\[[^\]]*\]", "", text)             # not what is counted by, but what is compared
        if re.search(r"\bNULL\b|L2TPSEC_\w+|L2S_PENDING", outside):
            return None
        if WRITER.search(outside):
            return None
        if re.search(r"\bbad\b", text) or (BOUNDS.search(outside) and self.first(lo, hi, COMPARISONS) is not None):
            return "bounds"
        return None

    def is_result(self, lo, hi):
        """A call that verifies, or a comparison of what such a call gave."""
        calls = [self.t[i].text for i in range(lo, hi - 1) if self.t[i].kind == "word" and self.t[i + 1].text == "("]
        if any(VERIFY.match(c) for c in calls):
            return True
        if calls or "L2S_PENDING" in self.text(lo, hi):
            return False
        for i in range(lo, hi):
            if self.t[i].text not in ("rc", "result", "good", "ok"):
                continue
            back = i - 1
            while back > 1 and self.t[back].text not in ("{",):
                if self.t[back].text == "=" and self.t[back - 1].text == self.t[i].text:
                    call = back + 1
                    while self.t[call + 1].text in ("->", "."):
                        call += 2
                    return self.t[call + 1].text == "(" and bool(VERIFY.match(self.t[call].text))
                back -= 1
        return False

    def value(self, lo, hi):
        """A returned or assigned value: only when it is a truth value, or the result of a verification."""
        self.whole = (lo, hi)
        if self.first(lo, hi, ("?",)) is not None or self.first(lo, hi, ("&&", "||") + COMPARISONS) is not None:
            self.node(lo, hi, False)
        elif self.t[hi - 1].text == ")" and self.t[lo].kind == "word":
            name = self.t[self.pair[hi - 1] - 1].text
            if self.t[lo].text not in ("sizeof",) and self.pair[hi - 1] > lo and VERIFY.match(name):
                before = self.t[lo - 2].text if self.t[lo - 1].text == "=" else ""
                if before == "rc" and all(x.text in ("->", ".") or x.kind == "word" for x in self.t[lo:self.pair[hi - 1]]):
                    self.add(lo, hi, "(%s, L2TPSEC_OK)" % squeeze(self.text(lo, hi)), "ignore the result", (lo, hi))
            self.leaf(lo, hi)

    def is_clamp(self, lo, hi, more):
        """"if (a > b) a = b": where they are equal nothing changes."""
        at = self.first(lo, hi, COMPARISONS)
        if at is None or self.t[at].text in ("==", "!="):
            return False
        sides = {squeeze(self.text(lo, at)), squeeze(self.text(at + 1, hi))}
        return len(sides) == 2 and sides == {squeeze(x) for x in more}

    def condition(self, lo, hi, guard, loop):
        self.whole = (lo, hi)
        behind = hi + 1
        if not loop and re.match(r"(l2s_\w*_)?expect", self.t[behind].text):
            return                                                      # decides what is fetched early
        if not loop:
            end = self.end_of(behind, len(self.t))
            equals = self.first(behind, end, ("=",))
            self.clamp = equals is not None and self.is_clamp(lo, hi, (self.text(behind, equals), self.text(equals + 1, end)))
        if guard and self.first(lo, hi, ("&&", "||")) is None:
            self.add(lo, hi, "0 && (%s)" % squeeze(self.text(lo, hi)), "drop the check", (lo, hi))
            self.add(lo, hi, "1 || (%s)" % squeeze(self.text(lo, hi)), "always", (lo, hi))
        self.node(lo, hi, loop)
        self.clamp = False

    def node(self, lo, hi, loop):
        if lo >= hi:
            return
        question = self.first(lo, hi, ("?",))
        if question is not None:
            colon, depth, i = None, 0, question + 1
            while i < hi and colon is None:
                if self.t[i].text in CLOSING and i in self.pair:
                    i = self.pair[i]
                elif self.t[i].text == "?":
                    depth += 1
                elif self.t[i].text == ":":
                    colon = i if depth == 0 else None
                    depth -= 1
                i += 1
            if colon:
                self.clamp = self.is_clamp(lo, question, (self.text(question + 1, colon), self.text(colon + 1, hi)))
            self.node(lo, question, False)
            self.clamp = False
            if colon:
                self.node(question + 1, colon, False)
                self.node(colon + 1, hi, False)
            return
        for sign, neutral in (("||", "0"), ("&&", "1")):
            parts = self.split(lo, hi, (sign,))
            if len(parts) > 1:
                for a, b in parts:
                    self.add(a, b, neutral, "drop an operand of " + sign, (a, b))
                    self.node(a, b, loop)
                return
        if self.t[lo].text == "!":
            self.node(lo + 1, hi, loop)
            return
        if self.t[lo].text == "(" and self.pair.get(lo) == hi - 1:
            self.node(lo + 1, hi - 1, loop)
            return
        if self.t[lo].text == "L2S_RARE" and self.pair.get(lo + 1) == hi - 1:
            self.node(lo + 2, hi - 1, loop)
            return
        at = self.first(lo, hi, COMPARISONS)
        if at is not None:
            self.comparison(lo, at, hi)
        else:
            self.leaf(lo, hi)

    def comparison(self, lo, at, hi):
        left, sign, right = squeeze(self.text(lo, at)), self.t[at].text, squeeze(self.text(at + 1, hi))
        if not self.clamp:
            self.add(lo, hi, "%s %s %s" % (left, EDGES[sign], right), "%s for %s" % (EDGES[sign], sign), (lo, hi))
        if sign in ("<", ">", "<=", ">="):
            other = "-" if sign in ("<", ">=") else "+"
            self.add(lo, hi, "%s %s (%s) %s 1" % (left, sign, right, other), "a bound moved by one", (lo, hi))
        elif re.search(r"\bsizeof\b|\b[A-Z][A-Z0-9_]*(MAX|LEN|HEADER|SIZE|VALUE)\b|^\d+u?$", right) and right not in ("0", "0u"):
            self.add(lo, hi, "%s %s (%s) + 1" % (left, sign, right), "a length moved by one", (lo, hi))
        for a, b in ((lo, at), (at + 1, hi)):
            if self.t[b - 1].text == ")" and MAC.search(self.text(a, b)):
                self.leaf(a, b)

    def leaf(self, lo, hi):
        text = squeeze(self.text(lo, hi))
        if self.t[hi - 1].text != ")" or (hi - 1) not in self.pair:
            return
        open_at = self.pair[hi - 1]
        if open_at == lo:
            return
        name = self.t[open_at - 1].text
        if name in ("l2s_ct_equal", "memcmp"):
            right = "1" if name == "l2s_ct_equal" else "0"
            self.add(lo, hi, "(%s, %s)" % ("(void)" + text, right), "always equal", (lo, hi))
            args = self.split(open_at + 1, hi - 1, (",",))
            n = squeeze(self.text(*args[-1]))
            self.add(lo, hi, "%s, (%s) - 1)" % (squeeze(self.text(lo, args[-1][0] - 1)), n), "one byte not compared", (lo, hi))
        elif VERIFY.match(name) or MAC.search(name):
            self.add(lo, hi, "!%s" % text, "negate", (lo, hi)) if MAC.search(name) else None


def read(path, source):
    if ASIDE.search(path):
        return []
    faults = Reader(path, source).read()
    seen, out = set(), []
    for f in faults:
        key = (f.start, f.end, f.new)
        if key not in seen:
            seen.add(key)
            out.append(f)
    return out


def render(source, faults):
    """The source with all of these faults in it, each asleep until its number is asked for. Lines stay where they are."""
    by_span = {}
    for f in faults:
        by_span.setdefault((f.start, f.end), []).append(f)

    def stretch(lo, hi, spans):
        out, at = [], lo
        while spans:
            (a, b), inner = spans[0], []
            k = 1
            while k < len(spans) and spans[k][1] <= b:
                inner.append(spans[k])
                k += 1
            out.append(source[at:a])
            text = stretch(a, b, inner)
            for f in by_span[(a, b)]:
                text = "(L2S_FAULT(%d) ? (%s) : (%s))" % (f.number, f.new, text)
            out.append(text)
            at, spans = b, spans[k:]
        return "".join(out) + source[at:hi]

    spans = sorted(by_span, key=lambda s: (s[0], -s[1]))
    first, rest = stretch(0, len(source), spans).split("\n", 1)
    assert first.startswith("/*") and first.rstrip().endswith("*/")       # the SPDX line gives its place away
    return '#include "l2s_fault.h"\n' + rest
