# The servers of transports.c, hooks.c and provider.c, for scripts that have sourced broker.sh: one for each
# transport, and one for each reason to refuse a certificate. Each has its environment variable.

servers_pids=()

# mosquitto with this certificate of the authority, on the port in this variable.
servers_tls() { # variable, certificate, 'config line' ...
    local variable=$1 name=$2
    shift 2
    broker_start "$variable" "allow_anonymous true" "certfile $MQTTKA_TEST_AUTHORITY/$name.pem" \
        "keyfile $MQTTKA_TEST_AUTHORITY/$name.key" "$@" || return 1
    export "MQTTKA_TEST_${variable}_PORT=$broker_port"
}

# A program on a free port, which it gets as its last argument; ready when the port answers.
servers_program() { # variable, command ...
    local variable=$1 port try wait pid
    shift
    for try in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        broker_answers "$port" && continue
        "$@" "$port" >"$broker_directory/$variable.log" 2>&1 </dev/null &
        pid=$!
        disown "$pid"
        for wait in $(seq 500); do
            kill -0 "$pid" 2>/dev/null || break
            if broker_answers "$port"; then
                servers_pids+=("$pid")
                export "MQTTKA_TEST_${variable}_PORT=$port"
                return 0
            fi
            sleep 0.02
        done
        kill -9 "$pid" 2>/dev/null
    done
    echo "$1 ($variable) does not start:" >&2
    cat "$broker_directory/$variable.log" >&2
    return 1
}

servers_openssl() { # variable, certificate, option ...
    local variable=$1 name=$2
    shift 2
    servers_program "$variable" openssl s_server -quiet \
        -cert "$MQTTKA_TEST_AUTHORITY/$name.pem" -key "$MQTTKA_TEST_AUTHORITY/$name.key" "$@" -port
}

servers_tinyproxy() { # port
    local config="$broker_directory/tinyproxy.conf"
    printf 'Port %s\nListen 127.0.0.1\nTimeout 600\nMaxClients 20\n' "$1" >"$config"
    exec tinyproxy -d -c "$config"
}

servers_start() {
    export MQTTKA_TEST_AUTHORITY="$broker_directory/authority"
    mkdir "$MQTTKA_TEST_AUTHORITY"
    cargo run --quiet --manifest-path "$root/Cargo.toml" -p mqttka-authority -- \
        "$MQTTKA_TEST_AUTHORITY" || return 1
    export MQTTKA_TEST_SOCKET="$broker_directory/broker.sock"
    broker_start WS "allow_anonymous true" "protocol websockets" "listener 0 $MQTTKA_TEST_SOCKET" || return 1
    export MQTTKA_TEST_WS_PORT=$broker_port
    servers_tls TLS server || return 1
    # Debian's mosquitto ends where all its listeners are WebSocket's.
    servers_tls WSS server "protocol websockets" "listener 0 $broker_directory/unused.sock" || return 1
    servers_tls EXPIRED expired || return 1
    servers_tls NOT_YET_VALID not_yet_valid || return 1
    servers_tls UNTRUSTED untrusted || return 1
    servers_tls WRONG_HOST wrong_host || return 1
    servers_tls MUTUAL server "cafile $MQTTKA_TEST_AUTHORITY/ca.pem" "require_certificate true" || return 1
    # Neither version nor cipher suite is one of rustls's.
    servers_openssl TLS11 rsa -tls1_1 -cipher DEFAULT@SECLEVEL=0 || return 1
    servers_openssl CIPHER rsa -tls1_2 -cipher AES128-SHA || return 1
    servers_program SOCKS microsocks -i 127.0.0.1 -p || return 1
    servers_program HTTP_PROXY servers_tinyproxy || return 1
}

servers_stop() {
    local pid
    for pid in "${servers_pids[@]}"; do broker_stop "$pid"; done
}
