//! Benchmarks only: `cargo bench -p lastmile-benches --bench verify`, `--bench hostile` and
//! `--bench documents`.
