#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| lastmile_oracles::fuzz::certificate(octets));
