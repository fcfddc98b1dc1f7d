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
  --libdir DIR     the directory for libraries in the prefix; lib if not given
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
case $prefix in /*) ;; *) fail "the prefix is absolute, and '$prefix' is not" ;; esac
case $libdir in /* | '') fail "the libdir is a directory in the prefix, and '$libdir' is not" ;; esac
case $destdir in /* | '') ;; *) destdir=$PWD/$destdir ;; esac
[ "$(uname -s)" = Linux ] || fail "it knows the names of libraries on Linux only; use cargo cinstall here"
[ -z "${CARGO_BUILD_TARGET-}" ] || fail "it builds for this machine only; use cargo cinstall --target"
command -v cargo >/dev/null || fail "there is no cargo; https://rustup.rs has it"

ffi=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$ffi/../target}
case $profile in dev | test) built=$target/debug ;; bench) built=$target/release ;; *) built=$target/$profile ;; esac
lib=$destdir$prefix/$libdir include=$destdir$prefix/include cmake=$destdir$prefix/share/cmake/lastmile
# Before the build, which takes longer: here is told what may not be written.
mkdir -p "$lib/pkgconfig" "$include" "$cmake"

cargo build --profile "$profile" --manifest-path "$ffi/Cargo.toml" --features "$features" --target-dir "$target"
version=$(cargo pkgid --manifest-path "$ffi/Cargo.toml")
version=${version##*[#@]}
case $version in 0.*) abi=${version%.*} ;; *) abi=${version%%.*} ;; esac
# What the standard library needs, which is all that lastmile needs.
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
system=$(: | rustc --crate-name empty --crate-type staticlib --print native-static-libs --out-dir "$empty" - 2>&1 |
    sed -n 's/^note: native-static-libs: //p')
[ -n "$system" ] || fail "rustc does not tell which libraries of the system its programs need"

install -m 644 "$built/liblastmile.a" "$lib/liblastmile.a"
install -m 755 "$built/liblastmile.so" "$lib/liblastmile.so.$version"
ln -sf "liblastmile.so.$version" "$lib/liblastmile.so.$abi"
ln -sf "liblastmile.so.$version" "$lib/liblastmile.so"
case ,$features, in *,policy,*) policy=$ffi/packaging/policy.h ;; *) policy=/dev/null ;; esac
cat "$policy" "$ffi/include/lastmile.h" >"$include/lastmile.h"
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
