# The C program over the library, for scripts that source this file.
#
#   client_build     makes certificates, library and program; wants $root, $here, $work, $certificates
#   client CHECK ... runs it

client_build() {
    local library=${LIBRARY:-${CARGO_TARGET_DIR:-$root/target}/release}
    [ -n "${LIBRARY:-}" ] || cargo build --quiet --release --manifest-path "$root/Cargo.toml" -p mqttka-ffi || return 1
    cargo run --quiet --manifest-path "$root/Cargo.toml" -p mqttka-authority -- "$certificates" || return 1
    export INTEROP_CERTIFICATES=$certificates
    gcc -std=c11 -D_DEFAULT_SOURCE -g -O1 -Wall -Wextra -Werror -pedantic -Wno-overlength-strings \
        -I"$root/include" -I"$root/tests/c" "$here/client.c" "$root/tests/c/recorder.c" \
        -L"$library" -Wl,-rpath,"$library" -lmqttka -lpthread -o "$work/client"
}

client() {
    timeout 60 "$work/client" "$@"
}
