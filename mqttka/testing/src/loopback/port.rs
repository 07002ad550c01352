//! The listening socket, and the loop of the broker's one thread.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token, Waker};

use super::layers::Maker;
use super::peer::{Peer, Turn};
use super::{Shared, State};
use crate::broker::Output;

const LISTENER: Token = Token(0);
/// No connection has it: they are numbered by the broker, from 1.
const WAKER: Token = Token(usize::MAX);

pub(super) struct Port {
    poll: Poll,
    listener: TcpListener,
    maker: Maker,
    number: u16,
    /// Connections may wait to be accepted.
    knocks: bool,
    /// In the order in which they came: what was sent over an older one came before, where both wait to be read.
    peers: BTreeMap<u64, Peer>,
}

impl Port {
    pub(super) fn listen(port: u16, maker: Maker) -> io::Result<(Port, Waker)> {
        let poll = Poll::new()?;
        let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        let number = listener.local_addr()?.port();
        poll.registry()
            .register(&mut listener, LISTENER, Interest::READABLE)?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let port = Port {
            poll,
            listener,
            maker,
            number,
            knocks: true,
            peers: BTreeMap::new(),
        };
        Ok((port, waker))
    }

    pub(super) fn number(&self) -> u16 {
        self.number
    }

    pub(super) fn run(mut self, shared: &Shared) {
        let mut events = Events::with_capacity(256);
        loop {
            let mut state = shared.lock();
            if state.stopped {
                break;
            }
            self.turn(&mut state, shared);
            let deadline = state.broker.poll_deadline();
            shared.tell_waiting(state);
            let wait = deadline.map(|at| {
                // Not too early, for mio counts in milliseconds.
                at.saturating_since(shared.now()) + Duration::from_millis(1)
            });
            match self.poll.poll(&mut events, wait) {
                Err(error) if error.kind() != ErrorKind::Interrupted => break,
                _ => {}
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.knocks = true,
                    WAKER => {}
                    Token(number) => {
                        if let Some(peer) = self.peers.get_mut(&(number as u64)) {
                            peer.readable |= event.is_readable() || event.is_read_closed();
                        }
                    }
                }
            }
        }
        for (_, peer) in std::mem::take(&mut self.peers) {
            peer.reset();
        }
        // Who waits is told.
        let mut state = shared.lock();
        state.stopped = true;
        shared.tell_waiting(state);
    }

    /// Does what there is to do, under the lock, so that what a test says holds from then on.
    fn turn(&mut self, state: &mut State, shared: &Shared) {
        let now = shared.now();
        if state.broker.is_silent() {
            return state.broker.handle_timeout(now);
        }
        self.accept(state, shared);
        let mut ended = Vec::new();
        for (number, peer) in &mut self.peers {
            if !peer.readable {
                continue;
            }
            let left = peer.left;
            let broker = &mut state.broker;
            let turn = peer.read(|bytes| {
                if !left {
                    broker.handle_received(now, *number, bytes);
                }
            });
            match turn {
                Turn::Waits => continue,
                Turn::Ended => {
                    ended.push(*number);
                    broker.handle_end(now, *number);
                }
                // The rest of a connection that the broker has left already goes with it.
                Turn::Failed(why) => broker.handle_failed(now, *number, &why),
            }
            peer.readable = false;
        }
        // What came in time counts, however late it is read.
        state.broker.handle_timeout(now);
        while let Some(output) = state.broker.poll_output() {
            self.put_out(output);
        }
        for number in ended {
            if self.peers.get(&number).is_some_and(|it| it.left)
                && let Some(mut peer) = self.peers.remove(&number)
            {
                // What the client closed before it could be told is not told.
                let _ = peer.flush();
            }
        }
        self.flush(state, shared);
    }

    fn accept(&mut self, state: &mut State, shared: &Shared) {
        while self.knocks {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    // What a client sent, or closed, before it connected again may not have been told of yet.
                    for peer in self.peers.values_mut() {
                        peer.readable = true;
                    }
                    let number = state.broker.handle_opened(shared.now());
                    let mut peer = Peer::new(stream, self.maker.make());
                    let both = Interest::READABLE | Interest::WRITABLE;
                    let token = Token(usize::try_from(number).unwrap_or(usize::MAX));
                    // Where the system refuses it, the client sees it closed.
                    if self
                        .poll
                        .registry()
                        .register(peer.source(), token, both)
                        .is_ok()
                    {
                        self.peers.insert(number, peer);
                    } else {
                        state.broker.handle_end(shared.now(), number);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // No more, or one that has gone again, or no descriptor: the next event tells.
                Err(_) => self.knocks = false,
            }
        }
    }

    fn put_out(&mut self, output: Output) {
        match output {
            Output::Send { connection, bytes } => {
                let peer = self.peers.get_mut(&connection);
                if peer.is_some_and(|peer| !peer.send(bytes))
                    && let Some(peer) = self.peers.remove(&connection)
                {
                    peer.reset();
                }
            }
            Output::Finish { connection } => {
                if let Some(peer) = self.peers.get_mut(&connection) {
                    peer.finish();
                }
            }
            Output::Close { connection } => {
                if let Some(peer) = self.peers.get_mut(&connection) {
                    peer.finish();
                    peer.left = true;
                }
            }
            Output::Reset { connection } => {
                if let Some(peer) = self.peers.remove(&connection) {
                    peer.reset();
                }
            }
        }
    }

    fn flush(&mut self, state: &mut State, shared: &Shared) {
        let mut failed = Vec::new();
        for (number, peer) in &mut self.peers {
            if peer.flush().is_err() {
                failed.push(*number);
            }
        }
        for number in failed {
            self.peers.remove(&number);
            state.broker.handle_end(shared.now(), number);
        }
        // Nothing but closings comes of that, of sockets that are gone.
        while let Some(output) = state.broker.poll_output() {
            self.put_out(output);
        }
    }
}
