# shellcheck shell=sh
# Sourced by `run` and `check` (which set $demo): builds libmqttka, the demo and the C program, and
# sets $program and $phone. Needs Rust and a C compiler.
# shellcheck disable=SC2034,SC2086,SC2154

root=$(cd "$demo/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
case $target in
/*) ;;
*) target=$PWD/$target ;;
esac
program=$target/release/mqttka-demo
phone=$target/demo/hotspot

# Standard output is the demo's.
[ -x "$phone" ] || echo "building libmqttka and the demo's broker: this once takes some minutes" >&2
# Cargo's progress is for people.
if [ -t 2 ]; then quiet=; else quiet=--quiet; fi
for manifest in "$root/ffi/Cargo.toml" "$demo/Cargo.toml"; do
    cargo build --release --locked $quiet --manifest-path "$manifest" --target-dir "$target" >&2
done
mkdir -p "$target/demo"
# Under another name first: the program may be running.
"${CC:-cc}" -std=c11 -O2 -Wall -Wextra -Werror -I "$root/include" -o "$phone.$$" \
    "$demo/hotspot.c" -L "$target/release" -lmqttka "-Wl,-rpath,$target/release"
mv "$phone.$$" "$phone"
