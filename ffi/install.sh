#!/bin/sh
# Installs liblastmile without cargo-c: the same files as `cargo cinstall`. Linux only.
set -eu
umask 022

usage() {
    cat <<'END'
usage: ffi/install.sh [--prefix DIR] [--libdir DIR] [--destdir DIR] [--features LIST] [--profile NAME]

Builds liblastmile with cargo and installs it: the shared library, the archive, the headers,
lastmile.pc for pkg-config, and the package for CMake.

  --prefix DIR     where it will be used; /usr/local if not given
  --libdir DIR     the directory for libraries in the prefix; lib if not given (CMake's package is
                   found with lib, lib64 and Debian's lib/x86_64-linux-gnu and the like)
  --destdir DIR    a directory to put it in for now, as a packager does: DIR/usr/local/lib/...
  --features LIST  features of lastmile-ffi: policy, which reads documents of Kubernetes
  --profile NAME   a profile of cargo; release if not given
END
}

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

prefix=/usr/local libdir=lib destdir='' features='' profile=release
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit ;;
    --prefix | --libdir | --destdir | --features | --profile) ;;
    *) fail "'$1' is no option; --help lists them" ;;
    esac
    [ $# -gt 1 ] || fail "$1 needs a value; --help says of what kind"
    case $1 in
    --prefix) prefix=$2 ;;
    --libdir) libdir=$2 ;;
    --destdir) destdir=$2 ;;
    --features) features=$2 ;;
    --profile) profile=$2 ;;
    esac
    shift 2
done
case $prefix in *[[:space:]]*) fail "a prefix with blanks is none for pkg-config: '$prefix'" ;; /*) ;; *) fail "the prefix is absolute, and '$prefix' is not" ;; esac
case $libdir in /* | '') fail "the libdir is a directory in the prefix, and '$libdir' is not" ;; esac
case $destdir in /* | '') ;; *) destdir=$PWD/$destdir ;; esac
[ "$(uname -s)" = Linux ] || fail "it knows the names of libraries on Linux only; use cargo cinstall here"
command -v cargo >/dev/null || fail "there is no cargo; https://rustup.rs has it"

ffi=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
lib=$destdir$prefix/$libdir include=$destdir$prefix/include cmake=$destdir$prefix/share/cmake/lastmile
# Before the build, which takes longer: here is told what may not be written.
mkdir -p "$lib/pkgconfig" "$include" "$cmake"

# Cargo says where its files are: a target, or another directory, may stand in a file that it reads.
messages=$(mktemp -d)
trap 'rm -rf "$messages"' EXIT
cargo build --profile "$profile" --manifest-path "$ffi/Cargo.toml" --features "$features" \
    --message-format=json-render-diagnostics >"$messages/build"
file() { # PATTERN: the last path that cargo has named so
    tr '"' '\n' <"$messages/build" | grep "$1" | tail -1
}
archive=$(file '/liblastmile\.a$') shared=$(file '/liblastmile\.so$')
header=$(file '/build/lastmile-ffi-[0-9a-f]*/out$')/capi/include/lastmile.h
for made in "$archive" "$shared" "$header"; do
    [ -f "$made" ] || fail "cargo has built no $made"
done
version=$(cargo pkgid --manifest-path "$ffi/Cargo.toml")
version=${version##*[#@]}
case $version in 0.*) abi=${version%.*} ;; *) abi=${version%%.*} ;; esac
# What the standard library needs, which is all that lastmile needs.
system=$(: | rustc --crate-name empty --crate-type staticlib --print native-static-libs --out-dir "$messages" - 2>&1 |
    sed -n 's/^note: native-static-libs: //p')
[ -n "$system" ] || fail "rustc does not tell which libraries of the system its programs need"

install -m 644 "$archive" "$lib/liblastmile.a"
install -m 755 "$shared" "$lib/liblastmile.so.$version"
ln -sf "liblastmile.so.$version" "$lib/liblastmile.so.$abi"
ln -sf "liblastmile.so.$version" "$lib/liblastmile.so"
install -m 644 "$header" "$include/lastmile.h"
install -m 644 "$ffi/include/lastmile.hpp" "$include/lastmile.hpp"
install -m 644 "$ffi"/packaging/lastmile-config*.cmake "$cmake"
cat >"$lib/pkgconfig/lastmile.pc" <<END
prefix=$prefix
exec_prefix=\${prefix}
libdir=\${prefix}/$libdir
includedir=\${prefix}/include

Name: lastmile
Description: Whether the certificate chain of a TLS backend satisfies a policy
Version: $version
Libs: -L\${libdir} -llastmile
Cflags: -I\${includedir}
Libs.private: $system
END
echo "installed lastmile $version in $destdir$prefix"
