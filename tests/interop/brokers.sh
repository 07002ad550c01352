# Real brokers on loopback, each with four listeners, for scripts that source this file.
#
#   broker_get NAME      downloads and builds what is not in the cache
#   broker_start NAME    sets broker_pid and broker_tcp, broker_tls, broker_ws, broker_wss (ports)
#   broker_version NAME  prints which one it is
#   broker_speaks NAME   prints versions of MQTT: 4 is 3.1.1, 5 is 5.0
#   broker_carries NAME  prints which of its listeners are worth a test
#   brokers_stop         to be called on exit
#
# Wanted: $here (this directory), $work (a directory of this run), $certificates (a directory that
# mqttka-authority has filled).

all_brokers=(mosquitto mosquitto-tls1.2 mosquitto-sid hivemq mochi aedes)
cache=$(realpath -m "${MQTTKA_CACHE:-$HOME/.cache/mqttka}")/interop
broker_pids=()

# Makes $cache/NAME-RECIPE by a command that gets the directory to fill; one that failed leaves none.
cached() { # NAME, text that another result belongs to, command ...
    local name=$1 directory
    directory=$cache/$1-$(sha256sum <<<"$2" | cut -c1-12)
    made=$directory
    [ ! -e "$directory" ] || return 0
    shift 2
    mkdir -p "$cache"
    echo "getting ${directory##*/}" >&2
    local new
    new=$(mktemp -d "$cache/new.XXXXXX")
    if ! "$@" "$new" >"$work/get.log" 2>&1; then
        tail -20 "$work/get.log" >&2
        rm -rf "$new"
        return 1
    fi
    chmod 755 "$new"
    find "$cache" -maxdepth 1 -name "$name-????????????" -exec rm -rf {} +
    # Another run may have been faster.
    mv -T "$new" "$directory" 2>/dev/null || rm -rf "$new"
}

needs() { # command ...
    command -v "$1" >/dev/null || { echo "$1 is not installed" >&2 && return 1; }
}

# --- mosquitto as this machine has it, and as Debian sid has it

