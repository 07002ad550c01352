//! The drivers of one process on the queue that ships, in virtual time.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};

use bytes::BytesMut;

use super::*;
use crate::driver::{Dial, Driver, Host};
use crate::proto::{Command, Config, Delivered, Event, Machine, Progress, Usage};
use crate::transport::{Read, Stream};

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn at(n: u64) -> Instant {
    Instant::ORIGIN + secs(n)
}

#[test]
fn who_is_awake_takes_along_who_may_wake() {
    let mut queue = Queue::default();
    let now = at(0);
    let mut put = |id: u64, deadline, earliest: Option<Instant>| {
        assert_eq!(
            queue.put(id, None, at(deadline), earliest, now, &id),
            (at(deadline), true)
        );
    };
    put(1, 59, Some(at(47)));
    put(2, 70, Some(at(58)));
    put(3, 71, Some(at(60)));
    put(4, 65, None);
    let mut due = Vec::new();
    queue.take_early(at(46), &mut due);
    assert_eq!(due, []);
    assert_eq!(queue.next(), Some(at(59)));
    queue.take_due(at(59), &mut due);
    assert_eq!(due, [1, 2]);
    assert_eq!(queue.next(), Some(at(65)));
    queue.remove(3, at(71));
    due.clear();
    queue.take_due(at(65), &mut due);
    assert_eq!((due, queue.next()), (vec![4], None));
    assert!(queue.early.is_empty());
}

#[test]
fn a_deadline_that_moves_away_a_little_keeps_its_place() {
    let mut queue = Queue::default();
    let first = queue.put(1, None, at(20), Some(at(18)), at(0), &1);
    assert_eq!(first, (at(20), true));
    let later = queue.put(1, Some(at(20)), at(29), Some(at(27)), at(9), &1);
    assert_eq!(later, (at(20), false));
    // Who would be woken at once for what is not due any more.
    let stale = queue.put(1, Some(at(20)), at(29), Some(at(27)), at(18), &1);
    assert_eq!(stale, (at(29), true));
    // Far away: an idle client does not wake for nothing.
    let far = queue.put(1, Some(at(29)), at(39), None, at(19), &1);
    assert_eq!(far, (at(39), true));
    let earlier = queue.put(1, Some(at(39)), at(30), None, at(20), &1);
    assert_eq!(earlier, (at(30), true));
    assert_eq!((queue.sleeping.len(), queue.early.len()), (1, 0));
    // What has passed is no place.
    let passed = queue.put(1, Some(at(30)), at(31), None, at(30), &1);
    assert_eq!(passed, (at(31), true));
}

/// A broker that answers everything, half a round trip away.
#[derive(Debug, Default)]
struct Answers {
    answers: Vec<u8>,
    pings: usize,
}

impl Stream for Answers {
    fn try_read(&mut self, into: &mut BytesMut, _: usize) -> io::Result<Read> {
        if self.answers.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        into.extend_from_slice(&self.answers);
        let count = std::mem::take(&mut self.answers).len();
        Ok(Read::bytes(count, false))
    }

    fn try_write(&mut self, head: &[u8], _: &[u8]) -> io::Result<usize> {
        match head[0] {
            0x10 => self.answers.extend([0x20, 3, 0, 0, 0]),
            0xc0 => {
                self.pings += 1;
                self.answers.extend([0xd0, 0]);
            }
            other => panic!("{other:x}"),
        }
        Ok(head.len())
    }

    fn progress(&mut self) -> Option<Progress> {
        None
    }
    fn acknowledge_now(&mut self) {}
    fn has_local_address(&self) -> bool {
        true
    }
    fn established(&mut self) {}
    fn finish(&mut self, _: Option<Duration>) {}
    fn abort(self) {}
}

struct Idle(VecDeque<Command<u64>>);

impl Host<u64> for Idle {
    fn take_commands(&mut self, into: &mut VecDeque<Command<u64>>) {
        into.append(&mut self.0);
    }
    fn publish_state(&mut self, _: &Machine<u64>, _: Instant) {}
    fn released(&mut self, _: Usage) {}
    fn event(&mut self, _: Event) {}
    fn deliver(&mut self, items: &mut Vec<Delivered<u64>>, _: Instant) {
        items.clear();
    }
    fn received(&mut self, _: usize) {}
    fn sent(&mut self, _: usize) {}
    fn deadline(&self) -> Option<Instant> {
        None
    }
    fn handle_timeout(&mut self, _: Instant) {}
}

