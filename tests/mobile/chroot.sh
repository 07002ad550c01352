# shellcheck shell=bash
# Debian sid's Rust in a chroot, for scripts that source this: its std has sources, and its packages link WebAssembly.
# What is sourced sets `repo` first, and calls in this order: own_mounts, make_ready, lend_all; then in_chroot.

recipe="2: sid, cargo rustc rust-src gcc libc6-dev lld binaryen" # another text here remakes every chroot

cache=$(realpath -m "${MQTTKA_CACHE:-$HOME/.cache/mqttka}")
root=$cache/sid-rust          # the chroot; ready when it holds the stamp
stamp=etc/mqttka-recipe
target_dir=$cache/sid-rust-target
cargo_home=${CARGO_HOME:-$HOME/.cargo} # lent to the chroot, with its configuration and downloads
stand_ins=()                  # further variables for what runs inside

skip() { echo "$(basename "$(dirname "$0")"): $*" >&2 && exit 77; }
say() { echo "== $*"; }

# One mount namespace for the whole script, which begins anew in it: the mounts end with its last process, however it ends.
own_mounts() { # ARGUMENT...
  if [ "${MQTTKA_CHROOT_NS-}" != "$$" ]; then
    [ "$(id -u)" -eq 0 ] || skip "needs root, for a chroot with Debian sid's Rust"
    unshare --mount true || skip "needs leave to make mount namespaces"
    # exec keeps the process id, so a variable that was inherited from elsewhere is not believed.
    MQTTKA_CHROOT_NS=$$ exec unshare --mount --propagation private "$0" "$@"
  fi
  unset MQTTKA_CHROOT_NS
}

is_ready() {
  [ "$(cat "$root/$stamp" 2>/dev/null)" = "$recipe" ] &&
    [ -e "$root/usr/lib/rustlib/src/rust/library/Cargo.lock" ] &&
    chroot "$root" cargo --version >/dev/null 2>&1 && chroot "$root" rustc --version >/dev/null 2>&1
}

# Made beside its place, moved there when complete.
make_chroot() {
  local new=$cache/sid-rust.new mirror="" started=$SECONDS
  if ! command -v mmdebstrap >/dev/null; then
    command -v apt-get >/dev/null || skip "needs mmdebstrap"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      mmdebstrap debian-archive-keyring >/dev/null
  fi
  # From where this machine gets its own Debian packages; without such a place, mmdebstrap's default.
  if command -v apt-get >/dev/null; then
    # shellcheck disable=SC2016
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Label: Debian' 2>/dev/null | sed -n 1p)
  fi
  say "making $root: Debian sid with Rust, about 1.4 GB"
  rm -rf --one-file-system "$new"
  # The release file may be older than it says it should be: mirrors lag, and compilers do not go bad.
  if ! mmdebstrap --mode=root --variant=essential --format=directory \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include=cargo,rustc,rust-src,gcc,libc6-dev,lld,binaryen \
    sid "$new" ${mirror:+"$mirror"} >"$cache/sid-rust.log" 2>&1; then
    tail -n 20 "$cache/sid-rust.log" >&2
    rm -rf --one-file-system "$new"
    echo "mmdebstrap failed; all it said is in $cache/sid-rust.log" >&2
    exit 1
  fi
  echo "$recipe" >"$new/$stamp"
  rm -rf --one-file-system "$root" "${target_dir:?}"/* # what an older compiler left is of no use
  mv "$new" "$root"
  say "made in $((SECONDS - started)) s"
}

# One script at a time: no chroot is remade under another's feet, no check takes another checkout's result for its own.
make_ready() { # [anew]
  mkdir -p "$cache" "$target_dir" "$cargo_home"
  exec 9>"$cache/sid-rust.lock"
  flock --nonblock 9 || { say "waiting for another run to end" && flock 9; }
  if [ -n "${1-}" ] || ! is_ready; then make_chroot; fi
}

lend() { # FROM TO [OPTIONS]
  if [ -d "$1" ]; then mkdir -p "$root$2"; else mkdir -p "$root${2%/*}" && { [ -e "$root$2" ] || : >"$root$2"; }; fi
  mount --bind "$1" "$root$2"
  [ -z "${3-}" ] || mount -o "remount,bind,$3" "$root$2"
}

# What the chroot sees of this machine: the checkout at /mqttka, only to be read.
lend_all() {
  local file
  mount --rbind /proc "$root/proc"
  mount --rbind /dev "$root/dev"
  lend "$repo" /mqttka ro
  lend "$target_dir" /target
  lend "$cargo_home" /root/.cargo
  for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt \
    "${SSL_CERT_FILE-}" "${CURL_CA_BUNDLE-}" "${CARGO_HTTP_CAINFO-}"; do
    if [ -f "$file" ]; then lend "$(readlink -f "$file")" "$file" ro; fi
  done
}

# The environment goes in as it is (proxies, registries), less what names this machine's compilers.
in_chroot() {
  env -u CARGO -u RUSTC -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET -u RUSTUP_TOOLCHAIN \
    -u MAKEFLAGS -u MFLAGS -u CARGO_MAKEFLAGS -u TMPDIR RUSTC_WRAPPER="" RUSTC_WORKSPACE_WRAPPER="" \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root CARGO_HOME=/root/.cargo CARGO_TARGET_DIR=/target \
    CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 RUSTC_BOOTSTRAP=1 "${stand_ins[@]}" chroot "$root" "$@"
}

cargo_in() { # CRATE COMMAND...
  local crate=$1 command=$2
  shift 2
  # shellcheck disable=SC2016
  in_chroot sh -c 'cd "/mqttka/$1" && shift && exec cargo "$@"' - "$crate" "$command" --locked --quiet "$@"
}
