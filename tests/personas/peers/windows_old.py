# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The L2TP/IPsec clients of Windows before Vista. Their offers are those of Microsoft's manuals."""
import dhcp
import isakmp as ik
import l2tp as L
import ppp as P
from ikev1 import DRAFT_02N, FRAGMENTATION
from l2tp import Avp
from peers.windows import INITIAL_CONTACT, NT5, Windows10, asks_routes
from persona import phase1
from world import Choked


class WindowsXp(Windows10):
    """XP SP2 and 2003: NAT traversal by draft 02, a name in place of an address in quick mode."""
    name = "windows-xp"
    product = "Windows XP SP2, Server 2003"
    settings = {"preset": "legacy"}
    vendor_ids = [NT5 + ik.u32(4), FRAGMENTATION, DRAFT_02N, INITIAL_CONTACT]
    phase1_offer = [phase1("3des", 0, "sha1", 14), phase1("3des", 0, "sha1", 2), phase1("3des", 0, "md5", 2),
                    phase1("des", 0, "sha1", 1), phase1("des", 0, "md5", 1)]
    phase2_offer = [("3des", 0, "md5"), ("3des", 0, "sha1"), ("des", 0, "sha1"), ("des", 0, "md5")]
    nonce_size = 20
    firmware, identification = b"\5\0", b"MSRASV5.10"
    asks_for = (1, 15, 3, 6, 44, 46, 47, 31, 33, dhcp.MS_ROUTES, 43)
    own_cases = [("asks for routes, DNS and domain by DHCPINFORM", asks_routes)]
    network_protocols = (P.CCP, P.IPCP)

    def quick_ids(self, sa):
        """With KB818043: a name; the address is in NAT-OA."""
        ours, theirs = super().quick_ids(sa)
        return (ik.identity(ik.FQDN, b"winxp.example", 17, 1701) if sa.nat else ours), theirs


class WindowsXpSp1(WindowsXp):
    """Quick mode for 17/0 first; when the server takes that, again for 17/1701 (3.4)."""
    name = "windows-xp-sp1"
    product = "Windows XP SP1"
    vendor_ids = [NT5 + ik.u32(3), FRAGMENTATION, DRAFT_02N]
    asked = 0

    def quick_ids(self, sa):
        self.asked += 1
        ours, theirs = super().quick_ids(sa)
        return (ours[:2] + bytes(2) + ours[4:], theirs[:2] + L.u16(1701) + theirs[4:]) if self.asked == 1 else (ours, theirs)

    def secured(self):
        """The first pair is for any port; L2TP begins on the second."""
        self.ike.quick(self.sa)

    def phase2_up(self, pair, ours):
        first = len(self.sas.pairs) == 1 and self.l2tp is None and self.asked == 2
        super().phase2_up(pair, ours)
        if first:
            self.rekeys, self.begun = 0, 0
            super().secured()


class WindowsXpRsa(WindowsXp):
    """With a certificate, in PKCS #7 along with that of its authority."""
    name = "windows-xp-rsa"
    product = "Windows XP SP2, chain in PKCS #7"
    papers_name, papers_wrapped, our_papers = "winxp.example", True, "vpn.example"


class Windows2000(WindowsXp):
    """No vendor ID but its own and the fragments'; MODP-1024 at most."""
    name = "windows-2000"
    product = "Windows 2000"
    vendor_ids = [NT5 + ik.u32(2), FRAGMENTATION, DRAFT_02N]
    phase1_offer = WindowsXp.phase1_offer[1:]
    identification = b"MSRASV5.00"


class Windows98(Windows2000):
    """MSL2TP: no Host-Name (10); flags in MS-CHAPv2, and no patience for words behind the proof (4.3)."""
    name = "windows-98"
    product = "Windows 98, Me, NT 4 (MSL2TP)"
    chap_flags = 4
    phase2_kilobytes = None
    sccrq = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(1)), Avp(L.BEARER, L.u32(0)),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)), Avp(L.WINDOW, L.u16(8))]
    icrq = Windows10.icrq[:3]                           # 4.2: vendor AVPs since Vista SP1

    def judge_success(self, rest):
        if rest:
            raise Choked("%r behind the proof is an encryption error to this client (4.3)" % rest)


PERSONAS = [WindowsXp, WindowsXpSp1, WindowsXpRsa, Windows2000, Windows98]
