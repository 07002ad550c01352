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
program=$target/release/mqttka-demo
phone=$target/demo/hotspot
peer=$target/demo/peer-mosquitto

# Standard output is the demo's.
[ -x "$phone" ] || echo "building libmqttka and the demo's broker: this once takes some minutes" >&2
# Cargo's progress is for people.
if [ -t 2 ]; then quiet=; else quiet=--quiet; fi
for manifest in "$root/ffi/Cargo.toml" "$demo/Cargo.toml"; do
    cargo build --release --locked $quiet --manifest-path "$manifest" --target-dir "$target" >&2
done
mkdir -p "$target/demo"

# compile PROGRAM SOURCE FLAG...: under another name first, as the program may be running.
compile() {
    made=$1
    source=$2
    shift 2
    "${CC:-cc}" -std=c11 -O2 -Wall -Wextra -Werror -o "$made.$$" "$source" "$@" && mv "$made.$$" "$made"
}

compile "$phone" "$demo/hotspot.c" -I "$root/include" -L "$target/release" -lmqttka "-Wl,-rpath,$target/release"

build_peer() {
    if ! echo '#include <mosquitto.h>' | "${CC:-cc}" -E - >/dev/null 2>&1; then
        echo "demo: --peer mosquitto needs libmosquitto and its header: sudo apt-get install libmosquitto-dev" >&2
        exit 2
    fi
    compile "$peer" "$demo/peers/mosquitto.c" -lmosquitto
}
