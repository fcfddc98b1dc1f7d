//! Benchmarks only: `cargo bench -p lastmile-benches --bench peers`, and `--bench verify`,
//! `--bench parts`, `--bench instructions`, `--bench hostile`, `--bench documents`. Here is what
//! several of them need.

pub mod allocator;
pub mod callgrind;
pub mod clock;
pub mod compare;
pub mod engines;
pub mod statistics;
