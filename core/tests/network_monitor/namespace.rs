//! Networks of a test's own: a namespace for the test, and another for what it talks to.

use std::io::Read as _;
use std::net::TcpListener;
use std::os::fd::AsRawFd as _;
use std::process::{Child, Command, Stdio};

/// As [`alone`], in a network namespace of its own. Says so and does nothing where this machine does
/// not allow that.
pub(crate) fn in_namespace(test: &str, scene: fn()) {
    let allowed = Command::new("unshare")
        .args(["--net", "ip", "link", "set", "lo", "up"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if allowed.is_ok_and(|status| status.success()) {
        again(&["unshare", "--net"], test, scene);
    } else {
        eprintln!("skipped: {test} needs root, unshare and ip");
    }
}

/// Runs the test of this name again in a process of its own, where `scene` plays.
pub(crate) fn alone(test: &str, scene: fn()) {
    again(&["env"], test, scene);
}

fn again(wrapper: &[&str], test: &str, scene: fn()) {
    const CHILD: &str = "MQTTKA_TEST_CHILD";
    if std::env::var_os(CHILD).is_some_and(|name| name == test) {
        return scene();
    }
    let output = Command::new(wrapper[0])
        .args(&wrapper[1..])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, test)
        .stdin(Stdio::null())
        .output()
        .expect("to start a child");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{}\n{stdout}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Runs `ip` with these words.
pub(crate) fn ip(words: &str) {
    run(Command::new("ip").args(words.split_whitespace()));
}

/// Runs `ip` with these lines, one after the other.
pub(crate) fn ip_batch(lines: &str) {
    use std::io::Write as _;

    let mut child = Command::new("ip")
        .args(["-batch", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("to start ip");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(lines.as_bytes()).expect("to be read");
    drop(input);
    assert!(child.wait().expect("its status").success());
}

fn run(command: &mut Command) {
    let output = command.output().expect("to start a program");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Another network namespace, which lives until it is dropped.
pub(crate) struct Neighbour(Child);

impl Neighbour {
    pub(crate) fn new() -> Self {
        let mut child = Command::new("unshare")
            .args(["--net", "sh", "-c", "echo made && cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a namespace");
        let mut said = [0; 5];
        let output = child.stdout.as_mut().expect("its output");
        output.read_exact(&mut said).expect("its word");
        Neighbour(child)
    }

    /// Is at the other end of an interface `v0` of ours, with 10.9.0.1 here and 10.9.0.2 there.
    pub(crate) fn linked() -> Self {
        let there = Neighbour::new();
        ip("link set lo up");
        ip(&format!(
            "link add v0 type veth peer name v1 netns {}",
            there.0.id()
        ));
        // An interface that has no other address when this one is taken from it.
        std::fs::write("/proc/sys/net/ipv6/conf/v0/disable_ipv6", "1").expect("a setting");
        there.ip("link set v1 up");
        there.ip("addr add 10.9.0.2/24 dev v1");
        ip("addr add 10.9.0.1/24 dev v0");
        ip("link set v0 up");
        there
    }

    pub(crate) fn ip(&self, words: &str) {
        let id = self.0.id().to_string();
        run(Command::new("nsenter")
            .args(["--net", "--target", &id, "ip"])
            .args(words.split_whitespace()));
    }

    /// A socket stays in the namespace of the thread that made it.
    pub(crate) fn listen(&self, address: &'static str) -> TcpListener {
        let place = std::fs::File::open(format!("/proc/{}/ns/net", self.0.id()));
        let place = place.expect("its namespace");
        let made = std::thread::spawn(move || {
            // SAFETY: the descriptor is open for the whole call; only this thread moves.
            let result = unsafe { libc::setns(place.as_raw_fd(), libc::CLONE_NEWNET) };
            assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
            TcpListener::bind(address).expect("its address")
        });
        made.join().expect("no panic")
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
