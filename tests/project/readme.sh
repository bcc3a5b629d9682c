#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# readme.sh SOURCE LIBRARY: the C code in README.md compiles without a warning, links, and is about thirty lines.
set -e
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
sed -n '/^```c$/,/^```$/p' "$1/README.md" | grep -v '^```' >"$scratch/example.c"
lines=$(wc -l <"$scratch/example.c")
[ "$lines" -ge 20 ] && [ "$lines" -le 45 ] || { echo "the example has $lines lines"; exit 1; }
cc -std=c11 -Wall -Wextra -Werror -I"$1/include" "$scratch/example.c" "$2" -Wl,-rpath,"$(dirname "$2")" -o "$scratch/example"
echo "$lines lines"
