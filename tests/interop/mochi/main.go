// mochi-mqtt, a broker in Go, with four listeners on loopback:
//
//	broker TCP TLS WEBSOCKET WEBSOCKET-TLS CERTIFICATE KEY
package main

import (
	"crypto/tls"
	"log"
	"os"
	"os/signal"
	"syscall"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	certificate, err := tls.LoadX509KeyPair(os.Args[5], os.Args[6])
	check(err)
	secure := &tls.Config{Certificates: []tls.Certificate{certificate}}

	broker := mqtt.New(nil)
	check(broker.AddHook(new(auth.AllowHook), nil))
	at := func(i int, config *tls.Config) listeners.Config {
		return listeners.Config{ID: os.Args[i], Address: "127.0.0.1:" + os.Args[i], TLSConfig: config}
	}
	check(broker.AddListener(listeners.NewTCP(at(1, nil))))
	check(broker.AddListener(listeners.NewTCP(at(2, secure))))
	check(broker.AddListener(listeners.NewWebsocket(at(3, nil))))
	check(broker.AddListener(listeners.NewWebsocket(at(4, secure))))
	check(broker.Serve())
	<-ended
	check(broker.Close())
}
