// What must not build: each function is a way to be broken by a further entry.
import Mqttka

func everyState(_ state: ConnectionState) -> Int {
    switch state { // error: no default
    case .idle, .connecting, .connected, .disconnecting, .closed, .reconnecting: 1
    }
}

func everyEnd(_ ended: Ended) -> Int {
    switch ended { // error: no default
    case .disconnected, .connectFailed: 1
    }
}

func nobodys() -> Ended {
    ._writeDefaultInstead // error: deprecated
}