/// Idle clients of one process.
struct Process {
    drivers: Vec<Driver<Answers, u64>>,
    registered: Vec<Option<Instant>>,
    queue: Queue<usize>,
    /// How often the timer woke the process.
    wakes: usize,
    now: Instant,
}

impl Process {
    fn new(clients: usize) -> Self {
        let config = Config {
            keep_alive: 60,
            ..Config::default()
        };
        let driver = |_| Driver::new(Machine::new(config.clone(), 0));
        Process {
            drivers: (0..clients).map(driver).collect(),
            registered: vec![None; clients],
            queue: Queue::default(),
            wakes: 0,
            now: at(0),
        }
    }

    /// One turn, and what the engine's task does after it.
    fn turn(&mut self, id: usize, commands: Vec<Command<u64>>, due: &mut Vec<usize>) -> bool {
        let mut host = Idle(commands.into());
        let mut scratch = BytesMut::new();
        let turn = self.drivers[id].turn(self.now, false, &mut scratch, &mut host);
        if let Some(deadline) = turn.deadline.filter(|at| *at > self.now) {
            let place = self.registered[id];
            let (at, _) = self
                .queue
                .put(id as u64, place, deadline, turn.earliest, self.now, &id);
            self.registered[id] = Some(at);
            self.queue.take_early(self.now, due);
        }
        matches!(turn.dial, Some(Dial::Open { .. }))
    }

    /// Whoever is woken has a turn, and another one when the answer comes.
    fn run(&mut self, mut due: Vec<usize>) {
        while !due.is_empty() {
            let mut asked = Vec::new();
            while let Some(id) = due.pop() {
                self.turn(id, Vec::new(), &mut due);
                asked.push(id);
            }
            self.now += Duration::from_millis(40);
            for id in asked {
                if self.drivers[id]
                    .stream()
                    .is_some_and(|it| !it.answers.is_empty())
                {
                    due.push(id);
                }
            }
        }
    }

    fn connect(&mut self, id: usize) {
        let mut due = Vec::new();
        assert!(self.turn(id, vec![Command::Connect], &mut due));
        self.drivers[id].handle_opened(self.now, Answers::default());
        due.push(id);
        self.run(due);
    }

    fn run_until(&mut self, end: Instant) {
        while let Some(at) = self.queue.next().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.wakes += 1;
            let mut due = Vec::new();
            self.queue.take_due(self.now, &mut due);
            self.run(due);
        }
        self.now = end;
    }

    fn pings(&self) -> usize {
        let pings = |it: &Driver<Answers, u64>| it.stream().map_or(0, |it| it.pings);
        self.drivers.iter().map(pings).sum()
    }

    /// Wake-ups by the timer, and pings of each client, in an hour from now on.
    fn hour(&mut self) -> (usize, usize) {
        let (wakes, pings) = (self.wakes, self.pings());
        self.run_until(self.now + secs(3600));
        (
            self.wakes - wakes,
            (self.pings() - pings) / self.drivers.len(),
        )
    }
}

#[test]
fn one_idle_client_wakes_once_for_each_ping() {
    let mut process = Process::new(1);
    process.connect(0);
    let (wakes, pings) = process.hour();
    assert_eq!(wakes, pings);
    assert!((60..=61).contains(&pings), "{pings}");
}

#[test]
fn a_hundred_idle_clients_wake_together() {
    let mut process = Process::new(100);
    // They connect within ten seconds.
    for id in 0..100 {
        process.run_until(at(0) + Duration::from_millis(100) * id);
        process.connect(id as usize);
    }
    process.run_until(at(3600));
    let (wakes, pings) = process.hour();
    assert!(wakes <= 61, "{wakes}");
    assert!((60..=61).contains(&pings), "{pings}");
}

#[test]
fn however_they_began() {
    let mut process = Process::new(100);
    for id in 0..100 {
        process.run_until(at(0) + Duration::from_millis(590) * id);
        process.connect(id as usize);
    }
    process.run_until(at(3600));
    let (wakes, pings) = process.hour();
    // Four groups at most: where five are spread over P, two are within P/5 of each other.
    assert!(wakes <= 4 * 61, "{wakes}");
    assert!(pings <= 61, "{pings}");
}
