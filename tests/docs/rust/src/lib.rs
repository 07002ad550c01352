//! The blocks of Rust in README.md and docs/, each as a module that is named after its page and line.
#![allow(dead_code, unused, clippy::all)]

include!(concat!(env!("OUT_DIR"), "/blocks.rs"));
