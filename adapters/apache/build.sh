#!/bin/sh
# Builds mod_lastmile.so.
#
#     build.sh [TO]
#
# TO is a directory for the module, by default target/apache. Needs the headers of httpd 2.4 (2.4.49 or later) and of
# OpenSSL 3: Debian's packages apache2-dev, apache2-ssl-dev and libssl-dev.
#
# APXS              the program that knows where they are
# CC                the compiler
# SSL_LIBS          OpenSSL, by default -lssl -lcrypto: httpd may load this module before mod_ssl
# CC_OPT, LD_OPT    more flags for the compiler and the linker; with CC_OPT that finds httpd.h, apxs is not asked
# LASTMILE_ARCHIVE  liblastmile.a with the feature policy; built with cargo if it is not set
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
to=${1:-$root/target/apache}
compiler=${CC:-cc}
mkdir -p "$to"
to=$(cd "$to" && pwd)
flags=${CC_OPT:-}
# shellcheck disable=SC2086 # a list of flags
if ! echo '#include <httpd.h>' | "$compiler" $flags -D_GNU_SOURCE -fsyntax-only -xc - 2>/dev/null; then
    apxs=${APXS:-apxs}
    if ! command -v "$apxs" >/dev/null; then
        echo "there is no $apxs: install apache2-dev and apache2-ssl-dev, or name it as APXS" >&2
        exit 1
    fi
    flags="$flags -I$("$apxs" -q INCLUDEDIR) -I$("$apxs" -q APR_INCLUDEDIR) -I$("$apxs" -q APU_INCLUDEDIR)"
fi
if [ -z "${LASTMILE_ARCHIVE:-}" ]; then
    target=${CARGO_TARGET_DIR:-$root/target}/apache-archive
    (cd "$root" && cargo build --release -p lastmile-ffi --features policy --target-dir "$target")
    LASTMILE_ARCHIVE=$target/release/liblastmile.a
fi

# httpd's own headers are not looked at so closely.
system=$(echo "$flags" | sed 's/-I/-isystem /g')
# -z nodelete: httpd unloads modules when it is restarted, and OpenSSL keeps pointers into this one.
# shellcheck disable=SC2086 # lists of flags
"$compiler" -shared -fPIC -O2 -g -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wstrict-prototypes \
    $system -I"$root/ffi/include" -I"$here/../common" -I"$here/../openssl" \
    "$here/mod_lastmile.c" "$here/mod_lastmile_kept.c" "$here/mod_lastmile_notes.c" "$here/mod_lastmile_pools.c" \
    "$here/../openssl/lastmile_openssl.c" \
    "$here/../common/lastmile_policies.c" "$here/../common/lastmile_refusal.c" "$LASTMILE_ARCHIVE" \
    -Wl,--version-script="$here/exports.map" -Wl,-z,nodelete ${LD_OPT:-} \
    ${SSL_LIBS:--lssl -lcrypto} -lutil -lrt -lpthread -lm -ldl -lgcc_s -o "$to/mod_lastmile.so"
echo "$to/mod_lastmile.so"
