# shellcheck shell=sh
# Sourced by `run` and `check` (which set $demo): builds libmqttka, the demo and the C program, and
# sets $program, $phone and $peer. Needs Rust and a C compiler; `build_peer` needs libmosquitto.
# shellcheck disable=SC2034,SC2086,SC2154

root=$(cd "$demo/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
case $target in
/*) ;;
*) target=$PWD/$target ;;
esac
# Building fast counts for more than running fast: the promise is the same. The tests have an optimized
# library anyway, and set $optimized.
if [ -n "${optimized-}" ]; then library=$target/release; else library=$target/debug; fi
program=$target/debug/mqttka-demo
phone=$target/demo/hotspot
peer=$target/demo/peer-mosquitto

# Standard output is the demo's.
[ -x "$phone" ] || echo "building libmqttka and the demo's broker: this once takes some minutes" >&2
# Cargo's progress is for people.
if [ -t 2 ]; then quiet=; else quiet=--quiet; fi
# No debug information: it takes time and space, and nobody looks.
export CARGO_PROFILE_DEV_DEBUG="${CARGO_PROFILE_DEV_DEBUG:-0}"
build() { cargo build --locked $quiet --target-dir "$target" --manifest-path "$@" >&2; }
build "$root/ffi/Cargo.toml" ${optimized:+--release}
build "$demo/Cargo.toml"
mkdir -p "$target/demo"

# compile PROGRAM SOURCE FLAG...: under another name first, as the program may be running.
compile() {
    made=$1
    source=$2
    shift 2
    "${CC:-cc}" -std=c11 -O2 -Wall -Wextra -Werror -o "$made.$$" "$source" "$@" && mv "$made.$$" "$made"
}

compile "$phone" "$demo/hotspot.c" -I "$root/include" -L "$library" -lmqttka "-Wl,-rpath,$library"

build_peer() {
    if ! echo '#include <mosquitto.h>' | "${CC:-cc}" -E - >/dev/null 2>&1; then
        echo "demo: --peer mosquitto needs libmosquitto and its header: sudo apt-get install libmosquitto-dev" >&2
        exit 2
    fi
    compile "$peer" "$demo/peers/mosquitto.c" -lmosquitto
}
