//! What drives a client of the program's own loop, where this build has it.

#[cfg(all(
    feature = "host-loop",
    any(target_os = "linux", target_vendor = "apple")
))]
pub(crate) use mqttka_core::client::host_loop::NameRequest;
#[cfg(all(
    feature = "host-loop",
    any(target_os = "linux", target_vendor = "apple")
))]
pub(crate) use there::Driver;

#[cfg(not(all(
    feature = "host-loop",
    any(target_os = "linux", target_vendor = "apple")
)))]
pub(crate) use missing::Driver;
#[cfg(not(all(
    feature = "host-loop",
    any(target_os = "linux", target_vendor = "apple")
)))]
pub(crate) use missing::NameRequest;

#[cfg(all(
    feature = "host-loop",
    any(target_os = "linux", target_vendor = "apple")
))]
mod there {
    use std::os::fd::AsRawFd;
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    use std::time::Duration;

    use mqttka_core::client::host_loop::{self, HostLoop, NameRequest, NameResolver};
    use mqttka_core::client::{Client, Options, forked};

    use crate::guard::Failure;
    use crate::hooks::Asked;
    use crate::host_loop::{ResolverFn, ask};
    use crate::lanes::Lanes;

    pub(crate) struct Driver {
        host_loop: Mutex<HostLoop>,
        fd: i32,
    }

    impl Driver {
        pub(crate) fn open(
            options: Options,
            lanes: Lanes,
            streams: bool,
            resolver: Option<&Arc<Asked<ResolverFn>>>,
        ) -> Result<(Client, Self), Failure> {
            // The options and the clients keep the user_data.
            let resolver = resolver.map(|resolver| {
                let resolver = Arc::downgrade(resolver);
                let ask = move |request: NameRequest| match resolver.upgrade() {
                    Some(resolver) => ask(&resolver, request),
                    None => request.fail("the client has ended"),
                };
                Arc::new(ask) as Arc<dyn NameResolver>
            });
            let (client, host_loop) = host_loop::open(options, lanes, streams, resolver)?;
            let fd = host_loop.as_raw_fd();
            let host_loop = Mutex::new(host_loop);
            Ok((client, Driver { host_loop, fd }))
        }

        fn lock(&self) -> MutexGuard<'_, HostLoop> {
            let host_loop = self.host_loop.lock();
            host_loop.unwrap_or_else(PoisonError::into_inner)
        }

        pub(crate) fn fd(&self) -> i32 {
            self.fd
        }

        pub(crate) fn deadline_ms(&self) -> i64 {
            // In a forked child the lock may be held by a thread that is not there.
            let deadline = match forked() {
                true => None,
                false => self.lock().deadline(),
            };
            let Some(deadline) = deadline else {
                return -1;
            };
            let up = deadline.as_nanos().div_ceil(1_000_000);
            i64::try_from(up).unwrap_or(i64::MAX)
        }

        pub(crate) fn process(&self) {
            self.lock().process();
        }

        /// Waits until there is something to do, at most so long.
        pub(crate) fn wait(&self, timeout: Option<Duration>) {
            self.lock().wait(timeout);
        }
    }
}

#[cfg(not(all(
    feature = "host-loop",
    any(target_os = "linux", target_vendor = "apple")
)))]
mod missing {
    use std::net::IpAddr;
    use std::sync::Arc;
    use std::time::Duration;

    use mqttka_core::client::{Client, Error, Options};

    use crate::guard::Failure;
    use crate::hooks::Asked;
    use crate::host_loop::{ResolverFn, ask};
    use crate::lanes::Lanes;

    /// There is none.
    pub(crate) enum Driver {}

    impl Driver {
        pub(crate) fn open(
            _: Options,
            _: Lanes,
            _: bool,
            _: Option<&Arc<Asked<ResolverFn>>>,
        ) -> Result<(Client, Self), Failure> {
            let _: fn(&Asked<ResolverFn>, NameRequest) = ask;
            Err(Error::NotSupported {
                what: "a client in the program's own loop",
                needs: "Linux, macOS or iOS, and a library with `host-loop`",
            }
            .into())
        }

        pub(crate) fn fd(&self) -> i32 {
            match *self {}
        }

        pub(crate) fn deadline_ms(&self) -> i64 {
            match *self {}
        }

        pub(crate) fn process(&self) {
            match *self {}
        }

        pub(crate) fn wait(&self, _: Option<Duration>) {
            match *self {}
        }
    }

    /// Nobody asks.
    pub(crate) struct NameRequest {
        pub(crate) name: String,
        pub(crate) time_left: Duration,
    }

    impl NameRequest {
        pub(crate) fn answer(self, _: impl IntoIterator<Item = IpAddr>) {}

        pub(crate) fn fail(self, _: impl Into<String>) {}
    }
}
