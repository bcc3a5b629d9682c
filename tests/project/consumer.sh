#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# consumer.sh SOURCE: build and install both kinds of library into a scratch place, then compile a stranger's program against it
# with nothing but pkg-config: once with the shared library, once wholly static.
set -e
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
meson setup "$scratch/build" "$1" --prefix "$scratch/root" --libdir lib -Ddefault_library=both -Dtests=disabled -Dexamples=disabled \
    >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
meson install -C "$scratch/build" >>"$scratch/log" 2>&1 || { tail -30 "$scratch/log"; exit 1; }
cat >"$scratch/stranger.c" <<'C'
#include <l2tpsec/l2tpsec.h>
#include <stdio.h>
int main(void)
{
    l2tpsec *ctx = NULL;
    l2tpsec_callbacks none = {.size = sizeof none};
    printf("%s\n", l2tpsec_version());
    return l2tpsec_new(&ctx, &none, NULL, 0) == L2TPSEC_EINVAL ? 0 : 1;
}
C
export PKG_CONFIG_PATH="$scratch/root/lib/pkgconfig"
[ "$(pkg-config --libs-only-l libl2tpsec)" = "-ll2tpsec " ] || [ "$(pkg-config --libs-only-l libl2tpsec)" = "-ll2tpsec" ]
# shellcheck disable=SC2046
cc "$scratch/stranger.c" -o "$scratch/shared" $(pkg-config --cflags --libs libl2tpsec)
LD_LIBRARY_PATH="$scratch/root/lib" "$scratch/shared"
rm "$scratch"/root/lib/libl2tpsec.so*
# shellcheck disable=SC2046
cc -static "$scratch/stranger.c" -o "$scratch/static" $(pkg-config --static --cflags --libs libl2tpsec)
"$scratch/static"
