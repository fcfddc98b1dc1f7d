//! `openssl s_server` as a process that does not outlive its test.
