//! What these tests share: cases as backends, servers that present them, and what both sides saw.
#![allow(dead_code, reason = "each test that includes this module uses a part of it")]

pub(crate) mod alerts;
pub(crate) mod client;
pub(crate) mod hosts;
pub(crate) mod keys;
pub(crate) mod openssl;
pub(crate) mod policy;
pub(crate) mod server;
