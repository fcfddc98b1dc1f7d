#!/bin/sh
# Builds ngx_http_lastmile_module.so.
#
#     build.sh [SOURCES [TO]]
#
# SOURCES is a tree of nginx with the flags that it was configured with in the file conf_flags, such as Debian's
# package nginx-dev has in /usr/share/nginx/src, the default. TO is a directory for the module, by default target/nginx.
#
# CC                the compiler
# CC_OPT, LD_OPT    more flags for the compiler and the linker
# LASTMILE_ARCHIVE  liblastmile.a with the feature policy; built with cargo if it is not set
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
sources=${1:-/usr/share/nginx/src}
to=${2:-$root/target/nginx}
if [ ! -f "$sources/configure" ] || [ ! -f "$sources/conf_flags" ]; then
    echo "$sources: no configure and conf_flags there: install nginx-dev, or name a tree of nginx's sources" >&2
    echo "that has them: README.md says how conf_flags is made" >&2
    exit 1
fi
if [ -z "${LASTMILE_ARCHIVE:-}" ]; then
    target=${CARGO_TARGET_DIR:-$root/target}/nginx-archive
    (cd "$root" && cargo build --release -p lastmile-ffi --features policy --target-dir "$target")
    LASTMILE_ARCHIVE=$target/release/liblastmile.a
fi
export LASTMILE_ARCHIVE
compiler=${CC:-cc}
mkdir -p "$to"
to=$(cd "$to" && pwd)

# configure writes beside itself.
build=$(mktemp -d "${TMPDIR:-/tmp}/lastmile-nginx.XXXXXX")
trap 'rm -rf "$build"' EXIT
trap 'exit 1' HUP INT TERM
cp -R "$sources/." "$build/"
cd "$build"
# They are an array of bash, as Debian writes them.
cat >configure-all <<'END'
. ./conf_flags
exec ./configure "${NGX_CONF_FLAGS[@]}" "$@"
END
chmod +x configure
# Objects are named from here: nginx takes .S or .cc for the end of a source, wherever it stands in the name.
if ! bash configure-all --with-cc="$compiler" --with-cc-opt="-O2 -g -fPIC ${CC_OPT:-}" --with-ld-opt="${LD_OPT:-}" \
    --add-dynamic-module="$here" --builddir=objs >configure.log 2>&1; then
    tail -n 20 configure.log >&2
    exit 1
fi

# Our own sources, more strictly than nginx's makefile does.
headers=
for folder in src/core src/event src/event/modules src/os/unix src/http src/http/modules src/http/v2 objs; do
    headers="$headers -isystem $folder"
done
for source in nginx/ngx_http_lastmile_module nginx/ngx_http_lastmile_requests \
    openssl/lastmile_openssl common/lastmile_policies common/lastmile_refusal; do
    # shellcheck disable=SC2086 # they are lists of words
    "$compiler" -fsyntax-only -Wall -Wextra -Werror -Wstrict-prototypes $headers ${CC_OPT:-} \
        -I"$root/ffi/include" -I"$here/../common" -I"$here/../openssl" "$here/../$source.c"
done
make -f objs/Makefile modules >make.log 2>&1 || {
    cat make.log >&2
    exit 1
}
# nginx may have the one that is there loaded, and would crash if it were written over.
cp objs/ngx_http_lastmile_module.so "$to/ngx_http_lastmile_module.so.new"
mv -f "$to/ngx_http_lastmile_module.so.new" "$to/ngx_http_lastmile_module.so"
echo "$to/ngx_http_lastmile_module.so"
