/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The LNS of a server, behind IPsec: tunnels, calls and PPP of a peer that has its SAs and says what it likes. */
#include "fuzz/peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    peer_play(true, data, size);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    return structure_mutate(&peer_grammar, data, size, max_size, seed);
}
