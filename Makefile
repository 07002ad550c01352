# Thin: the scripts that it calls live beside what they serve. ARGS is handed on to them.
CARGO ?= cargo
PREFIX ?= /usr/local
LIBDIR ?= lib
INCLUDEDIR ?= include
MANDIR ?= share/man
DESTDIR ?=
ARGS ?=

.PHONY: install-testing uninstall-testing help build demo demo-web recording figures test lint lab storm radio radio-peers bench fuzz install uninstall check-mobile docs docs-c sbom notices
help:
	@echo "make demo     a C program on a hotspot that loses its internet (no root needed); ARGS='--peer mosquitto'"
	@echo "make demo-web  the same as a page, on http://127.0.0.1:8080/ (Node, mosquitto)"
	@echo "make figures  the pictures of docs/figures, from their data; ARGS=--check: are they up to date?"
	@echo "make recording   a new recording of the demo with a peer, for its picture"
	@echo "make test     install what is needed, then every test of every language"
	@echo "make build    target/release/libmqttka.so and .a"
	@echo "make install  the C library for C, C++, pkg-config and CMake, into PREFIX ($(PREFIX)); also LIBDIR ($(LIBDIR)), DESTDIR"
	@echo "make uninstall  takes it away"
	@echo "make install-testing  the fake broker for the tests of C and C++ programs, libmqttka_testing; uninstall-testing takes it away"
	@echo "make docs-c   the C and C++ reference: target/doc-c/html/index.html; needs doxygen"
	@echo "make lab      the clients' table over network namespaces (root); ARGS='--transport wss'"
	@echo "make hostile  what clients do about a broker that breaks rules, as a table (docs/hostile.md)"
	@echo "make storm    how a million clients come back to a broker, in virtual time; docs/storm.md"
	@echo "make bench    speed beside libmosquitto, Paho C, rumqttc and ntex-mqtt"
	@echo "make radio    pings, packets and joules per hour of a radio, in virtual time; docs/radio.md"
	@echo "make radio-peers   pings and wake-ups of real clients on loopback, in seven minutes"
	@echo "make fuzz     a fuzzer, of TARGET=decode, client, web_socket_frames, web_socket_answer, proxy_answer (needs a nightly toolchain and cargo-fuzz)"
	@echo "make check-mobile  type-check for Android, iOS, macOS, Windows and browsers (root; makes a chroot)"
	@echo "make docs     the documentation as a site in target/book; its links are followed"
	@echo "make lint     formatting, clippy, docs, dependencies' licences, sources and advisories"
	@echo "make sbom     what each artifact links, CycloneDX, into target/sbom"
	@echo "make notices  the licences of what each artifact links, into target/notices"

build:
	$(CARGO) build --release -p mqttka-ffi

demo:
	tests/demo/run $(ARGS)

# The demo as a page, on http://127.0.0.1:8080/
demo-web:
	[ -e bindings/web/dist/index.js ] || bindings/web/build
	node examples/web/hotspot.mjs $(ARGS)

recording:
	tests/demo/run --peer mosquitto --cut-after 7 --record docs/figures/data/demo.cast
	tests/figures/run

figures:
	tests/figures/run $(ARGS)

test:
	tests/run $(ARGS)

lint:
	tests/lint

docs:
	tests/docs/run --site $(ARGS)

lab:
	tests/lab/run $(ARGS)

hostile:
	tests/hostile/run

storm:
	$(CARGO) run --release -p mqttka-storm -- --figure docs/figures/storm.svg $(ARGS)

bench:
	$(CARGO) bench -p mqttka-core --bench codec
	tests/bench/run $(ARGS)

radio:
	$(CARGO) run --release --quiet -p mqttka-radio

radio-peers: build
	tests/radio/peers $(ARGS)

check-mobile:
	tests/mobile/run $(ARGS)

# One of the targets of tests/fuzz, as `make fuzz TARGET=web_socket_frames`.
TARGET ?= decode
fuzz:
	tests/fuzz/corpora unpack $(TARGET) tests/fuzz/corpus/$(TARGET)
	$(CARGO) +nightly fuzz run --fuzz-dir tests/fuzz --features libfuzzer $(TARGET) $(ARGS)

# cargo says what the library is made of, so that root, who installs, does not build what is built.
BUILT := $(abspath $(or $(CARGO_TARGET_DIR),target))/release
LIBRARY := $(BUILT)/libmqttka.a
SOURCES := $(shell sed 's/^[^:]*: //' $(BUILT)/libmqttka.d 2>/dev/null)
$(LIBRARY): $(wildcard $(SOURCES)) ffi/libmqttka.map
	$(CARGO) build --release -p mqttka-ffi

install uninstall: export BUILD = $(BUILT)
install uninstall: export PREFIX := $(PREFIX)
install uninstall: export LIBDIR := $(LIBDIR)
install uninstall: export INCLUDEDIR := $(INCLUDEDIR)
install uninstall: export MANDIR := $(MANDIR)
install uninstall: export DESTDIR := $(DESTDIR)
install: $(LIBRARY)
	ffi/install/run install

uninstall:
	ffi/install/run uninstall

# The fake broker for users' own tests: a library apart, for only who tests needs it.
install-testing uninstall-testing: export BUILD = $(BUILT)
install-testing uninstall-testing: export PREFIX := $(PREFIX)
install-testing uninstall-testing: export LIBDIR := $(LIBDIR)
install-testing uninstall-testing: export INCLUDEDIR := $(INCLUDEDIR)
install-testing uninstall-testing: export DESTDIR := $(DESTDIR)
install-testing:
	[ -e $(BUILT)/libmqttka_testing.a ] || $(CARGO) build --release -p mqttka-testing-ffi
	ffi/testing/install/run install

uninstall-testing:
	ffi/testing/install/run uninstall

docs-c:
	ffi/doxygen/run

sbom:
	packaging/sbom $(ARGS)

notices:
	packaging/notices $(ARGS)
