//! How criterion measures, in every benchmark that it runs.

use std::time::Duration;

use criterion::Criterion;

/// A second or so for each figure: they are for comparing one change with the next.
pub fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(900))
}