get_sid_mosquitto() {
    local site=""
    if needs apt-get; then
        # shellcheck disable=SC2016
        site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Label: Debian' | sed -n 1p)
    fi
    # Extracted, not installed: it runs with its own libraries and their loader. The mirror's release
    # file may be older than it says it should be.
    mmdebstrap --mode=root --variant=extract --format=directory --include=mosquitto \
        --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt='path-exclude=/usr/share/*' \
        sid "$1" ${site:+"$site"} &&
        /sbin/ldconfig -n "$1"/usr/lib/*-linux-gnu
}

mosquitto_program() { # NAME; sets program
    program=(/usr/sbin/mosquitto)
    [ "$1" = mosquitto-sid ] || return 0
    local libraries
    libraries=$(echo "$made"/usr/lib/*-linux-gnu)
    program=("$(echo "$libraries"/ld-linux-*.so.*)" --library-path "$libraries" "$made/usr/sbin/mosquitto")
}

mosquitto_config() {
    local certificate="certfile $certificates/server.pem
keyfile $certificates/server.key"
    # As root it would become another user, who cannot read these directories.
    [ "$(id -u)" -ne 0 ] || echo "user root"
    cat <<CONFIG
allow_anonymous true
set_tcp_nodelay true
listener $broker_tcp 127.0.0.1
listener $broker_tls 127.0.0.1
$certificate
listener $broker_ws 127.0.0.1
protocol websockets
listener $broker_wss 127.0.0.1
protocol websockets
$certificate
CONFIG
}

# --- HiveMQ, in a Java of this machine

get_hivemq() {
    mkdir "$1/build" && cp "$here/hivemq/pom.xml" "$1/build" &&
        mvn -q -B -ntp -Dstyle.color=never -f "$1/build/pom.xml" \
            org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
            -DincludeScope=runtime -DoutputDirectory="$1/lib" &&
        javac -cp "$1/lib/*" -d "$1/classes" "$here/hivemq/Broker.java"
}

hivemq_keystore() {
    openssl pkcs12 -export -in "$certificates/server.pem" -inkey "$certificates/server.key" -name server \
        -passout pass:secret -out "$directory/server.p12"
}

hivemq_config() {
    local secure="<tls><keystore><path>$directory/server.p12</path><password>secret</password>
      <private-key-password>secret</private-key-password></keystore></tls>"
    cat <<CONFIG
<hivemq>
  <listeners>
    <tcp-listener><port>$broker_tcp</port><bind-address>127.0.0.1</bind-address></tcp-listener>
    <tls-tcp-listener><port>$broker_tls</port><bind-address>127.0.0.1</bind-address>$secure</tls-tcp-listener>
    <websocket-listener><port>$broker_ws</port><bind-address>127.0.0.1</bind-address><path>/mqtt</path></websocket-listener>
    <tls-websocket-listener><port>$broker_wss</port><bind-address>127.0.0.1</bind-address><path>/mqtt</path>$secure</tls-websocket-listener>
  </listeners>
  <anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics>
  <persistence><mode>in-memory</mode></persistence>
</hivemq>
CONFIG
}

# --- mochi-mqtt, in Go

get_mochi() {
    (cd "$here/mochi" && go build -o "$1/broker" .)
}

# --- aedes, in Node.js

get_aedes() {
    cp "$here"/aedes/* "$1" &&
        (cd "$1" && npm install --no-package-lock --ignore-scripts --no-audit --no-fund)
}

# --- any of them

broker_get() {
    made=""
    case $1 in
    mosquitto | mosquitto-tls1.2) needs /usr/sbin/mosquitto ;;
    # The month: sid moves on, and so do these tests.
    mosquitto-sid) needs mmdebstrap && cached "$1" "$(date +%Y-%m)" get_sid_mosquitto ;;
    hivemq) needs mvn && needs javac && cached "$1" "$(cat "$here"/hivemq/*)" get_hivemq ;;
    aedes) needs node && needs npm && cached "$1" "$(cat "$here"/aedes/*)" get_aedes ;;
    mochi) needs go && cached "$1" "$(cat "$here"/mochi/*)" get_mochi ;;
    *) echo "no broker '$1'; there are: ${all_brokers[*]}" >&2 && return 1 ;;
    esac
}

broker_version() {
    local program
    case $1 in
    mosquitto*) mosquitto_program "$1" && "${program[@]}" -h 2>/dev/null | sed -n 's/^mosquitto version //p' ;;
    hivemq) basename "$made"/lib/hivemq-community-edition-embedded-*.jar .jar | sed 's/.*-//' ;;
    aedes) node -p "require('$made/node_modules/aedes/package.json').version" ;;
    mochi) sed -n 's/^require .* v//p' "$here/mochi/go.mod" ;;
    esac
}

broker_speaks() {
    case $1 in
    aedes) echo 4 ;;
    *) echo 4 5 ;;
    esac
}

broker_carries() {
    case $1 in
    mosquitto-tls1.2) echo tls ;;
    *) echo tcp tls ws wss ;;
    esac
}

answers() { # port
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

choose_ports() {
    local port
    broker_tcp=$((20000 + RANDOM % 3000 * 4))
    broker_tls=$((broker_tcp + 1)) broker_ws=$((broker_tcp + 2)) broker_wss=$((broker_tcp + 3))
    for port in $broker_tcp $broker_tls $broker_ws $broker_wss; do
        if answers "$port"; then choose_ports && return; fi
    done
}

broker_process() { # NAME: becomes the broker
    local program
    case $1 in
    mosquitto*)
        mosquitto_program "$1"
        mosquitto_config >"$directory/mosquitto.conf"
        # Its own tls_version is only the lowest.
        if [ "$1" = mosquitto-tls1.2 ]; then
            printf '%s\n' 'openssl_conf = a' '[a]' 'ssl_conf = b' '[b]' 'system_default = c' '[c]' \
                'MaxProtocol = TLSv1.2' >"$directory/openssl.cnf"
            export OPENSSL_CONF=$directory/openssl.cnf
        fi
        exec "${program[@]}" -c "$directory/mosquitto.conf"
        ;;
    hivemq)
        mkdir "$directory/data" "$directory/extensions"
        hivemq_config >"$directory/config.xml"
        hivemq_keystore
        # Quick to start, not to run.
        exec java -XX:TieredStopAtLevel=1 -cp "$made/classes:$made/lib/*" Broker "$directory"
        ;;
    aedes)
        exec node "$made/broker.mjs" $broker_tcp $broker_tls $broker_ws $broker_wss \
            "$certificates/server.pem" "$certificates/server.key"
        ;;
    mochi)
        exec "$made/broker" $broker_tcp $broker_tls $broker_ws $broker_wss \
            "$certificates/server.pem" "$certificates/server.key"
        ;;
    esac
}

broker_start() { # after broker_get of the same
    local directory=$work/$1 port waited
    rm -rf "$directory"
    mkdir "$directory"
    choose_ports
    broker_process "$1" >"$directory/log" 2>&1 &
    broker_pid=$!
    disown "$broker_pid" # or bash reports how it ends
    broker_pids+=("$broker_pid")
    for port in $broker_tcp $broker_tls $broker_ws $broker_wss; do
        for waited in $(seq 1500); do
            answers "$port" && continue 2
            kill -0 "$broker_pid" 2>/dev/null || break
            sleep 0.02
        done
        echo "$1 does not start ($waited):" >&2
        tail -30 "$directory/log" >&2
        return 1
    done
}

brokers_stop() {
    local pid
    for pid in "${broker_pids[@]}"; do
        kill -9 "$pid" 2>/dev/null || continue
        while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
    done
    broker_pids=()
}
