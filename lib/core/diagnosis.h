/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The one table of what goes wrong: what it means, what to do, what a Windows user would see. Events, the enumeration and
 * docs/troubleshooting.md all come from it. */
#ifndef L2S_CORE_DIAGNOSIS_H
#define L2S_CORE_DIAGNOSIS_H

#include <l2tpsec/l2tpsec.h>

/* The row that fits best, never NULL: by cause, and by the peer's number where that says more. */
const l2tpsec_diagnosis *l2s_diagnosis_of(uint32_t cause, uint32_t layer, uint32_t peer_code);
/* What a Windows user sees: what the peer said in PPP, if that is one of Windows' codes, else the row's. */
uint32_t l2s_diagnosis_windows(const l2tpsec_diagnosis *d, uint32_t layer, uint32_t peer_code);
int32_t l2s_diagnosis_at(uint32_t index, l2tpsec_diagnosis *out);

#endif
