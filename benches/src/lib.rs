//! Benchmarks only: `cargo bench -p lastmile-benches --bench verify`, and `--bench hostile`.
